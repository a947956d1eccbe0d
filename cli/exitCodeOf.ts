/** Which error means which exit code: the one place that says so. */
import { RootUnreachableError } from '../consumers/files/errors';
import { LedgerGapError, UnreadableEventError } from '../consumers/projector/errors';
import { QuestionError } from '../consumers/queries/errors';
import { FilesUnreachableError, RestartError, RestartRefusedError } from '../consumers/restart/errors';
import { StateStoreError } from '../consumers/sqliteStore/errors';
import {
  ImportConflictError,
  ImportFileError,
  ImportFormatError,
  ImportInterruptedError,
  ImportOptionsError,
} from '../producers/importers/errors';
import { AttemptTakenError } from '../producers/attempts/claimAttempt';
import { EmitLineError } from '../producers/emitter/emitJsonLines';
import { EmitterFailedError } from '../producers/emitter/emitter';
import { OutboxFolderError } from '../producers/outbox/outboxLocation';
import { EnvironmentError } from '../producers/runner/environment';
import { RunRefusedError } from '../producers/runner/errors';
import { SimulationError } from '../producers/simulator/errors';
import { PipelineError, PipelineFileError, PlanError } from '../pipelines/errors';
import { SiteMarkerError } from '../pipelines/siteMarker';
import { DataIdError } from '../schemas/dataId';
import { EventDecodeError, EventInvalidError, UnknownSchemaError } from '../schemas/errors';
import {
  LedgerDamagedError,
  LedgerError,
  LedgerFullError,
  LedgerRefusedError,
  LedgerUnreachableError,
} from '../ledger/errors';
import { UsageError } from './errors';
import { exitCodes, type ExitCode } from './exitCodes';

type ErrorClass = abstract new (...args: never[]) => Error;

/** The first row that fits decides, so the more specific class stands first. */
const meanings: readonly (readonly [ErrorClass, ExitCode])[] = [
  [UsageError, exitCodes.wrongUse],
  [LedgerDamagedError, exitCodes.damaged],
  [LedgerUnreachableError, exitCodes.unreachable],
  [LedgerFullError, exitCodes.unreachable],
  [LedgerRefusedError, exitCodes.unreachable],
  // The others say that what was asked does not fit the ledger: a position, a sequence, an event.
  [LedgerError, exitCodes.wrongUse],
  [LedgerGapError, exitCodes.damaged],
  [UnreadableEventError, exitCodes.damaged],
  [StateStoreError, exitCodes.unreachable],
  [QuestionError, exitCodes.wrongUse],
  [RootUnreachableError, exitCodes.unreachable],
  [RestartError, exitCodes.wrongUse],
  [RestartRefusedError, exitCodes.checkFailed],
  [FilesUnreachableError, exitCodes.unreachable],
  [EmitLineError, exitCodes.wrongUse],
  [OutboxFolderError, exitCodes.unreachable],
  [ImportOptionsError, exitCodes.wrongUse],
  [ImportFormatError, exitCodes.wrongUse],
  [ImportConflictError, exitCodes.wrongUse],
  [ImportFileError, exitCodes.unreachable],
  [AttemptTakenError, exitCodes.wrongUse],
  [RunRefusedError, exitCodes.wrongUse],
  [EnvironmentError, exitCodes.wrongUse],
  [SimulationError, exitCodes.wrongUse],
  [PipelineError, exitCodes.wrongUse],
  [PlanError, exitCodes.wrongUse],
  [PipelineFileError, exitCodes.unreachable],
  [SiteMarkerError, exitCodes.unreachable],
  [DataIdError, exitCodes.wrongUse],
  [EventInvalidError, exitCodes.wrongUse],
  // From a newer producer: nothing is damaged, this version is too old for that ledger.
  [UnknownSchemaError, exitCodes.wrongUse],
  [EventDecodeError, exitCodes.damaged],
];

/** What the operating system answers when files are out of reach; any other code is a defect or wrong use. */
const fileProblems = new Set(
  (
    'EACCES EBUSY EDQUOT EEXIST EFBIG EIO EISDIR ELOOP EMFILE ENAMETOOLONG ENFILE ENODEV ENOENT ENOSPC ENOTDIR ENXIO EPERM ' +
    'EROFS ESTALE ETIMEDOUT ETXTBSY'
  ).split(' '),
);

/** The exit code that an error means. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof ImportInterruptedError || error instanceof EmitterFailedError || isOfNewerProducer(error)) {
    return exitCodeOf(error.cause);
  }
  const found = meanings.find(([errorClass]) => error instanceof errorClass);
  if (found !== undefined) {
    return found[1];
  }
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && fileProblems.has(code) ? exitCodes.unreachable : exitCodes.defect;
}

function isOfNewerProducer(error: unknown): error is UnreadableEventError {
  return error instanceof UnreadableEventError && error.cause instanceof UnknownSchemaError;
}
