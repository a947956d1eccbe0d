import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { compareFiles } from '../../consumers/compare/compareFiles';
import type { Comparison } from '../../consumers/compare/comparison';
import { writeSiteMarker } from '../../pipelines/siteMarker';
import type { LedgerEvent } from '../../schemas';
import { lookHere } from '../support/lookHere';
import { about, execution, newStory } from '../support/story';
import { temporaryFolder } from '../support/temporaryFolder';
import { viewsOf } from '../support/viewsOf';

/** One try of a job in one attempt. */
interface Try {
  readonly outcome: 'succeeded' | 'failed' | 'lost';
  /** Whether it came to write its files. */
  readonly writes: boolean;
}

/** What one attempt did with a job: tries, of which one may succeed, or it took over what an earlier one made. */
type AttemptOfJob = readonly Try[] | { readonly takesOver: number };

interface JobHistory {
  /** Whether every attempt, or every try, writes under names of its own; a resubmission keeps the old ones. */
  readonly names: 'ofAttempt' | 'ofTry' | 'kept';
  readonly attempts: readonly AttemptOfJob[];
}

const inVain = fc.record({ outcome: fc.constantFrom('failed' as const, 'lost' as const), writes: fc.boolean() });
const tries = fc
  .tuple(
    fc.array(inVain, { maxLength: 2 }),
    fc.option(fc.record({ outcome: fc.constant('succeeded' as const), writes: fc.constant(true) }), { freq: 3 }),
    // Our own runner ends with the first success; of another system's an import may tell more tries.
    fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(inVain, { maxLength: 2 }) }),
  )
  .map(([before, success, after]): readonly Try[] => (success === null ? before : [...before, success, ...after]));
const attemptOfJob: fc.Arbitrary<AttemptOfJob> = fc.oneof(
  { weight: 3, arbitrary: tries },
  { weight: 1, arbitrary: fc.record({ takesOver: fc.nat(5) }) },
);
const worlds = fc.record({
  jobs: fc.array(
    fc.record({
      names: fc.constantFrom('ofAttempt' as const, 'ofTry' as const, 'kept' as const),
      attempts: fc.array(attemptOfJob, { maxLength: 4 }),
    }),
    {
      minLength: 1,
      maxLength: 3,
    },
  ),
  /** What became of each file on the disk, in turn. */
  fates: fc.array(fc.constantFrom('asWritten' as const, 'spoilt' as const, 'gone' as const), { minLength: 1 }),
  withSuperseded: fc.boolean(),
});

type World = typeof worlds extends fc.Arbitrary<infer W> ? W : never;

/** One execution, and the execution that an attempt came by in the end. */
interface Ran {
  readonly id: string;
  readonly number: number;
  readonly job: number;
  readonly attempt: number;
  readonly tryNumber: number;
  readonly outcome: Try['outcome'];
  /** Null where it wrote nothing. */
  readonly path: string | null;
}

interface Told {
  readonly ran: readonly Ran[];
  /** By job, in the order of the attempts: those that came by outputs, with whose these are. */
  readonly came: readonly (readonly { readonly attempt: number; readonly from: Ran }[])[];
}

function toldOf({ jobs }: World): Told {
  const ran: Ran[] = [];
  const came = jobs.map(({ names, attempts }: JobHistory, job) => {
    const nameOf = {
      ofAttempt: (attempt: number): string => `${String(attempt)}/job${String(job)}`,
      ofTry: (attempt: number, tryNumber: number): string =>
        `${String(attempt)}/job${String(job)}.${String(tryNumber)}`,
      kept: (): string => `kept/job${String(job)}`,
    }[names];
    const outputs: { attempt: number; from: Ran }[] = [];
    attempts.forEach((done, index) => {
      const attempt = index + 1;
      if ('takesOver' in done) {
        const from = outputs[outputs.length === 0 ? 0 : done.takesOver % outputs.length]?.from;
        if (from !== undefined) {
          outputs.push({ attempt, from });
        }
        return;
      }
      done.forEach(({ outcome, writes }, place) => {
        const number = ran.length + 1;
        const name = nameOf(attempt, place + 1);
        const one = { id: execution(number), number, job, attempt, tryNumber: place + 1, outcome, path: writes ? name : null }; // prettier-ignore
        ran.push(one);
        if (outcome === 'succeeded') {
          outputs.push({ attempt, from: one });
        }
      });
    });
    return outputs;
  });
  return { ran, came };
}

