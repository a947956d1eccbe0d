/** Errors told by one thread to another, which gives them their class again. */
import { PipelineError, PipelineFileError, PlanError } from '../../pipelines/errors';
import { EventTooLargeToEncodeError } from '../../schemas/codec';
import { EventInvalidError } from '../../schemas/errors';
import { SimulationError } from './errors';

/** An error on its way from one thread to another, which keeps its message but not its class. */
export interface ToldError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Its own further fields. */
  readonly fields: object;
}

/** The classes of errors that making a campaign can throw. */
const classes = [
  SimulationError,
  PlanError,
  PipelineError,
  PipelineFileError,
  EventInvalidError,
  EventTooLargeToEncodeError,
];

/** An error as it can be told to another thread. */
export function toldError(error: unknown): ToldError {
  const { name, message, stack, ...fields } = error instanceof Error ? error : new Error(String(error));
  return { name, message, stack, fields };
}

/** The error that was told, of the class that it had. */
export function errorAsTold({ name, message, stack, fields }: ToldError): Error {
  const known = classes.find((one) => one.name === name);
  const error = Object.assign(new Error(message), { name, stack }, fields);
  return known === undefined ? error : (Object.setPrototypeOf(error, known.prototype) as Error);
}
