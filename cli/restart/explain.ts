/** One job's story over all attempts, and what a restart decides of it. */
import { queryJobs, type ExecutionOfJob, type JobWithExecutions } from '../../consumers/queries/jobs';
import type { ViewReader } from '../../consumers/queries/viewReader';
import type { Decision } from '../../consumers/restart/decision';
import { RestartError } from '../../consumers/restart/errors';
import type { RestartPlan } from '../../consumers/restart/planRestart';
import type { WantedJob } from '../../consumers/restart/wanted';
import { microsToIso } from '../../schemas/json';
import { escapeControls } from '../output/terminal';
import { formatDuration } from '../output/units';

/** One output of the job. */
interface ExplainedFile {
  /** As it lies on disk; by the present plan where it was never made. */
  readonly path: string;
  readonly datasetType: string | null;
  /** usable, assumed, absent, missing, purged, empty, corrupt, withdrawn, or neverMade. */
  readonly state: string;
  readonly execution: string | null;
}

/** A job's story, as programs are told it. */
export interface Explanation {
  readonly job: string;
  readonly task: string;
  readonly decision: Decision['is'];
  readonly reason: string | null;
  readonly evidence: readonly string[];
  /** For runIfChanged the jobs that decide. */
  readonly on: readonly string[];
  readonly files: readonly ExplainedFile[];
  /** The job in each attempt, as `jobs --json` tells it. */
  readonly attempts: readonly JobWithExecutions[];
}

/** @throws {RestartError} where the unit has no such job */
export function explainJob(views: ViewReader, restart: RestartPlan, name: string): Explanation {
  const { campaign, unit } = restart.ground.scope;
  const job = restart.ground.history.wanted.jobs.find((other) => other.name === name);
  const decision = job === undefined ? undefined : restart.decisions.get(job);
  if (job === undefined || decision === undefined) {
    throw new RestartError(`${unit} has no job ${name}; \`tractledger jobs\` lists their names`);
  }
  return {
    job: name,
    task: job.task.name,
    decision: decision.is,
    reason: 'reason' in decision ? decision.reason : null,
    evidence: 'evidence' in decision ? decision.evidence : [],
    on: decision.is === 'runIfChanged' ? decision.on.map((other) => other.name) : [],
    files: filesOf(restart, job),
    attempts: [...queryJobs(views, campaign, { unit, job: name, allAttempts: true }, Date.now() * 1000)],
  };
}

function filesOf({ pasts, stateOf }: RestartPlan, job: WantedJob): ExplainedFile[] {
  const standing = pasts.get(job)?.standing ?? null;
  return job.outputs.flat().map((file) => {
    const version = standing?.version(file);
    return {
      path: version?.path ?? file.path,
      datasetType: file.type.name,
      state: standing === null ? 'neverMade' : stateOf(job, standing, file),
      execution: version?.execution ?? null,
    };
  });
}

/** The story for people, with a line end behind it. */
export function explanationText({ job, decision, reason, evidence, on, files, attempts }: Explanation): string {
  const lines = [
    job,
    ...attempts.flatMap(({ attempt, state, stateReason, executions }) => [
      `  attempt ${String(attempt)}: ${state}${stateReason === null ? '' : `, ${stateReason}`}`,
      ...executions.map((run) => `    ${executionText(run)}`),
    ]),
    ...files.map(({ path, state, execution }) => `  ${path}: ${state}${execution === null ? '' : ` (${execution})`}`),
    `  now: ${decision}${reason === null ? '' : `, ${reason}`}`,
    ...evidence.map((text) => `    ${text}`),
    ...on.map((name) => `    on ${name}`),
  ];
  return lines.map((line) => `${escapeControls(line)}\n`).join('');
}

function executionText(run: ExecutionOfJob): string {
  const { execution, state, host, failureClass, startedAtMicros, wallSeconds, message } = run;
  return [
    execution,
    state,
    failureClass,
    host === null ? null : `on ${host}`,
    startedAtMicros === null ? null : `at ${microsToIso(startedAtMicros)}`,
    wallSeconds === null ? null : `for ${formatDuration(wallSeconds)}`,
    message === null || message === '' ? null : `(${message.split('\n', 1)[0] ?? ''})`,
  ]
    .filter((part) => part !== null)
    .join(' ');
}
