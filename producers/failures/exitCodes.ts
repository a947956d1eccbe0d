/** Signals as exit codes, the way shells report them. */
import { constants } from 'node:os';

/** The signal that a shell's exit code 128 + n stands for, or null when it stands for none. */
export function signalNameOfExitCode(exitCode: number): string | null {
  const entry = Object.entries(constants.signals).find(([, number]) => 128 + number === exitCode);
  return entry?.[0] ?? null;
}

/** The exit code 128 + n with which a shell reports a signal, or null for a name that is no signal's. */
export function exitCodeOfSignal(signal: string): number | null {
  const number = (constants.signals as Readonly<Record<string, number>>)[signal];
  return number === undefined ? null : 128 + number;
}
