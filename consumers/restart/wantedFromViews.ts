/** The wanted work by the ledger alone: what was planned for a unit's last planned attempt. */
import type { ViewReader } from '../queries/viewReader';
import { RestartError } from './errors';
import type { Wanted, WantedFile, WantedJob } from './wanted';

type PlannedRow = Readonly<{
  job: string;
  task: string;
  data_id: string | null;
  kind: string;
  upstream_jobs: string;
  predicted_inputs: string;
  predicted_outputs: string;
}>;

/** The parts of the plan that counts for a job: the one of the producer who stated the later one. */
const plannedSql = `
  SELECT job, task, data_id, kind, upstream_jobs, predicted_inputs, predicted_outputs FROM planned_jobs AS plan
  WHERE campaign = $campaign AND unit = $unit AND attempt = $attempt
    AND producer = (
      SELECT producer FROM planned_jobs AS other
      WHERE other.campaign = plan.campaign AND other.unit = plan.unit AND other.attempt = plan.attempt
        AND other.job = plan.job
      ORDER BY stamp DESC LIMIT 1)
  ORDER BY job, part`;

/** What is wanted and which attempt's plan says so. */
export interface WantedByLedger extends Wanted {
  readonly attempt: number;
}

/**
 * What was planned for a unit's last attempt that has a plan. Nothing says there which files are products, which may be
 * absent and how many an input needs: files that no job reads are to be kept, what a successful execution did not tell of
 * is taken to be legitimately absent, and a job needs all that it was planned to read.
 * @throws {RestartError} where nothing was planned, or the jobs wait for one another in a circle
 */
export function wantedFromViews(views: ViewReader, campaign: string, unit: string): WantedByLedger {
  const [last] = views.query<{ attempt: number | null }>(
    'SELECT max(attempt) AS attempt FROM planned_jobs WHERE campaign = $campaign AND unit = $unit',
    { campaign, unit },
  );
  const attempt = last?.attempt ?? null;
  if (attempt === null) {
    throw new RestartError(
      `no event tells what was planned for ${unit} of ${campaign}; name the definition with --definition FILE`,
    );
  }
  const rows = joined(views.query<PlannedRow>(plannedSql, { campaign, unit, attempt }));
  return { attempt, jobs: inOrder(jobsOf(rows)), pathIn: ({ path }) => path };
}

type Pair = readonly [path: string, datasetType: string | null];

interface PlannedLists {
  readonly row: PlannedRow;
  readonly upstream: string[];
  readonly inputs: Pair[];
  readonly outputs: Pair[];
}

/** A job's parts as one. */
function joined(rows: readonly PlannedRow[]): ReadonlyMap<string, PlannedLists> {
  const jobs = new Map<string, PlannedLists>();
  for (const row of rows) {
    const job = jobs.get(row.job) ?? { row, upstream: [], inputs: [], outputs: [] };
    jobs.set(row.job, job);
    job.upstream.push(...(JSON.parse(row.upstream_jobs) as string[]));
    job.inputs.push(...(JSON.parse(row.predicted_inputs) as Pair[]));
    job.outputs.push(...(JSON.parse(row.predicted_outputs) as Pair[]));
  }
  return jobs;
}

interface Draft extends WantedJob {
  readonly inputs: { readonly require: 'all'; readonly files: WantedFile[] }[];
  readonly outputs: WantedFile[];
  readonly waitsFor: WantedJob[];
}

function jobsOf(planned: ReadonlyMap<string, PlannedLists>): readonly Draft[] {
  const read = new Set([...planned.values()].flatMap(({ inputs }) => inputs.map(([path]) => path)));
  const waitedFor = new Set([...planned.values()].flatMap(({ upstream }) => upstream));
  const files = new Map<string, WantedFile>();
  const drafts = new Map<string, Draft>();
  for (const { row, upstream, outputs } of planned.values()) {
    const isFramework = row.kind === 'framework';
    const job: Draft = {
      name: row.job,
      task: row.task,
      dataId: row.data_id,
      kind: isFramework ? 'framework' : 'payload',
      inputs: [],
      outputs: [],
      oneOfEach: null,
      waitsFor: [],
      alwaysRuns: isFramework && upstream.length === 0 && outputs.length === 0 && !waitedFor.has(row.job),
      cpuSecondsHint: null,
    };
    drafts.set(row.job, job);
    for (const [path, datasetType] of outputs) {
      const file = { path, datasetType, isProduct: !read.has(path), sameness: 'bytes' as const, mayBeAbsent: true, maker: job }; // prettier-ignore
      files.set(path, file);
      job.outputs.push(file);
    }
  }
  for (const [name, { upstream, inputs }] of planned) {
    const job = drafts.get(name);
    if (job !== undefined) {
      job.inputs.push(...inputs.map((input) => ({ require: 'all' as const, files: [fileOf(files, input)] })));
      const makers = new Set(job.inputs.flatMap(({ files: read }) => read.map(({ maker }) => maker)));
      job.waitsFor.push(...upstream.flatMap((other) => drafts.get(other) ?? []).filter((other) => !makers.has(other)));
    }
  }
  return [...drafts.values()];
}

function fileOf(files: Map<string, WantedFile>, [path, datasetType]: Pair): WantedFile {
  const known = files.get(path);
  if (known !== undefined) {
    return known;
  }
  const file = { path, datasetType, isProduct: false, sameness: 'bytes' as const, mayBeAbsent: false, maker: null };
  files.set(path, file);
  return file;
}

/** The jobs, each behind those it waits for: those that wait for nothing first. @throws {RestartError} for a circle */
function inOrder(jobs: readonly WantedJob[]): WantedJob[] {
  const upstream = new Map(jobs.map((job) => [job, upstreamOf(job)]));
  const waiting = new Map(jobs.map((job) => [job, upstream.get(job)?.size ?? 0]));
  const downstream = new Map<WantedJob, WantedJob[]>();
  for (const [job, others] of upstream) {
    for (const other of others) {
      const known = downstream.get(other);
      if (known === undefined) {
        downstream.set(other, [job]);
      } else {
        known.push(job);
      }
    }
  }
  const order = jobs.filter((job) => waiting.get(job) === 0);
  for (const done of order) {
    for (const job of downstream.get(done) ?? []) {
      const left = (waiting.get(job) ?? 0) - 1;
      waiting.set(job, left);
      if (left === 0) {
        order.push(job);
      }
    }
  }
  if (order.length < jobs.length) {
    const circle = jobs.find((job) => (waiting.get(job) ?? 0) > 0)?.name ?? '';
    throw new RestartError(`${circle} was planned to wait, through others, for itself: such a plan cannot be run`);
  }
  return order;
}

function upstreamOf(job: WantedJob): ReadonlySet<WantedJob> {
  const upstream = new Set(job.waitsFor);
  for (const { files } of job.inputs) {
    for (const { maker } of files) {
      if (maker !== null && maker !== job) {
        upstream.add(maker);
      }
    }
  }
  return upstream;
}
