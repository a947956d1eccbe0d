/**
 * `npm start`: a small real campaign. 44 jobs in two units run as child processes, each under its own sidecar, into an
 * embedded ledger; some fail, as in life. Then the reports, and what to type next.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { SingleBar } from 'cli-progress';
import { claimNextAttempt, createEmitter, openLedger, type Ledger } from '../../index';
import { jobsOf, tracts, type SmallJob } from './jobs';
import { writeRawImages } from './rawImages';

const campaign = 'small-hsc';
const cli = path.resolve(__dirname, '../../dist/cli/main.js');
const tasks = path.resolve(__dirname, 'tasks.mjs');

async function main(): Promise<void> {
  const folder = newRunFolder(path.resolve('.tractledger/small-campaign'));
  const root = path.join(folder, 'data');
  const ledgerUrl = `sqlite:${path.join(folder, 'ledger.db')}`;
  const environment = {
    ...process.env,
    TRACTLEDGER_URL: ledgerUrl,
    TRACTLEDGER_OUTBOX: path.join(folder, 'outbox.db'),
  };
  say(`A small campaign of two tracts runs into the ledger ${ledgerUrl}`);
  writeRawImages(root);

  const ledger = await openLedger(ledgerUrl);
  const jobs = (await Promise.all(tracts.map((tract) => begin(ledger, tract, root)))).flat();
  const begun = Date.now();
  await runAll(jobs, root, path.join(folder, 'jobs'), environment);
  await Promise.all(tracts.map((tract) => end(ledger, tract)));
  await ledger.close();
  say(`${String(jobs.length)} jobs in ${((Date.now() - begun) / 1000).toFixed(0)} s\n`);

  const coadd = 'tract-9813/attempt-1/deepCoadd/4,5.pgm';
  show(['status'], environment);
  show(['report'], environment);
  show(['failures'], environment);
  show(['lineage', coadd, '--depth', '2'], environment);
  const short = path.relative(process.cwd(), folder);
  say(`Next, for example:
  export TRACTLEDGER_URL=sqlite:${short}/ledger.db
  npx tractledger jobs --state abandoned
  npx tractledger jobs --task makeCoaddTempExp --unit tract=9813
  npx tractledger events --type ExecutionFailed
  npx tractledger lineage raw/9813/1230-57.pgm --down
  npx tractledger rebuild --check`);
}

/** Each run has a folder of its own, numbered on, so that a second run is as easy as the first. */
function newRunFolder(parent: string): string {
  mkdirSync(parent, { recursive: true });
  const numbers = readdirSync(parent).map((name) => Number(/^run-(\d+)$/.exec(name)?.[1] ?? 0));
  const folder = path.join(parent, `run-${String(Math.max(0, ...numbers) + 1).padStart(3, '0')}`);
  mkdirSync(path.join(folder, 'jobs'), { recursive: true });
  return folder;
}

/** Begins an attempt of a tract: what is planned and expected goes into the ledger before the first job runs. */
async function begin(ledger: Ledger, tract: number, root: string): Promise<SmallJob[]> {
  const unit = `tract=${String(tract)}`;
  const attempt = await claimNextAttempt(ledger, {
    campaign,
    unit,
    why: 'first',
    resumedFromAttempt: null,
    pipelineDigest: null,
    nodesExclusive: null,
    startedBy: 'npm start',
  });
  const jobs = jobsOf(tract, attempt);
  const emitter = await createEmitter({ to: ledger, campaign, unit, attempt });
  const makerOf = new Map(jobs.flatMap((job) => job.outputs.map((output) => [output.path, job.job] as const)));
  const expected = new Map<string, number>();
  for (const job of jobs) {
    const { job: name, task, inputs, outputs } = job;
    const upstreamJobs = [...new Set(inputs.flatMap(({ path: input }) => makerOf.get(input) ?? []))];
    const dataId = name.slice(task.length + 1);
    const plan = {
      job: name,
      task,
      dataId,
      kind: 'payload',
      upstreamJobs,
      predictedInputs: inputs,
      predictedOutputs: outputs,
    };
    await emitter.emit({ type: 'JobPlanned', ...plan, part: 1, parts: 1 });
    for (const { path: output, datasetType } of outputs) {
      expected.set(datasetType, (expected.get(datasetType) ?? 0) + 1);
      mkdirSync(path.dirname(path.join(root, output)), { recursive: true });
    }
    const fault = job.environment['SMALL_CAMPAIGN_FAULT'];
    if (fault !== undefined) {
      writeFileSync(path.join(root, fault), '');
    }
  }
  for (const [datasetType, count] of expected) {
    const statement = { datasetType, count, basis: 'plan', revision: 1, declaredBy: 'npm start', ticket: null };
    await emitter.emit({ type: 'ExpectationDeclared', ...statement });
  }
  await emitter.close();
  return jobs;
}

