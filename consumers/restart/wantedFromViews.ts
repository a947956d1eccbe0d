/** The wanted work by the ledger alone: what was planned for a unit's last planned attempt. */
import type { ViewReader } from '../queries/viewReader';
import { RestartError } from './errors';
import type { Wanted, WantedFile, WantedJob, WantedTask, WantedType } from './wanted';

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
  const drafts = draftsOf(rows);
  const jobs = inOrder(drafts);
  jobs.forEach((job, place) => {
    job.place = place;
  });
  return {
    attempt,
    jobs,
    waitsFor: new Map(drafts.flatMap((job) => (job.waitsFor.length === 0 ? [] : [[job, job.waitsFor]]))),
    alwaysRun: new Set(drafts.filter(({ alwaysRuns }) => alwaysRuns)),
    mayBeAbsent: () => true,
    pathIn: ({ path }) => path,
  };
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
  place: number;
  readonly inputs: readonly [WantedFile[]];
  readonly outputs: readonly [WantedFile[]];
  readonly waitsFor: Draft[];
  readonly alwaysRuns: boolean;
}

function draftsOf(planned: ReadonlyMap<string, PlannedLists>): readonly Draft[] {
  const read = new Set([...planned.values()].flatMap(({ inputs }) => inputs.map(([path]) => path)));
  const waitedFor = new Set([...planned.values()].flatMap(({ upstream }) => upstream));
  const files = new Map<string, WantedFile>();
  const drafts = new Map<string, Draft>();
  for (const { row, upstream, outputs } of planned.values()) {
    const task = taskOf(row);
    const job: Draft = {
      place: drafts.size,
      name: row.job,
      task,
      dataId: row.data_id,
      inputs: [[]],
      outputs: [[]],
      outputCounts: null,
      waitsFor: [],
      alwaysRuns: task.kind === 'framework' && upstream.length === 0 && outputs.length === 0 && !waitedFor.has(row.job),
    };
    drafts.set(row.job, job);
    for (const [path, datasetType] of outputs) {
      const file = { path, type: typeOf(datasetType, read.has(path) ? 'intermediate' : 'product'), maker: job };
      files.set(path, file);
      job.outputs[0].push(file);
    }
  }
  for (const [name, { upstream, inputs }] of planned) {
    const job = drafts.get(name);
    if (job !== undefined) {
      job.inputs[0].push(...inputs.map((input) => fileOf(files, input)));
      const makers = new Set(job.inputs[0].map(({ maker }) => maker));
      job.waitsFor.push(...upstream.flatMap((other) => drafts.get(other) ?? []).filter((other) => !makers.has(other)));
    }
  }
  return [...drafts.values()];
}

function taskOf({ task, kind }: PlannedRow): WantedTask {
  const none = { inputs: [], outputs: [], execution: { cpuSeconds: null } };
  return { name: task, kind: kind === 'framework' ? 'framework' : 'payload', ...none };
}

function typeOf(name: string | null, role: WantedType['role']): WantedType {
  return { name, role, sameness: 'bytes' };
}

function fileOf(files: Map<string, WantedFile>, [path, datasetType]: Pair): WantedFile {
  const known = files.get(path);
  if (known !== undefined) {
    return known;
  }
  const file = { path, type: typeOf(datasetType, 'registered'), maker: null };
  files.set(path, file);
  return file;
}

/** The jobs, each behind those it waits for: those that wait for nothing first. @throws {RestartError} for a circle */
function inOrder(jobs: readonly Draft[]): Draft[] {
  const waiting = new Map<Draft, number>();
  const downstream = new Map<WantedJob, Draft[]>();
  for (const job of jobs) {
    const upstream = upstreamOf(job);
    waiting.set(job, upstream.size);
    for (const other of upstream) {
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

function upstreamOf(job: Draft): ReadonlySet<WantedJob> {
  const upstream = new Set<WantedJob>(job.waitsFor);
  for (const { maker } of job.inputs[0]) {
    if (maker !== null && maker !== job) {
      upstream.add(maker);
    }
  }
  return upstream;
}
