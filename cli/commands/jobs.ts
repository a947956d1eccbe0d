/** `tractledger jobs`: jobs with the history of their executions. */
import { InvalidArgumentError, type Command } from 'commander';
import { queryJobs, type ExecutionOfJob, type JobFilter, type JobWithExecutions } from '../../consumers/queries/jobs';
import { jobStates, type JobState } from '../../projections/jobs/jobState';
import { parseDataId } from '../../schemas/dataId';
import { microsToIso } from '../../schemas/json';
import { addAttemptOptions, attemptChoice, attemptName, type AttemptOptions } from '../attemptOptions';
import { chosenCampaign } from '../chosenCampaign';
import { exits } from '../command';
import { exitCodes } from '../exitCodes';
import { LineWriter, writeOutput } from '../output/lines';
import { outputTarget, renderTable, type Column } from '../output/table';
import { escapeControls } from '../output/terminal';
import { formatBytes, formatCounted, formatDuration, unknown } from '../output/units';
import { addReadingOptions, withViews } from '../withViews';

interface JobsOptions extends AttemptOptions {
  readonly state?: JobState[];
  readonly task?: string;
  readonly job?: string;
  readonly host?: string;
  readonly class?: string;
  readonly dataId?: string[];
  readonly slow?: boolean;
}

const help = `
Examples:
  tractledger jobs --state failed lost
  tractledger jobs --task processCcd --data-id visit=1228 ccd=49
  tractledger jobs --class outOfMemory --host node17 --all-attempts
  tractledger jobs --slow
  tractledger jobs --json | jq -r 'select(.executions | length > 1) | .job'

A job is shown as of the latest attempt it was in. With --json each line is a job with all its executions in the order
of their tries; times are ISO 8601, wallSeconds and the CPU times seconds, null what was not measured.`;

/** Adds the command's options, help and action. */
export function define(command: Command): void {
  command
    .description('Show jobs with the executions they had.')
    .option('--state <name...>', `only jobs in these states: ${jobStates.join(', ')}`, collectStates)
    .option('--task <name>', 'only jobs of this task')
    .option('--job <name>', 'only the job with this name')
    .option('--host <name>', 'only jobs that had an execution on this host')
    .option('--class <name>', 'only jobs that had an execution fail or get lost with this class')
    .option('--data-id <dimension...>', 'only jobs whose data ID holds these values, key=value or one JSON object')
    .option('--slow', 'only jobs that have been running for longer than ten times the median of their task')
    .addHelpText('after', help);
  addReadingOptions(addAttemptOptions(command)).action(exits(jobs));
}

async function jobs(options: JobsOptions): Promise<0> {
  const filter = filterOf(options);
  return withViews(options, async (current) => {
    const nowMicros = Date.now() * 1000;
    const found = queryJobs(current.views, chosenCampaign(current, options), filter, nowMicros);
    await (options.json === true ? printJson(found, nowMicros) : printTable([...found], nowMicros));
    return exitCodes.done;
  });
}

function filterOf(options: JobsOptions): JobFilter {
  const { state: states, task, job, host, class: failureClass, dataId, slow } = options;
  const named = { states, task, job, host, failureClass, slow };
  return {
    ...attemptChoice(options),
    ...Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined)),
    ...(dataId === undefined ? {} : { dataId: parseDataId(dataId) }),
  };
}

async function printJson(found: Iterable<JobWithExecutions>, nowMicros: number): Promise<void> {
  const writer = new LineWriter();
  for (const { executions, ...job } of found) {
    await writer.line(JSON.stringify({ ...job, executions: executions.map((run) => executionJson(run, nowMicros)) }));
  }
  await writer.flush();
}

