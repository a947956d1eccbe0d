/**
 * Runs one attempt of a unit on this machine, from its claim to its end: for the command `run`, for `restart`, and for
 * programs that embed it.
 */
import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import type { Ledger } from '../../ledger/port';
import type { PlannedJob } from '../../pipelines/plan';
import type { WorkPlan } from '../../pipelines/workPlan';
import {
  claimAttempt,
  claimEarlierAttempts,
  nextAttempt,
  type AttemptClaim,
  type UnclaimedAttempt,
} from '../attempts/claimAttempt';
import { nowMicros } from '../outbox/draft';
import { outboxFile } from '../outbox/outboxLocation';
import { withinTime } from '../outbox/withinTime';
import { storePlan } from '../planner/storePlan';
import { Recorder } from '../sidecar/recorder';
import { environmentFields, seenEnvironment, type EnvironmentWords } from './environment';
import { JobPlaces, type PlaceShare } from './jobPlaces';
import { checkWork, prepareRoot } from './preflight';
import type { Progress } from './progress';
import { inputDrafts } from './registerInputs';
import { RootWatch } from './rootWatch';
import { runWork, type FailedJob, type StartHold, type StopReason, type WorkSummary } from './runWork';
import { SidecarStarter } from './sidecarProcess';
import { StartsWatch } from './startsWatch';

export type { FailedJob, Progress, StopReason };

/** How an attempt is run. */
export interface RunAttemptOptions {
  /** The ledger, open. */
  readonly ledger: Ledger;
  /** The same ledger for the processes that are started. */
  readonly ledgerUrl: string;
  /** What is to be done; its plan names the attempt that is claimed. */
  readonly work: WorkPlan;
  readonly claim: Pick<AttemptClaim, 'why' | 'resumedFromAttempt' | 'nodesExclusive' | 'startedBy'> & {
    /** The attempts before it, of which another system may have run some: they are claimed first where nobody has. */
    readonly earlier?: readonly UnclaimedAttempt[];
  };
  /** The root folder, under which logical paths lie. */
  readonly root: string;
  /** The program and its arguments in front of `exec`, e.g. `[process.execPath, 'dist/cli/main.js']`. */
  readonly sidecar: readonly [string, ...string[]];
  /** The folder for logs and job files. */
  readonly workFolder: string;
  /** How many jobs run at a time, at most; 1 by default. */
  readonly jobs?: number;
  /** Instead, its share of places where attempts run that stand on the same root and ledger and are stopped together. */
  readonly share?: PlaceShare;
  /** The site that the root belongs to; by default what its marker says, or this host's name where it has none. */
  readonly site?: string;
  /** The outbox's file; by default the one of this node, user and ledger. */
  readonly outbox?: string;
  /** The variables that jobs get; this process's by default. */
  readonly environment?: NodeJS.ProcessEnv;
  /** What is to be declared of the environment beside what this machine tells. */
  readonly environmentWords?: EnvironmentWords;
  /** The file of failure rules. */
  readonly rules?: string;
  /** The first wait between tries, seconds; 5 by default. It doubles. */
  readonly backoffSeconds?: number;
  /** Further tries of a job after failures of the infrastructure; 3 by default. */
  readonly infrastructureRetries?: number;
  /** Whether to compute SHA-256 of outputs beside MD5. */
  readonly sha256?: boolean;
  /** Whether to read the registered inputs for their MD5. */
  readonly inputChecksums?: boolean;
  /** How long the end may wait for the ledger, seconds; 60 by default. */
  readonly drainSeconds?: number;
  /** Stops in order: nothing more is started, what runs is told. Its reason may be a {@link StopReason}. */
  readonly stop?: AbortSignal;
  /** Ends what runs at once. */
  readonly kill?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Told of what a person should know, in one sentence. */
  readonly onMessage?: (message: string) => void;
}

/** What came of an attempt. */
export interface RunSummary extends WorkSummary {
  readonly campaign: string;
  readonly unit: string;
  readonly attempt: number;
  /** The folder with the logs. */
  readonly workFolder: string;
  /** Whether all events are in the ledger; what is not waits in the outbox. */
  readonly drained: boolean;
}

const probeMillis = 1000;
/** How long the ledger may take to answer a probe, milliseconds. */
const ledgerPatienceMillis = 15_000;
/** How often the outbox is drained, milliseconds. */
const drainPauseMillis = 1000;
/** How long the end waits for what was under way, milliseconds. */
const closingMillis = 5000;
/** How long executions that were ended at once may take to be gone, milliseconds. */
const killedMillis = 5000;
const never = new AbortController().signal;

/**
 * Runs an attempt: claims it, stores its plan, runs its jobs each under a sidecar, and tells its end.
 * @throws {RunRefusedError} {SiteMarkerError} where it cannot be run as asked, {AttemptTakenError} where somebody else
 *   has begun it, and what the ledger throws: nothing has been run then
 */
