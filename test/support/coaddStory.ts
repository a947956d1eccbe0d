/**
 * A small campaign in which nothing is wrong, told by a planner, two sidecars and an operator, and how to change what is
 * told: two CCDs, two warps of them, one coadd of these.
 */
import path from 'node:path';
import { project } from '../../consumers/projector/projector';
import { StateStore } from '../../consumers/sqliteStore/stateStore';
import { verifyCampaign, type VerificationQuestion } from '../../consumers/verification/verify';
import type { CheckResult, VerificationReport } from '../../consumers/verification/report';
import { allProjections } from '../../projections';
import type { EventType, LedgerEvent } from '../../schemas';
import { coaddDefinition } from './coaddPipeline';
import { batchesOf, deliveringLedger } from './deliveries';
import { interleavedRuns } from './eventStreams';
import { about, execution, newStory, type Circumstances, type Tell } from './story';
import { temporaryFolder } from './temporaryFolder';
import type { TemporaryViews } from './viewsOf';

/** The definition that the story is held against: half of the CCDs may be dead, and one warp in twenty may be absent. */
export const storyDefinition = coaddDefinition.replace('deadCcd: 0.001', 'deadCcd: 0.5');

/** Digests that the story names. */
export const digests = { pipeline: 'd'.repeat(64), environment: 'e'.repeat(64) } as const;

/** A job of the story: what it reads and writes, and when (seconds). */
export interface StoryJob {
  readonly number: number;
  readonly task: string;
  readonly job: string;
  readonly dataId: string;
  readonly type: string;
  readonly path: string;
  readonly reads: readonly (readonly [path: string, datasetType: string])[];
  readonly from: number;
  readonly by: string;
}

const calexps = [
  ['calexp/1.fits', 'calexp'],
  ['calexp/2.fits', 'calexp'],
] as const;

const ccd = (number: number): StoryJob => {
  const dataId = `{"ccd":${String(number)},"visit":10}`;
  const file = `calexp/${String(number)}.fits`;
  const reads = [[`raw/${String(number)}.fits`, 'raw']] as const;
  const by = number === 1 ? 'nodea' : 'nodeb';
  return {
    number,
    task: 'processCcd',
    job: `processCcd ${dataId}`,
    dataId,
    type: 'calexp',
    path: file,
    reads,
    from: 10,
    by,
  };
};

const warp = (number: number): StoryJob => {
  const dataId = `{"patch":"4,${String(number)}"}`;
  const file = `warp/${String(number)}.fits`;
  const by = number === 3 ? 'nodea' : 'nodeb';
  return {
    number,
    task: 'warp',
    job: `warp ${dataId}`,
    dataId,
    type: 'warp',
    path: file,
    reads: calexps,
    from: 30,
    by,
  };
};

/** The jobs by name. */
export const story = {
  ccd1: ccd(1),
  ccd2: ccd(2),
  warp1: warp(3),
  warp2: warp(4),
  coadd: {
    number: 5,
    task: 'coadd',
    job: 'coadd {"patch":"4,4"}',
    dataId: '{"patch":"4,4"}',
    type: 'coadd',
    path: 'coadd/1.fits',
    reads: [
      ['warp/3.fits', 'warp'],
      ['warp/4.fits', 'warp'],
    ],
    from: 50,
    by: 'nodea',
  },
} as const satisfies Readonly<Record<string, StoryJob>>;

/** The jobs in the order in which they ran. */
export const storyJobs: readonly StoryJob[] = Object.values(story);

const metrics = { wallMicros: 9e6, userCpuMicros: 8e6, systemCpuMicros: 1e6, maxRssBytes: 1 << 30 };

/** Every event of the story in which nothing is wrong. */
export function cleanStory(): LedgerEvent[] {
  const tell = newStory();
  return [
    ...planned(tell),
    tell('AttemptStarted', { by: 'oper', at: 5, pipelineDigest: digests.pipeline, nodesExclusive: true }),
    ...[1, 2].map((number) =>
      tell('FileRegistered', { by: 'oper', unit: null, attempt: null, path: `raw/${String(number)}.fits` }),
    ),
    tell('EnvironmentDeclared', { by: 'oper', unit: null, attempt: null, compiler: 'gcc 4.8' }),
    ...storyJobs.flatMap((job) => ran(tell, job)),
    tell('AttemptEnded', { by: 'oper', at: 100 }),
  ];
}

/** The clean story, but the job of the second warp says that it rightly wrote none. */
export function storyWithoutWarp2(): LedgerEvent[] {
  const { job, path } = story.warp2;
  return cleanStory().map((event): LedgerEvent =>
    event.type === 'FileProduced' && event.execution === execution(4)
      ? {
          type: 'FileAbsent',
          header: event.header,
          execution: execution(4),
          job,
          datasetType: 'warp',
          path,
          basis: 'job',
        }
      : event,
  );
}

