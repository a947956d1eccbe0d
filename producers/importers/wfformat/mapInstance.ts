/** From a workflow instance to events: the plan, and what is told of its run. */
import type { FileReference } from '../../../schemas';
import { notMeasured, plannedJobDrafts, type Draft } from '../drafts';
import { expectationDrafts } from '../expectations';
import { attemptExecution, type ImportScope } from '../identities';
import { jobInParts } from '../../planner/jobParts';
import type { Findings } from '../importInput';
import { undatedWarning } from '../planFile';
import type { WfExecution, WfInstance, WfTask } from './instance';

/**
 * The events of an instance: the files no task writes, the jobs, how many files of each kind they are to make, and then
 * each execution with its files, in the order of the file, and the end of the run.
 */
export function* instanceDrafts(
  instance: WfInstance,
  scope: ImportScope,
  findings: Findings,
): Generator<readonly Draft[], void> {
  const { tasks, warnings, startedAtMicros } = instance;
  const at = startedAtMicros ?? 0;
  findings.records = tasks.length;
  warnings.forEach((warning) => findings.warnings.add(warning));
  if (startedAtMicros === null) {
    findings.warnings.add(undatedWarning('the instance does not tell when it ran', at));
  }
  const outputs = new Set(tasks.flatMap((task) => task.outputs));
  const outside = new Set(tasks.flatMap((task) => task.inputs).filter((path) => !outputs.has(path)));
  yield [...outside].map((path) => registered(path, instance.sizes, at));
  for (const task of tasks) {
    yield plannedJobDrafts(plannedJob(task), at);
  }
  yield expectationDrafts([...outputs].map(reference), scope, at);
  for (const task of tasks) {
    if (task.execution !== null) {
      yield executionDrafts(task, task.execution, { instance, scope, at, findings });
    }
  }
  if (instance.makespanMicros !== null) {
    const outcome = tasks.every(({ execution }) => execution !== null) ? 'complete' : 'partial';
    yield [{ occurredAtMicros: at + instance.makespanMicros, event: { type: 'AttemptEnded', outcome, endedBy: null } }];
  }
}

function plannedJob({ job, task, kind, parents, inputs, outputs }: WfTask): Parameters<typeof plannedJobDrafts>[0] {
  return {
    job,
    task,
    dataId: null,
    kind,
    upstreamJobs: [...parents],
    predictedInputs: inputs.map(reference),
    predictedOutputs: outputs.map(reference),
  };
}

interface Context {
  readonly instance: WfInstance;
  readonly scope: ImportScope;
  /** When the run began. */
  readonly at: number;
  readonly findings: Findings;
}

function executionDrafts({ job, task, inputs, outputs }: WfTask, run: WfExecution, context: Context): Draft[] {
  const { instance, scope, findings, at } = context;
  const execution = attemptExecution(scope, job);
  if (run.startedAtMicros === null) {
    findings.warnings.add(
      'tasks tell no time of their own (executedAt): their executions are dated as the run as a whole; runtimes are as told',
    );
  }
  const startedAtMicros = run.startedAtMicros ?? at;
  const endedAtMicros = run.startedAtMicros === null ? at : run.startedAtMicros + run.runtimeMicros;
  const { runtimeMicros: wallMicros, maxRssBytes } = run;
  return [
    { occurredAtMicros: startedAtMicros, event: startedEvent(execution, job, task, run, findings) },
    ...inputsUsed(execution, job, inputs, startedAtMicros),
    ...outputs.map((path) => produced(execution, path, instance.sizes, endedAtMicros)),
    {
      occurredAtMicros: endedAtMicros,
      // An instance tells of tasks that did their work, and of CPU only the average load.
      event: {
        type: 'ExecutionSucceeded',
        execution,
        job,
        metrics: { ...notMeasured, wallMicros, maxRssBytes },
        caveats: [],
      },
    },
  ];
}

function startedEvent(
  execution: string,
  job: string,
  task: string,
  { machines, program, argv }: WfExecution,
  findings: Findings,
): Draft['event'] {
  if (machines.length > 1) {
    findings.warnings.add('tasks that ran on several machines: which was their host is left unknown');
  }
  return {
    type: 'ExecutionStarted',
    execution,
    job,
    task,
    dataId: null,
    tryNumber: null,
    batchJob: null,
    processId: null,
    host: machines.length === 1 ? (machines[0] ?? null) : null,
    allocation: null,
    executable: program,
    argv: [...argv],
    logPath: null,
    environmentDigest: null,
    site: null,
  };
}

function inputsUsed(execution: string, job: string, inputs: readonly string[], occurredAtMicros: number): Draft[] {
  if (inputs.length === 0) {
    return [];
  }
  const parts = jobInParts({ upstreamJobs: [], predictedInputs: inputs.map(reference), predictedOutputs: [] });
  return parts.map(({ predictedInputs: files }, index) => ({
    occurredAtMicros,
    event: { type: 'InputsUsed', execution, job, basis: 'declared', files, part: index + 1, parts: parts.length },
  }));
}

function produced(execution: string, path: string, sizes: WfInstance['sizes'], occurredAtMicros: number): Draft {
  return {
    occurredAtMicros,
    event: {
      type: 'FileProduced',
      execution,
      datasetType: datasetTypeOf(path),
      path,
      sizeBytes: sizes.get(path) ?? null,
      md5: null,
      sha256: null,
      dataId: null,
      metadata: {},
      contentDigest: null,
    },
  };
}

function registered(path: string, sizes: WfInstance['sizes'], occurredAtMicros: number): Draft {
  return {
    occurredAtMicros,
    event: {
      type: 'FileRegistered',
      path,
      datasetType: datasetTypeOf(path),
      dataId: null,
      sizeBytes: sizes.get(path) ?? null,
      md5: null,
      originCampaign: null,
      collection: null,
    },
  };
}

function reference(path: string): FileReference {
  return { path, datasetType: datasetTypeOf(path) };
}

/** The format knows no dataset types, and an event needs one: what a file's name says of its kind is its extension. */
function datasetTypeOf(path: string): string {
  return /[^/.]\.([^/.]+)$/.exec(path)?.[1]?.toLowerCase() ?? 'file';
}
