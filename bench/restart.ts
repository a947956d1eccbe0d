/**
 * The restart plan of tract 9813 of the model campaign (42,448 jobs) after the first half of its jobs, and of ten times
 * that in one unit: from the views to the work that the runner is handed.
 *
 *   node -r ./scripts/typescript.cjs bench/restart.ts [TIMES]
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { project } from '../consumers/projector/projector';
import { planRestart, readGround } from '../consumers/restart/planRestart';
import { restartJson } from '../consumers/restart/restartJson';
import { workPlanOf } from '../consumers/restart/workPlanOf';
import { StateStore } from '../consumers/sqliteStore/stateStore';
import { SqliteLedger } from '../ledger/sqlite/sqliteLedger';
import { loadPipeline, type Pipeline } from '../pipelines/loadPipeline';
import { makePlan } from '../pipelines/makePlan';
import type { Plan, PlannedFile, PlannedJob } from '../pipelines/plan';
import type { Relation, Row } from '../pipelines/relation';
import { shippedPipeline } from '../pipelines/shippedPipeline';
import { encodeDrafts, type DraftHeader, type EventDraft } from '../producers/outbox/draft';
import { planEvents } from '../producers/planner/planEvents';
import { allProjections } from '../projections';

const scope = { campaign: 'bench', unit: 'tract=9813' };
const turns = 3;

/** The pipeline with a unit so many times as large: its visits and patches again under other names. */
function enlarged(pipeline: Pipeline, times: number): Pipeline {
  const tables = [...pipeline.tables].map(([name, table]): [string, Relation] => [name, repeated(table, times)]);
  return times === 1 ? pipeline : { ...pipeline, tables: new Map(tables) };
}

function repeated({ columns, rows }: Relation, times: number): Relation {
  const copy = (row: Row, number: number): Row =>
    row.map((value, place) => {
      switch (columns[place]) {
        case 'visit':
          return Number(value) + 1_000_000 * number;
        case 'patch':
        case 'pointing':
          return number === 0 ? value : `${String(value)}+${String(number)}`;
        default:
          return value;
      }
    });
  const copies = Array.from({ length: times }, (_, number) => rows.map((row) => copy(row, number))).flat();
  const distinct = new Map(copies.map((row) => [JSON.stringify(row), row]));
  return { columns, rows: [...distinct.values()] };
}

/** What an attempt tells that was killed when it was half done. */
function* killedAttempt(plan: Plan): Generator<EventDraft, void> {
  const header: DraftHeader = { occurredAt: 1_500_000_000_000_000, ...plan.scope };
  yield { type: 'AttemptStarted', header, why: 'first', resumedFromAttempt: null, pipelineDigest: plan.pipeline.digest, nodesExclusive: null, startedBy: null, claim: null }; // prettier-ignore
  yield* planEvents(plan, header.occurredAt);
  let seconds = 0;
  for (const job of plan.jobs.slice(0, Math.ceil(plan.jobs.length / 2))) {
    seconds += 1;
    yield* executionOf(job, { ...header, occurredAt: header.occurredAt + seconds * 1_000_000 });
  }
}

const metrics = { wallMicros: 9_000_000, userCpuMicros: 8_000_000, systemCpuMicros: 1_000_000, maxRssBytes: 1_000_000 };
const unknown = {
  batchJob: null,
  processId: null,
  allocation: null,
  logPath: null,
  environmentDigest: null,
  site: null,
};

function* executionOf(job: PlannedJob, header: DraftHeader): Generator<EventDraft, void> {
  const { name, task, dataId } = job;
  const about = { header, execution: randomUUID(), job: name };
  const files = job.inputs.flat().map(({ path: file, type }) => ({ path: file, datasetType: type.name }));
  yield { type: 'ExecutionStarted', ...about, ...unknown, task: task.name, dataId, tryNumber: 1, host: 'node1', executable: task.executable, argv: [] }; // prettier-ignore
  yield { type: 'InputsUsed', ...about, basis: 'declared', files, part: 1, parts: 1 };
  for (const file of job.outputs.flat()) {
    yield produced(file, about.execution, header);
  }
  yield { type: 'ExecutionSucceeded', ...about, metrics, caveats: [] };
}

function produced({ path: file, type }: PlannedFile, execution: string, header: DraftHeader): EventDraft {
  const digests = { md5: '0123456789abcdef0123456789abcdef', sha256: null, contentDigest: null };
  return { type: 'FileProduced', header, execution, datasetType: type.name, path: file, sizeBytes: 1, ...digests, dataId: null, metadata: {} }; // prettier-ignore
}

/** The views of such an attempt. */
async function viewsOf(folder: string, plan: Plan): Promise<StateStore> {
  const ledger = SqliteLedger.open(path.join(folder, 'ledger.db'));
  const producer = randomUUID();
  let sequence = 0;
  let batch: EventDraft[] = [];
  const append = async (): Promise<void> => {
    await ledger.append(producer, sequence + 1, encodeDrafts(batch, producer, sequence + 1));
    sequence += batch.length;
    batch = [];
  };
  for (const draft of killedAttempt(plan)) {
    batch.push(draft);
    if (batch.length === 2000) {
      await append();
    }
  }
  await append();
  const views = StateStore.openForWriting(path.join(folder, 'views.db'));
  await project({ ledger, store: views, projections: allProjections });
  await ledger.close();
  return views;
}

/** The views of a unit that was killed; its plan is let go, as a restart is another process's. */
async function killedUnit(
  folder: string,
  pipeline: Pipeline,
): Promise<{ readonly views: StateStore; readonly jobs: number }> {
  const plan = makePlan(pipeline, { ...scope, attempt: 1 });
  return { views: await viewsOf(folder, plan), jobs: plan.jobs.length };
}

async function measureOne(times: number): Promise<{ readonly jobs: number; readonly seconds: number }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tractledger-bench-'));
  try {
    const pipeline = enlarged(loadPipeline(shippedPipeline('hsc-rc1')), times);
    const { views, jobs } = await killedUnit(folder, pipeline);
    const seconds = Array.from({ length: turns }, () => {
      const begun = process.hrtime.bigint();
      const restart = views.snapshot(() => planRestart(readGround(views, scope, pipeline)));
      const { run, reuse } = restartJson(restart);
      const work = workPlanOf(restart);
      if (work.run.size !== run.length || run.length + reuse.length !== jobs) {
        throw new Error(`${String(run.length)} jobs to run and ${String(reuse.length)} taken over`);
      }
      return Number(process.hrtime.bigint() - begun) / 1e9;
    });
    views.close();
    return { jobs, seconds: seconds.sort((a, b) => a - b)[Math.floor(turns / 2)] ?? 0 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Restart plans of both sizes; the seconds are medians. */
export async function measureRestart(times: number): Promise<Record<string, number>> {
  const one = await measureOne(1);
  const many = await measureOne(times);
  return {
    restartJobs: one.jobs,
    restartSeconds: one.seconds,
    restartLargeJobs: many.jobs,
    restartLargeSeconds: many.seconds,
    restartLinearity: many.seconds / one.seconds / (many.jobs / one.jobs),
  };
}

async function main(): Promise<void> {
  const result = await measureRestart(Number(process.argv[2] ?? 10));
  for (const [name, value] of Object.entries(result)) {
    process.stdout.write(`${name.padEnd(28)} ${value.toFixed(3).padStart(14)}\n`);
  }
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

if (require.main === module) {
  void main();
}