export async function runAttempt(options: RunAttemptOptions): Promise<RunSummary> {
  const { ledger, work, onMessage = () => undefined, stop = never } = options;
  const { plan } = work;
  const { scope } = plan;
  const root = path.resolve(options.root);
  const workFolder = path.resolve(options.workFolder);
  const environment = options.environment ?? process.env;
  checkWork(work, root, environment);
  // What another system ran, and an import told of, lay elsewhere: the root of what takes nothing over may be new.
  const isFresh = work.reuse.size + work.previous.size === 0;
  const isFirst = isFresh && (await nextAttempt(ledger, scope.campaign, scope.unit)) === 1;
  const site = prepareRoot(root, options.site ?? null, plan, isFirst);
  mkdirSync(workFolder, { recursive: true });
  const surroundings = {
    ...{ ...scope, root, site, rules: options.rules === undefined ? null : path.resolve(options.rules) },
    ledgerUrl: absoluteUrl(options.ledgerUrl),
    outbox: outboxFile(options.ledgerUrl, options.outbox),
    sha256: options.sha256 ?? false,
  };
  const watch = new StartsWatch(scope, hostname());
  const position = await watch.catchUp(ledger);
  const { earlier = [], ...claim } = options.claim;
  await claimEarlierAttempts(ledger, scope, earlier);
  await claimAttempt(ledger, { ...scope, ...claim, pipelineDigest: plan.pipeline.digest }, scope.attempt);
  await storePlan(ledger, plan);

  const ended = new AbortController();
  const recorder = new Recorder({
    outboxFile: surroundings.outbox,
    ledgerUrl: surroundings.ledgerUrl,
    drain: true,
    drainMillis: 1000 * (options.drainSeconds ?? 60),
    warn: onMessage,
  });
  try {
    const following = watch.follow(ledger, position, ended.signal, onMessage);
    const draining = recorder.keepDraining(ended.signal, drainPauseMillis);
    const facts = environmentFields(seenEnvironment(environment, options.environmentWords));
    await recorder.record([{ type: 'EnvironmentDeclared', header: { occurredAt: nowMicros(), ...scope }, ...facts }]);
    for await (const drafts of inputDrafts(work, { root, site, md5: options.inputChecksums ?? false, signal: stop })) {
      await recorder.record(drafts);
    }
    const rootWatch = new RootWatch(root, site);
    const summary = await runWork({
      ...{ work, stop, onMessage, probeMillis },
      share: options.share ?? new JobPlaces(options.jobs ?? 1).share(),
      backoffSeconds: options.backoffSeconds ?? 5,
      infrastructureRetries: options.infrastructureRetries ?? 3,
      kill: options.kill ?? never,
      onProgress: options.onProgress ?? (() => undefined),
      record: (drafts) => recorder.record(drafts),
      gate: { heldBy: () => holdOf(watch), isVetoed: (job: PlannedJob) => watch.isVetoed(job) },
      probe: async () => (await rootWatch.writingProblem()) ?? (await ledgerProblem(ledger)),
      starter: new SidecarStarter({
        ...{
          command: options.sidecar,
          environment,
          workFolder,
          recorder,
          rootWatch,
          giveUp: after(options.kill ?? never, killedMillis),
        },
        surroundings: { ...surroundings, environmentDigest: facts.digest },
      }),
    });
    ended.abort();
    await withinTime(closingMillis, async () => {
      await Promise.all([following, draining]);
      return true;
    });
    return { ...scope, ...summary, workFolder, drained: await recorder.finish() };
  } finally {
    ended.abort();
  }
}

function holdOf(watch: StartsWatch): StartHold | null {
  const found = watch.heldBy();
  if (found === null) {
    return null;
  }
  const { header, why, heldBy, host, hold } = found;
  const words = `${host === null ? 'held' : `${host} is drained`} by ${heldBy ?? 'somebody'}${why === null ? '' : `: ${why}`}; release it with \`tractledger hold --release ${hold}\``;
  return { words, ofAllUnits: header.unit === null };
}

async function ledgerProblem(ledger: Ledger): Promise<string | null> {
  const answered = await withinTime(ledgerPatienceMillis, async () => {
    await ledger.end();
    return true;
  });
  return answered.done ? null : `the ledger ${ledger.address}: ${answered.reason}`;
}

/** Aborted so long after another signal. */
function after(signal: AbortSignal, millis: number): AbortSignal {
  const later = new AbortController();
  signal.addEventListener('abort', () => {
    setTimeout(() => {
      later.abort();
    }, millis).unref();
  });
  return later.signal;
}

/** The URL as it is understood from any folder. */
function absoluteUrl(url: string): string {
  return url.startsWith('sqlite:') ? `sqlite:${path.resolve(url.slice('sqlite:'.length))}` : url;
}