async function end(ledger: Ledger, tract: number): Promise<void> {
  const emitter = await createEmitter({ to: ledger, campaign, unit: `tract=${String(tract)}`, attempt: 1 });
  const outcome = tract === 9813 ? 'partial' : 'complete';
  await emitter.emit({ type: 'AttemptEnded', outcome, endedBy: 'npm start' });
  await emitter.close();
}

/** Runs the jobs, as many at a time as there are processors, each once all jobs upstream of it have ended. */
async function runAll(
  jobs: readonly SmallJob[],
  root: string,
  jobFolder: string,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const isTerminal = process.stderr.isTTY;
  const bar = new SingleBar({ stream: process.stderr, format: '{bar} {value}/{total} jobs  {job}', hideCursor: true });
  if (isTerminal) {
    bar.start(jobs.length, 0, { job: '' });
  }
  const waiting = new Set(jobs);
  const unmade = new Set(jobs.flatMap((job) => job.outputs.map((output) => output.path)));
  let ended = 0;
  const worker = async (): Promise<void> => {
    while (waiting.size > 0) {
      const ready = [...waiting].find((job) => job.inputs.every((input) => !unmade.has(input.path)));
      if (ready === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        continue;
      }
      waiting.delete(ready);
      await runOne(ready, root, path.join(jobFolder, `${String(jobs.indexOf(ready))}.json`), environment);
      ready.outputs.forEach((output) => unmade.delete(output.path));
      ended += 1;
      if (isTerminal) {
        bar.update(ended, { job: ready.job });
      } else if (ended % 11 === 0) {
        say(`${String(ended)} of ${String(jobs.length)} jobs have ended`);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker));
  bar.stop();
}

/** One job under its sidecar: described by a file, as a workflow system would. */
async function runOne(job: SmallJob, root: string, file: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const inputsFrom = `${file}.inputs`;
  const description = {
    campaign,
    unit: job.unit,
    attempt: 1,
    task: job.task,
    dataId: job.dataId,
    executable: `${job.task}.mjs`,
    root,
    inputs: job.inputs,
    inputsFrom,
    outputs: job.outputs.map((output) => ({ ...output, mayBeAbsent: job.mayBeAbsent, dataId: job.dataId })),
    command: [
      ...[process.execPath, tasks, job.task, inputsFrom],
      ...[...job.outputs.map((output) => output.path), '--', ...job.inputs.map((input) => input.path)],
    ],
    retries: 2,
    backoffSeconds: 0.2,
    teeStderr: true,
  };
  writeFileSync(file, JSON.stringify(description, null, 2));
  const log = `${file}.log`;
  const shell = ['-c', `exec "$0" "$1" exec --job "$2" >"$3" 2>&1`, process.execPath, cli, file, log];
  await new Promise<void>((resolve, reject) => {
    const sidecar = spawn('sh', shell, { cwd: root, env: { ...environment, ...job.environment }, stdio: 'ignore' });
    sidecar.on('error', reject);
    sidecar.on('exit', () => {
      resolve();
    });
  });
}

function show(command: readonly string[], environment: NodeJS.ProcessEnv): void {
  say(`$ tractledger ${command.join(' ')}`);
  const { status } = spawnSync(process.execPath, [cli, ...command], { env: environment, stdio: 'inherit' });
  say('');
  if (status !== 0) {
    throw new Error(`tractledger ${command.join(' ')} ended with exit code ${String(status)}`);
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
