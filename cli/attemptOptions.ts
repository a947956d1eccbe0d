/** The options by which reading commands are told which attempts they are about. */
import type { Command } from 'commander';
import type { AttemptChoice } from '../consumers/queries/attempts';
import { naturalNumber } from './optionValues';
import type { ReadingOptions } from './withViews';

/** What {@link addAttemptOptions} adds. */
export interface AttemptOptions extends ReadingOptions {
  readonly unit?: string;
  readonly attempt?: number;
  readonly allAttempts?: boolean;
}

/** Adds --unit, --attempt and --all-attempts. */
export function addAttemptOptions(command: Command): Command {
  return command
    .option('--unit <name>', 'only this unit, e.g. tract=9813')
    .option('--attempt <number>', 'only this attempt (default: the latest of each unit)', naturalNumber)
    .option('--all-attempts', 'every attempt instead of the latest');
}

/** What the options choose. */
export function attemptChoice({ unit, attempt, allAttempts }: AttemptOptions): AttemptChoice {
  return {
    ...(unit === undefined ? {} : { unit }),
    ...(attempt === undefined ? {} : { attempt }),
    ...(allAttempts === undefined ? {} : { allAttempts }),
  };
}

/** A unit and its attempt for people. */
export function attemptName(unit: string | null, attempt: number | null): string {
  return `${unit ?? '(no unit)'}${attempt === null ? '' : ` attempt ${String(attempt)}`}`;
}