function planned(tell: Tell): LedgerEvent[] {
  const expected = [
    ['calexp', 2],
    ['warp', 2],
    ['coadd', 1],
    [null, 5],
  ] as const;
  return [
    tell('PipelineDeclared', { by: 'plan', digest: digests.pipeline, text: storyDefinition }),
    ...storyJobs.map(({ job, task, dataId, reads, path: output, type }) =>
      tell('JobPlanned', {
        by: 'plan',
        job,
        task,
        dataId,
        predictedInputs: reads.map(([input, datasetType]) => ({ path: input, datasetType })),
        predictedOutputs: [{ path: output, datasetType: type }],
      }),
    ),
    ...expected.map(([datasetType, count]) =>
      tell('ExpectationDeclared', { by: 'plan', attempt: null, datasetType, count }),
    ),
  ];
}

/** One run of a job: start, inputs, file, end. */
export function ran(
  tell: Tell,
  { number, job, task, dataId, type, reads, path: output, from, by }: StoryJob,
): LedgerEvent[] {
  const told = { by, execution: execution(number), job };
  return [
    tell('ExecutionStarted', {
      ...told,
      at: from,
      task,
      dataId,
      host: by,
      executable: `${task}.py`,
      environmentDigest: digests.environment,
    }),
    tell('InputsUsed', {
      ...told,
      at: from,
      files: reads.map(([input, datasetType]) => ({ path: input, datasetType })),
    }),
    tell('FileProduced', {
      by,
      at: from + 9,
      execution: told.execution,
      datasetType: type,
      path: output,
      metadata: type === 'calexp' ? { tract: '1', visit: '10', filter: 'HSC-I', ccd: String(number) } : {},
    }),
    tell('ExecutionSucceeded', { ...told, at: from + 9, metrics }),
  ];
}

/** Tells further events of a story, after those that are there. */
export function more(events: readonly LedgerEvent[], add: (tell: Tell) => readonly LedgerEvent[]): LedgerEvent[] {
  return renumbered([...events, ...add(newStory())]);
}

/** The story without some events. */
export function without(events: readonly LedgerEvent[], is: (event: LedgerEvent) => boolean): LedgerEvent[] {
  return renumbered(events.filter((event) => !is(event)));
}

/** The story with the fields of some events changed. */
export function changed<T extends EventType>(
  events: readonly LedgerEvent[],
  type: T,
  is: (event: Extract<LedgerEvent, { type: T }>) => boolean,
  fields: Partial<Extract<LedgerEvent, { type: T }>> & Pick<Circumstances, never>,
): LedgerEvent[] {
  return events.map((event) =>
    event.type === type && is(event as Extract<LedgerEvent, { type: T }>) ? { ...event, ...fields } : event,
  );
}

/** Each producer's events numbered in the order of telling. */
export function renumbered(events: readonly LedgerEvent[]): LedgerEvent[] {
  const sequences = new Map<string, number>();
  return events.map((event) => {
    const { producer } = event.header;
    const sequence = (sequences.get(producer) ?? 0) + 1;
    sequences.set(producer, sequence);
    return { ...event, header: { ...event.header, sequence } };
  });
}

/** The views of a story, its producers interleaved in an order that the seed decides. */
export async function viewsOfStory(events: readonly LedgerEvent[], seed = 1): Promise<TemporaryViews> {
  const { folder, remove } = temporaryFolder();
  const producers = [...new Set(events.map(({ header }) => header.producer))];
  const streams = producers.map((producer) => events.filter(({ header }) => header.producer === producer));
  const views = StateStore.openForWriting(path.join(folder, 'views.db'));
  const ledger = deliveringLedger(batchesOf(interleavedRuns(streams, seed)));
  await project({ ledger, store: views, projections: allProjections });
  return {
    views,
    remove: () => {
      views.close();
      remove();
    },
  };
}

/** The verification of a story. */
export async function verified(
  events: readonly LedgerEvent[],
  question: Partial<VerificationQuestion> = {},
  seed = 1,
): Promise<VerificationReport> {
  const { views, remove } = await viewsOfStory(events, seed);
  try {
    return verifyCampaign(views, { campaign: about.campaign, strict: false, listedEach: 20, ...question });
  } finally {
    remove();
  }
}

/** The checks that did not pass, with their verdicts. */
export function notPassed({ checks }: VerificationReport): Record<string, string> {
  return Object.fromEntries(
    checks.filter(({ verdict }) => verdict !== 'pass').map(({ check, verdict }) => [check, verdict]),
  );
}

/** The result of a check of the story's unit. */
export function resultOf({ checks }: VerificationReport, name: string): CheckResult {
  const found = checks.find(({ check }) => check === name);
  if (found === undefined) {
    throw new Error(`there is no check ${name}`);
  }
  return found;
}

/** Whether an event tells of the file of an execution. */
export function fileOf(number: number): (event: LedgerEvent) => boolean {
  return (event) => event.type === 'FileProduced' && event.execution === execution(number);
}

/** What an execution of a job is told with. */
export function runOf({ task, job, dataId }: StoryJob, number: number) {
  const names = { task, job, dataId, execution: execution(number), environmentDigest: digests.environment };
  return { ...names, host: 'nodec' };
}

/** The clean story with more events. */
export function plus(add: (tell: Tell) => readonly LedgerEvent[]): LedgerEvent[] {
  return more(cleanStory(), add);
}
