/** `exec`: from its arguments to its end. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { errorMessage } from '../../schemas/systemError';
import type { defaultRules } from '../failures/defaultRules';
import type { FailureRule } from '../failures/failureRules';
import type { loadRules } from '../failures/loadRules';
import { outboxFile } from '../outbox/outboxLocation';
import { JobDescriptionError } from './errors';
import type { execHelp } from './execHelp';
import { describeJob, type JobDescription } from './jobDescription';
import { settingsFromEnvironment } from './jobEnvironment';
import { parseExecArguments } from './jobFlags';
import type { settingsFromFile } from './jobFile';
import { mergeSettings, type JobSettings } from './jobSettings';
import { Recorder } from './recorder';
import { runJob, type SidecarEnd } from './runJob';
import { warn } from './warn';

// Loaded only where they are needed: every job waits for what the sidecar loads.
const load = createRequire(__filename);

/** The sidecar was used wrongly, as env(1) says it. */
const misuseExitCode = 125;

const defaultLedgerUrl = 'sqlite:.tractledger/ledger.db';
const defaultBackoffSeconds = 5;
const defaultDrainSeconds = 5;

/** What a call of `exec` means. */
interface ExecPlan {
  readonly job: JobDescription;
  readonly settings: JobSettings;
  readonly rules: () => readonly FailureRule[];
  readonly ledgerUrl: string;
}

/**
 * Runs a job as the arguments, the environment and the job's file describe it.
 * @param argv what follows `exec`
 * @param write takes the help text
 */
export async function exec(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv,
  write: (text: string) => void,
): Promise<SidecarEnd> {
  let plan: ExecPlan | null;
  try {
    plan = planOf(argv, environment);
  } catch (error) {
    warn(errorMessage(error));
    return { exitCode: misuseExitCode };
  }
  if (plan === null) {
    write((load('./execHelp') as { execHelp: typeof execHelp }).execHelp);
    return { exitCode: 0 };
  }
  const { job, settings, rules, ledgerUrl } = plan;
  const recorder = new Recorder({
    outboxFile: outboxFile(ledgerUrl, settings.outbox),
    ledgerUrl,
    drain: settings.drain ?? true,
    drainMillis: 1000 * (settings.drainSeconds ?? defaultDrainSeconds),
    warn,
  });
  const retries = settings.retries ?? 0;
  const end = await runJob(job, {
    environment,
    rules,
    retries,
    retryInfrastructure: settings.retryInfrastructure ?? false,
    backoffSeconds: settings.backoffSeconds ?? defaultBackoffSeconds,
    setAside: settings.setAside ?? retries > 0,
    teeStderr: settings.teeStderr ?? false,
    sha256: settings.sha256 ?? false,
    recorder,
    warn,
  });
  await recorder.finish();
  return end;
}

/** @returns null where only help is asked for @throws what is wrong with the call */
function planOf(argv: readonly string[], environment: NodeJS.ProcessEnv): ExecPlan | null {
  const { settings: flags, jobFile, help } = parseExecArguments(argv);
  if (help) {
    return null;
  }
  const file =
    jobFile === null
      ? {}
      : (load('./jobFile') as { settingsFromFile: typeof settingsFromFile }).settingsFromFile(jobFile);
  const settings = mergeSettings(settingsFromEnvironment(environment), file, flags);
  return {
    job: describeJob(settings, environment),
    settings,
    rules: rulesOf(settings.rules),
    ledgerUrl: checkedLedgerUrl(settings.ledger ?? defaultLedgerUrl),
  };
}

/** A file of rules is read before the job starts, so that a wrong one is not found when it is needed. */
function rulesOf(file: string | undefined): () => readonly FailureRule[] {
  if (file === undefined) {
    return () => (load('../failures/defaultRules') as { defaultRules: typeof defaultRules }).defaultRules;
  }
  const { rules, warnings } = (load('../failures/loadRules') as { loadRules: typeof loadRules }).loadRules(file);
  for (const { file: source, line, message } of warnings) {
    warn(`${source}:${String(line)}: ${message}`);
  }
  return () => rules;
}

/** A URL that no ledger can have is a mistake in the call; a ledger that is away is not. The path is made absolute. */
function checkedLedgerUrl(url: string): string {
  if (!/^(sqlite:.|kafka:\/\/.|esdb:\/\/.)/.test(url)) {
    throw new JobDescriptionError(
      '--ledger',
      'names no ledger; write sqlite:PATH, kafka://HOST:PORT/TOPIC or esdb://HOST:PORT',
    );
  }
  return url.startsWith('sqlite:') ? `sqlite:${path.resolve(url.slice('sqlite:'.length))}` : url;
}
