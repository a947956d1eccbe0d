/**
 * Whatever fails, is purged, spoilt, vetoed or withdrawn: running the restart plan yields every product that can be had,
 * and nothing is left to run then.
 */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { makePlan } from '../../pipelines/makePlan';
import type { PlannedJob } from '../../pipelines/plan';
import {
  afterFirstAttempt,
  check,
  coaddPipelineOf,
  header,
  purge,
  restartAndRun,
  restartIn,
  scope,
} from '../support/coaddRestart';
import type { Ending, PretendWorld } from '../support/pretendWorld';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, number) => number + 1);
const ccdRows = numbers(3).flatMap((visit) => numbers(2).map((ccd) => `1,${String(visit)},${String(ccd)},HSC-I`));
const overlapRows = numbers(4).flatMap((patch) =>
  numbers(3).flatMap((visit) => ((patch + visit) % 3 === 0 ? [] : [`1,"0,${String(patch)}",HSC-I,${String(visit)}`])),
);
const pipeline = coaddPipelineOf([], {
  'ccds.csv': `tract,visit,ccd,filter\n${ccdRows.join('\n')}\n`,
  'overlaps.csv': `tract,patch,filter,visit\n${overlapRows.join('\n')}\n`,
});
const { jobs } = makePlan(pipeline, { ...scope, attempt: 1 });

/** What comes between two attempts, to the job or the file at a place in the list, as far round as it takes. */
interface Blow {
  readonly is: 'purge' | 'missing' | 'checksum' | 'veto' | 'withdraw';
  readonly place: number;
}

const endings = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constant<Ending>('ok') },
      {
        weight: 4,
        arbitrary: fc.constantFrom<Ending>('fails', 'failsForGood', 'lost', 'absent', 'dies', 'neverStarts'),
      },
    ),
    { minLength: jobs.length, maxLength: jobs.length },
  )
  .map((list) => Object.fromEntries(jobs.map(({ name }, place) => [name, list[place] ?? 'ok'] as const)));
const blows = fc.array(
  fc.record({
    is: fc.constantFrom<Blow['is']>('purge', 'purge', 'missing', 'checksum', 'veto', 'withdraw'),
    place: fc.nat(10_000),
  }),
  { maxLength: 6 },
);

/** What the test keeps in mind of a world, without asking the views. */
class Memory {
  /** Jobs that will not be made: vetoed, or once failed for good. */
  readonly refused = new Set<string>();
  private readonly gone = new Set<string>();

  constructor(private readonly world: PretendWorld) {}

  strike(attempt: number, { is, place }: Blow): void {
    const { world, gone } = this;
    const files = world.drafts.flatMap((draft) => (draft.type === 'FileProduced' ? [draft] : []));
    const file = files[place % Math.max(1, files.length)];
    const job = jobs[place % jobs.length];
    if (is === 'veto' && job !== undefined) {
      this.refused.add(job.name);
      world.tell({ type: 'DataIdVetoed', header: header(world, null), veto: randomUUID(), task: job.task.name, dataId: job.dataId ?? '{}', why: 'bad', ticket: null, vetoedBy: null }); // prettier-ignore
    } else if (is === 'withdraw' && job !== undefined) {
      files.filter(({ execution }) => this.executionsOf(job.name).has(execution)).forEach(({ path }) => gone.add(path));
      world.tell({ type: 'OutputsWithdrawn', header: header(world, attempt), withdrawal: randomUUID(), task: job.task.name, dataId: job.dataId, datasetType: null, why: 'wrong', ticket: null, withdrawnBy: null }); // prettier-ignore
    } else if (file !== undefined && !gone.has(file.path)) {
      gone.add(file.path);
      if (is === 'purge') {
        purge(world, file.path);
      } else {
        check(world, file.path, is);
      }
    }
  }

  /** The files of an attempt that are there, made by it or taken over: their paths behind the attempt. */
  filesOf(attempt: number): Set<string> {
    const makers = new Set<string>();
    for (const draft of this.world.drafts) {
      if (draft.header.attempt === attempt && draft.type === 'ExecutionSucceeded') {
        makers.add(draft.execution);
      } else if (draft.header.attempt === attempt && draft.type === 'JobReused') {
        makers.add(draft.fromExecution);
      }
    }
    const files = this.world.drafts.flatMap((draft) =>
      draft.type === 'FileProduced' && makers.has(draft.execution) && !this.gone.has(draft.path) ? [draft.path] : [],
    );
    return new Set(files.map(behindAttempt));
  }

  /** Whether a job's file can certainly be had: it and enough of what it reads were never refused, nor left unwritten. */
  isCertain(job: PlannedJob): boolean {
    if (this.refused.has(job.name) || this.wroteNothing(job.name)) {
      return false;
    }
    const upstream = job.upstream.filter((other) => this.isCertain(other));
    return job.upstream.length === 0 || upstream.length > 0;
  }

  private wroteNothing(name: string): boolean {
    const executions = this.executionsOf(name);
    return this.world.drafts.some((draft) =>
      draft.type === 'FileAbsent'
        ? executions.has(draft.execution)
        : draft.type === 'JobAbandoned' && draft.job === name,
    );
  }

  private executionsOf(name: string): Set<string> {
    return new Set(
      this.world.drafts.flatMap((draft) =>
        draft.type === 'ExecutionStarted' && draft.job === name ? [draft.execution] : [],
      ),
    );
  }
}

const behindAttempt = (path: string): string => path.replace(/^\d+\//, '');

test('running a restart plan yields every product that can be had, and leaves nothing to run', async () => {
  await fc.assert(
    fc.asyncProperty(endings, blows, endings, blows, async (first, firstBlows, second, secondBlows) => {
      const world = afterFirstAttempt(pipeline, { endings: first });
      const memory = new Memory(world);
      firstBlows.forEach((blow) => {
        memory.strike(1, blow);
      });
      await restartAndRun(world, pipeline, { endings: second });
      secondBlows.forEach((blow) => {
        memory.strike(2, blow);
      });
      await restartAndRun(world, pipeline);

      const there = memory.filesOf(3);
      const products = jobs.filter(({ task }) => task.name === 'coadd');
      const due = products.filter((job) => memory.isCertain(job)).flatMap(({ outputs }) => outputs.flat());
      expect(due.map(({ path }) => behindAttempt(path)).filter((path) => !there.has(path))).toEqual([]);
      const { json } = await restartIn(world, pipeline);
      expect([json.run, json.runIfChanged]).toEqual([[], []]);
    }),
    { numRuns: 40 },
  );
}, 240_000);
