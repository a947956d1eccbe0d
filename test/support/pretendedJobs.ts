/** Jobs that only pretend to run: the runner's decisions without processes. */
import type { PlannedJob } from '../../pipelines/plan';
import type { EventDraft } from '../../producers/outbox/draft';
import { JobPlaces } from '../../producers/runner/jobPlaces';
import { runWork, type WorkOptions, type WorkSummary } from '../../producers/runner/runWork';
import type { JobEnd, JobStarter, StartedJob } from '../../producers/runner/sidecarProcess';
import type { AvailableFile } from '../../producers/runner/fileStock';
import { content, fileAt } from './plannedGraph';

/** How a pretended try ends. */
export type PretendedEnd =
  | { readonly is: 'made'; readonly text: string }
  | { readonly is: 'absent' | 'transient' | 'permanent' | 'infrastructure' | 'lost' | 'notBegun' };

/** What a pretended starter was asked to start. */
export interface PretendedStart {
  readonly job: string;
  readonly tryNumber: number;
  readonly inputs: readonly string[];
}

const execution = '01a20505-2a89-7288-b4c8-7419724393f9';

/** Starts nothing: each try ends, a little later, as the script says; after its last word it repeats that. */
export class PretendedStarter implements JobStarter {
  readonly starts: PretendedStart[] = [];
  readonly signals: string[] = [];
  mostAtOnce = 0;
  private running = 0;
  private readonly tries = new Map<string, number>();

  /**
   * @param script by the job's number
   * @param hold jobs whose tries end only when they are told to
   */
  constructor(
    private readonly script: (number: number) => readonly PretendedEnd[],
    private readonly hold: ReadonlySet<string> = new Set(),
    private readonly onStart: (job: PlannedJob) => void = () => undefined,
  ) {}

  start(job: PlannedJob, tryNumber: number, inputs: readonly (readonly AvailableFile[])[]): StartedJob {
    this.starts.push({ job: job.name, tryNumber, inputs: inputs.flat().map(({ path }) => path) });
    this.onStart(job);
    this.running += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.running);
    const number = Number(job.name.slice('job'.length));
    const done = this.tries.get(job.name) ?? 0;
    this.tries.set(job.name, done + 1);
    const script = this.script(number);
    const end = endOf(script[Math.min(done, script.length - 1)] ?? { is: 'made', text: '' }, number);
    let finish: (end: JobEnd) => void = () => undefined;
    const told = new Promise<JobEnd>((resolve) => {
      finish = resolve;
    });
    if (!this.hold.has(job.name)) {
      setImmediate(() => {
        setImmediate(finish, end);
      });
    }
    return {
      ended: told.then((ended) => {
        this.running -= 1;
        return ended;
      }),
      signal: (name) => {
        this.signals.push(`${job.name} ${name}`);
        finish(endOf({ is: 'transient' }, number));
      },
      kill: () => {
        finish(endOf({ is: 'lost' }, number));
      },
    };
  }
}

function endOf(end: PretendedEnd, number: number): JobEnd {
  switch (end.is) {
    case 'made':
      return { kind: 'succeeded', execution, made: new Map([[fileAt(number), content(end.text)]]) };
    case 'absent':
      return { kind: 'succeeded', execution, made: new Map() };
    case 'lost':
      return { kind: 'lost', execution, message: 'lost' };
    case 'notBegun':
      return { kind: 'notBegun', message: 'not begun' };
    default:
      return { kind: 'failed', execution, failure: { permanence: end.is, failureClass: 'pretended', message: end.is } };
  }
}

/** What came of running work with pretended jobs. */
export interface PretendedRun {
  readonly summary: WorkSummary;
  readonly events: readonly EventDraft[];
  readonly messages: readonly string[];
}

/** Runs work with nothing in the way but what is said. */
export async function pretendToRun(
  options: Pick<WorkOptions, 'work' | 'starter'> & Partial<WorkOptions> & { readonly jobs?: number },
): Promise<PretendedRun> {
  const events: EventDraft[] = [];
  const messages: string[] = [];
  const never = new AbortController().signal;
  const summary = await runWork({
    share: new JobPlaces(options.jobs ?? 2).share(),
    backoffSeconds: 0,
    infrastructureRetries: 3,
    gate: { heldBy: () => null, isVetoed: () => false },
    record: (drafts) => {
      events.push(...drafts);
      return Promise.resolve();
    },
    probe: () => Promise.resolve(null),
    probeMillis: 1,
    stop: never,
    kill: never,
    onProgress: () => undefined,
    onMessage: (message) => messages.push(message),
    ...options,
  });
  return { summary, events, messages };
}