function executionJson(run: ExecutionOfJob, nowMicros: number): Record<string, unknown> {
  return {
    execution: run.execution,
    tryNumber: run.tryNumber,
    host: run.host,
    state: run.state,
    exitCode: run.exitCode,
    signal: run.signal,
    failureClass: run.failureClass,
    transient: run.transient,
    message: run.message,
    startedAt: run.startedAtMicros === null ? null : microsToIso(run.startedAtMicros),
    endedAt: run.endedAtMicros === null ? null : microsToIso(run.endedAtMicros),
    wallSeconds: run.wallSeconds,
    userCpuSeconds: run.userCpuSeconds,
    systemCpuSeconds: run.systemCpuSeconds,
    maxRssBytes: run.maxRssBytes,
    logPath: run.logPath,
    silentSeconds: silentSeconds(run, nowMicros),
  };
}

const columns: readonly Column[] = [
  { title: 'job', shrinks: true, narrowestChars: 36 },
  { title: 'state' },
  { title: 'tries', align: 'right' },
  { title: 'host', shrinks: true },
  { title: 'wall', align: 'right' },
  { title: 'CPU', align: 'right' },
  { title: 'max RSS', align: 'right' },
  { title: 'why', shrinks: true, narrowestChars: 14 },
];

async function printTable(found: readonly JobWithExecutions[], nowMicros: number): Promise<void> {
  if (found.length === 0) {
    await writeOutput('no such job\n');
    return;
  }
  const attempts = new Map<string, JobWithExecutions[]>();
  for (const job of found) {
    const name = attemptName(job.unit, job.attempt);
    const known = attempts.get(name);
    if (known === undefined) {
      attempts.set(name, [job]);
    } else {
      known.push(job);
    }
  }
  for (const [name, jobsOfAttempt] of attempts) {
    const rows = jobsOfAttempt.map((job) => cells(job, nowMicros));
    await writeOutput(`${escapeControls(name)}\n${renderTable(columns, rows, outputTarget())}\n\n`);
  }
  await writeOutput(`${formatCounted(found.length, 'job')}\n`);
}

function cells({ job, state, stateReason, executions }: JobWithExecutions, nowMicros: number): string[] {
  const last = executions.at(-1);
  return [
    job,
    state,
    String(executions.length),
    last?.host ?? unknown,
    formatDuration(last?.wallSeconds ?? null),
    formatDuration(cpuSeconds(last)),
    formatBytes(last?.maxRssBytes ?? null),
    [stateReason ?? '', remark(last, nowMicros)].filter((part) => part !== '').join('; '),
  ];
}

/** Why it failed, or for how long nothing has been heard of it. */
function remark(run: ExecutionOfJob | undefined, nowMicros: number): string {
  if (run === undefined) {
    return '';
  }
  const silent = silentSeconds(run, nowMicros);
  if (silent !== null) {
    return `silent for ${formatDuration(silent)}`;
  }
  const end = run.signal ?? (run.exitCode === null ? null : `exit code ${String(run.exitCode)}`);
  const parts = [run.failureClass, end, run.message].filter((part) => part !== null);
  return [...new Set(parts)].join(': ');
}

/** How long ago a running execution was last heard of; null for any other. */
function silentSeconds(run: ExecutionOfJob, nowMicros: number): number | null {
  const { state, startedAtMicros } = run;
  return state === 'running' && startedAtMicros !== null ? Math.max(0, nowMicros - startedAtMicros) / 1e6 : null;
}

function cpuSeconds(run: ExecutionOfJob | undefined): number | null {
  const [user, system] = [run?.userCpuSeconds ?? null, run?.systemCpuSeconds ?? null];
  return user === null && system === null ? null : (user ?? 0) + (system ?? 0);
}

function collectStates(text: string, earlier: JobState[] | undefined): JobState[] {
  const states = text.split(',').map((name) => {
    const state = jobStates.find((known) => known === name);
    if (state === undefined) {
      throw new InvalidArgumentError(`The states of a job are ${jobStates.join(', ')}.`);
    }
    return state;
  });
  return [...(earlier ?? []), ...states];
}