/** Each execution writes something else, of one size. */
const contentOf = ({ number }: Ran): string => `by ${String(number).padStart(4, '0')}`;
const jobName = (job: number): string => `job${String(job)}`;
const endings = { succeeded: 'ExecutionSucceeded', failed: 'ExecutionFailed', lost: 'ExecutionLost' } as const;

function eventsOf({ ran, came }: Told): LedgerEvent[] {
  const tell = newStory();
  const executions = ran.flatMap((one): LedgerEvent[] => {
    const where = { execution: one.id, job: jobName(one.job), attempt: one.attempt, at: one.number };
    const md5 = createHash('md5').update(contentOf(one)).digest('hex');
    const { path: name, id, attempt, number: at } = one;
    return [
      tell('ExecutionStarted', { ...where, tryNumber: one.tryNumber }),
      ...(name === null ? [] : [tell('FileProduced', { execution: id, path: name, attempt, at, sizeBytes: contentOf(one).length, md5 })]), // prettier-ignore
      tell(endings[one.outcome], where),
    ];
  });
  const reuses = came.flatMap((outputs, job) =>
    outputs
      .filter(({ attempt, from }) => from.attempt !== attempt)
      .map(({ attempt, from }) => tell('JobReused', { job: jobName(job), attempt, fromExecution: from.id })),
  );
  return [...executions, ...reuses];
}

/** Of the executions that wrote at a path the one whose file lies there: the last that succeeded, else the last. */
function lyingAt({ ran }: Told, name: string): Ran | undefined {
  const wrote = ran.filter(({ path: written }) => written === name);
  return wrote.filter(({ outcome }) => outcome === 'succeeded').at(-1) ?? wrote.at(-1);
}

/** Whether the job was done again since: a later try, or a later attempt, came by outputs, and by others than these. */
function isSuperseded({ came }: Told, { job, attempt, id, number }: Ran): boolean {
  const last = came[job]?.at(-1);
  if (last === undefined || last.from.id === id) {
    return false;
  }
  return last.attempt > attempt || (last.attempt === attempt && last.from.number > number);
}

function makeTree(root: string, told: Told, { fates }: World): void {
  namesIn(told).forEach((name, index) => {
    const fate = fates[index % fates.length];
    const from = lyingAt(told, name);
    if (fate !== 'gone' && from !== undefined) {
      mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
      writeFileSync(path.join(root, name), fate === 'spoilt' ? 'spoilt!' : contentOf(from));
    }
  });
}

function namesIn({ ran }: Told): string[] {
  return [...new Set(ran.flatMap(({ path: name }) => name ?? []))];
}

type Result = Pick<Comparison, 'superseded' | 'elsewhere'> & { readonly equal: number; readonly differences: object };

/** The rule once more, read from what `compare --help` says, for each path by itself. */
function naively(root: string, told: Told, { withSuperseded }: World): Result {
  const differences: Record<string, string> = {};
  let equal = 0;
  let superseded = 0;
  for (const name of namesIn(told)) {
    const from = lyingAt(told, name);
    const file = path.join(root, name);
    const isThere = existsSync(file);
    if (from !== undefined && !withSuperseded && isSuperseded(told, from)) {
      superseded += isThere ? 1 : 0;
    } else if (!isThere) {
      differences[name] = 'onlyInLedger';
    } else if (from !== undefined && readFileSync(file, 'utf8') === contentOf(from)) {
      equal += 1;
    } else {
      differences[name] = 'md5';
    }
  }
  return { equal, superseded, elsewhere: 0, differences };
}

describe('compare, where jobs were done more than once', () => {
  it('judges what counts now and counts the rest apart, as a reading of the rule path by path does', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        const { folder, remove } = temporaryFolder();
        const told = toldOf(world);
        const { views, remove: removeViews } = await viewsOf(eventsOf(told));
        try {
          const root = path.join(folder, 'root');
          mkdirSync(root);
          writeSiteMarker(root, 'lustre');
          makeTree(root, told, world);
          const { withSuperseded } = world;
          const question = { campaign: about.campaign, attempts: null, withSuperseded, level: 'md5' as const, ignored: [] }; // prettier-ignore
          const { counts, superseded, elsewhere, differences } = await compareFiles(views, lookHere(root), question);
          const found = Object.fromEntries(differences.map(({ path: name, bucket }) => [name, bucket]));
          const result: Result = { equal: counts.equal, superseded, elsewhere, differences: found };
          expect(result).toEqual(naively(root, told, world));
          expect(Object.keys(found)).toHaveLength(differences.length);
        } finally {
          removeViews();
          remove();
        }
      }),
      { numRuns: 150 },
    );
  });
});
