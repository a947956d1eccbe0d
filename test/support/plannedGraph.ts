/** Plans made by hand: a job a number, its files a path, any graph. */
import type { DatasetType, Requirement, Sameness, Task } from '../../pipelines/definition';
import type { Plan, PlannedFile, PlannedJob } from '../../pipelines/plan';
import type { ReusedJob } from '../../pipelines/workPlan';
import type { KnownContent } from '../../producers/runner/sameness';

/** One job of a graph; each is a task of its own. */
export interface GraphJob {
  /** The numbers of the jobs whose file it reads, each smaller than its own. */
  readonly upstream: readonly number[];
  readonly require?: Requirement;
  readonly retries?: number;
  readonly wallSeconds?: number;
  /** How its file is compared. */
  readonly sameness?: Sameness;
}

/** The name of a job. */
export const jobAt = (number: number): string => `job${String(number)}`;

/** The path of its file. */
export const fileAt = (number: number): string => `1/file${String(number)}`;

/** A plan of the jobs, in their order. */
export function graphPlan(graph: readonly GraphJob[]): Plan {
  const jobs: PlannedJob[] = [];
  const files: PlannedFile[] = [];
  graph.forEach((job, number) => {
    const upstream = job.upstream.flatMap((other) => jobs[other] ?? []);
    const outputs: PlannedFile[][] = [[]];
    const made: PlannedJob = {
      place: number,
      task: taskOf(number, job),
      name: jobAt(number),
      dataId: null,
      row: [],
      inputs: job.upstream.length === 0 ? [] : [job.upstream.flatMap((other) => files[other] ?? [])],
      outputs,
      outputCounts: [1],
      upstream,
    };
    const file = { type: typeOf(number, job), path: fileAt(number), row: [], maker: made };
    outputs[0]?.push(file);
    files.push(file);
    jobs.push(made);
  });
  const definition = {
    file: 'graph.yaml',
    pipeline: 'graph',
    dimensions: new Map(),
    unit: [],
    tables: new Map(),
    datasetTypes: new Map(),
    tasks: new Map(),
  };
  return {
    pipeline: { definition, tables: new Map(), text: '', digest: 'd'.repeat(64) },
    scope: { campaign: 'C', unit: 'U', attempt: 1 },
    jobs,
    expected: new Map(),
    registered: new Map(),
    unmet: [],
  };
}

/** What a file with this content is known by. */
export function content(text: string): KnownContent {
  return { sizeBytes: text.length, md5: text, contentDigest: null };
}

/** What a job made in an attempt before: its file, or nothing. */
export function madeBefore(number: number, text: string | null): ReusedJob {
  const execution = `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`;
  const file = { path: `0/file${String(number)}`, execution, ...content(text ?? '') };
  return { execution, attempt: 0, files: new Map(text === null ? [] : [[fileAt(number), file]]) };
}

function taskOf(number: number, { upstream, require: needed = 'all', retries = 0, wallSeconds }: GraphJob): Task {
  return {
    name: jobAt(number),
    kind: 'payload',
    dimensions: [],
    over: [],
    executable: 'true',
    command: ['true'],
    inputs: upstream.length === 0 ? [] : [{ datasetType: 'file', require: needed }],
    outputs: [{ datasetType: 'file', mayBeAbsent: true, toleratedAbsence: 1, once: false }],
    science: new Map(),
    execution: {
      retries,
      toleratedLoss: new Map(),
      cpuSeconds: null,
      wallSeconds: wallSeconds ?? null,
      maxRssBytes: null,
    },
  };
}

function typeOf(number: number, { sameness = 'bytes' }: GraphJob): DatasetType {
  return {
    name: `file${String(number)}`,
    role: 'product',
    perJob: false,
    dimensions: [],
    table: null,
    template: '{attempt}/file',
    metadata: [],
    sameness,
    butlerSection: 'datasets',
  };
}
