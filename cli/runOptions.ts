/** The options of commands that run jobs on this machine, and what they mean to the runner. */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { readEnvironmentFile } from '../producers/runner/environment';
import type { RunAttemptOptions } from '../producers/runner/runAttempt';
import type { CommonOptions } from './commonOptions';
import { naturalNumber, positiveSeconds } from './optionValues';
import { outboxOption } from './drain';

/** What {@link addRunOptions} adds. */
export interface RunOptions extends CommonOptions {
  readonly root: string;
  readonly site?: string;
  readonly jobs: number;
  readonly outbox?: string;
  readonly workDir?: string;
  readonly rules?: string;
  readonly environment?: string;
  readonly backoff: number;
  readonly infrastructureRetries: number;
  readonly sha256?: boolean;
  readonly inputChecksums?: boolean;
  readonly exclusive?: boolean;
  readonly drainSeconds: number;
  readonly by?: string;
}

/** Adds the options. @param needsRoot whether the root folder must be named */
export function addRunOptions(command: Command, { needsRoot = true } = {}): Command {
  return command
    .addOption(
      new Option('--root <folder>', 'the root folder under which the files lie').makeOptionMandatory(needsRoot),
    )
    .option('--site <name>', 'the site of a new root folder (default: the name of this host)')
    .option('--jobs <number>', 'how many jobs run at a time', naturalNumber, availableParallelism())
    .option('--rules <file>', 'what kinds of failure there are, as for exec')
    .option('--environment <file>', 'what jobs run in, as JSON: compiler, packages, patches, container')
    .option('--backoff <seconds>', 'the first wait between tries; it doubles', positiveSeconds, 5)
    .option('--infrastructure-retries <number>', 'further tries after failures of the infrastructure', count, 3)
    .option('--sha256', 'compute SHA-256 of outputs besides MD5')
    .option('--input-checksums', 'read the registered inputs for their MD5')
    .option('--exclusive', 'say that the attempt has this host for itself')
    .option('--work-dir <folder>', 'the folder for logs and job files (default: runs beside the embedded ledger)')
    .addOption(outboxOption())
    .addOption(
      new Option('--drain-seconds <number>', 'how long to wait for the ledger at the end, seconds')
        .argParser(positiveSeconds)
        .default(60),
    )
    .option('--by <name>', 'who runs it (default: your login name)');
}

/** The runner's options that do not depend on the attempt. */
export function runnerOptions(
  options: RunOptions,
): Pick<
  RunAttemptOptions,
  | 'ledgerUrl'
  | 'root'
  | 'site'
  | 'jobs'
  | 'outbox'
  | 'rules'
  | 'environmentWords'
  | 'backoffSeconds'
  | 'infrastructureRetries'
  | 'sha256'
  | 'inputChecksums'
  | 'drainSeconds'
> {
  const { root, jobs, site, outbox, rules, environment, backoff, drainSeconds, ledger } = options;
  return {
    ...{ ledgerUrl: ledger, root, jobs, drainSeconds },
    ...(site === undefined ? {} : { site }),
    ...(outbox === undefined ? {} : { outbox }),
    ...(rules === undefined ? {} : { rules }),
    ...(environment === undefined ? {} : { environmentWords: readEnvironmentFile(environment) }),
    backoffSeconds: backoff,
    infrastructureRetries: options.infrastructureRetries,
    sha256: options.sha256 ?? false,
    inputChecksums: options.inputChecksums ?? false,
  };
}

/** The folder for the logs of an attempt: one that no other attempt has. */
export function attemptFolder(
  { workDir, ledger }: RunOptions,
  { campaign, unit, attempt }: { readonly campaign: string; readonly unit: string; readonly attempt: number },
): string {
  const beside = ledger.startsWith('sqlite:') ? path.dirname(ledger.slice('sqlite:'.length)) : '.tractledger';
  return path.join(
    workDir ?? path.join(beside, 'runs'),
    folderName(campaign),
    folderName(unit),
    `attempt-${String(attempt)}`,
  );
}

/** A text as the name of a folder: other characters are percent-encoded, and so are the dots of a name of dots. */
function folderName(text: string): string {
  const encoded = encodeURIComponent(text).replaceAll('%3D', '=').replaceAll('%2C', ',');
  return /^\.+$/.test(encoded) ? encoded.replaceAll('.', '%2E') : encoded;
}

function count(text: string): number {
  if (!/^\d{1,4}$/.test(text)) {
    throw new InvalidArgumentError('Expected 0, 1, 2 …');
  }
  return Number(text);
}
