/**
 * A world in which attempts run without running anything: jobs end as a test says, files get a content that follows from
 * what they were made of, and everything that would be told is told as events.
 */
import { createHash } from 'node:crypto';
import type { PlannedFile, PlannedJob } from '../../pipelines/plan';
import { meets } from '../../pipelines/requirement';
import type { ReusedFile, ReusedJob, WorkPlan } from '../../pipelines/workPlan';
import type { EventDraft } from '../../producers/outbox/draft';
import { planEvents } from '../../producers/planner/planEvents';

/** How a job ends; `absent` writes none of the outputs that may be absent, `dies` leaves the execution without an end. */
export type Ending = 'ok' | 'fails' | 'failsForGood' | 'lost' | 'absent' | 'dies' | 'neverStarts';

/** How an attempt goes. */
export interface AttemptScript {
  /** By job name; jobs end well where nothing is said. */
  readonly endings?: Readonly<Record<string, Ending>>;
  /** Changes the bytes of every file but no content digest, as a date in a header does. */
  readonly date?: string;
  readonly environment?: string;
}

const noMetrics = { wallMicros: null, userCpuMicros: 2_000_000, systemCpuMicros: 0, maxRssBytes: null };

interface Telling {
  readonly header: EventDraft['header'];
  readonly work: WorkPlan;
  readonly script: AttemptScript;
  /** What there is in this attempt, by planned path. */
  readonly here: Map<string, ReusedFile>;
}

/** See the file's head. */
export class PretendWorld {
  readonly drafts: EventDraft[] = [];
  /** The jobs that ran, by attempt. */
  readonly ran = new Map<number, string[]>();
  private readonly read = new Map<string, ReadonlyMap<string, string>>();
  private executions = 0;
  private seconds = 0;

  /** Runs an attempt as its work says. */
  attempt(work: WorkPlan, script: AttemptScript = {}): void {
    const { scope, pipeline, jobs } = work.plan;
    const header = { occurredAt: this.now(), ...scope };
    this.ran.set(scope.attempt, []);
    this.drafts.push({
      type: 'AttemptStarted',
      header,
      why: scope.attempt === 1 ? 'first' : 'restart',
      resumedFromAttempt: scope.attempt === 1 ? null : scope.attempt - 1,
      pipelineDigest: pipeline.digest,
      nodesExclusive: null,
      startedBy: null,
      claim: null,
    });
    this.drafts.push(...planEvents(work.plan, this.now()));
    const telling: Telling = { header, work, script, here: new Map() };
    for (const job of jobs) {
      this.settle(job, telling);
    }
  }

  /** Tells something else about the unit. */
  tell(draft: EventDraft): void {
    this.drafts.push(draft);
  }

  /** The next second, microseconds since 1970. */
  now(): number {
    this.seconds += 1;
    return 1_500_000_000_000_000 + this.seconds * 1_000_000;
  }

  private settle(job: PlannedJob, telling: Telling): void {
    const { work, header } = telling;
    const reuse = work.reuse.get(job.name);
    const left = work.leave.get(job.name);
    if (reuse !== undefined) {
      this.reuse(job, reuse, telling);
    } else if (left !== undefined) {
      this.drafts.push(
        left.reason === 'vetoed'
          ? { type: 'JobSkipped', header, job: job.name, reason: 'vetoed', becauseOfJob: null }
          : { type: 'JobAbandoned', header, job: job.name, reason: 'permanent', failureClass: left.failureClass, becauseOf: left.execution, abandonedBy: null }, // prettier-ignore
      );
    } else {
      this.runIfDue(job, telling);
    }
  }

  private runIfDue(job: PlannedJob, telling: Telling): void {
    const { work, here, header } = telling;
    const given = job.inputs.map((files) => files.filter(({ maker, path }) => maker === null || here.has(path)));
    const conditional = work.runIfChanged.get(job.name);
    const previous = work.previous.get(job.name);
    const inputs = contentsOf(given.flat(), here);
    if (conditional !== undefined && previous !== undefined && !isOther(this.read.get(job.name), inputs)) {
      this.reuse(job, previous, telling);
      return;
    }
    const isMet = job.task.inputs.every(({ require: needed }, place) => {
      const there = given[place]?.length ?? 0;
      return meets(needed, there, there === job.inputs[place]?.length);
    });
    if (isMet) {
      this.run(job, given.flat(), inputs, telling);
    } else {
      this.drafts.push({ type: 'JobSkipped', header, job: job.name, reason: 'upstreamFailed', becauseOfJob: null });
    }
  }

  private reuse(job: PlannedJob, { execution, attempt, files }: ReusedJob, { header, here }: Telling): void {
    const { name, task, dataId } = job;
    const draft = { job: name, task: task.name, dataId, fromExecution: execution, fromAttempt: attempt };
    this.drafts.push({ type: 'JobReused', header, ...draft });
    files.forEach((file, path) => here.set(path, file));
  }

  private run(job: PlannedJob, given: PlannedFile[], inputs: ReadonlyMap<string, string>, telling: Telling): void {
    const { script, here, work } = telling;
    const ending = script.endings?.[job.name] ?? 'ok';
    if (ending === 'neverStarts') {
      return;
    }
    this.executions += 1;
    const execution = `e0e0e0e0-0000-4000-8000-${String(this.executions).padStart(12, '0')}`;
    const header = { ...telling.header, occurredAt: this.now() };
    const about = { header, execution, job: job.name };
    this.ran.get(work.plan.scope.attempt)?.push(job.name);
    const files = given.map(({ path, type }) => ({ path: here.get(path)?.path ?? path, datasetType: type.name }));
    this.drafts.push(startOf(job, about, script.environment ?? null), {
      type: 'InputsUsed',
      ...about,
      basis: 'declared',
      files,
      part: 1,
      parts: 1,
    });
    const ended = { ...about, header: { ...header, occurredAt: this.now() } };
    if (ending === 'ok' || ending === 'absent') {
      this.read.set(job.name, inputs);
      const made = filesOf(job, execution, inputs, script).filter(({ file, place }) => {
        const mayBeAbsent = job.task.outputs[place]?.mayBeAbsent === true;
        const isThere = ending === 'ok' || !mayBeAbsent;
        if (!isThere) {
          this.drafts.push({
            type: 'FileAbsent',
            ...ended,
            datasetType: file.type.name,
            path: file.path,
            basis: 'job',
          });
        }
        return isThere;
      });
      made.forEach(({ file, reused }) => {
        const { type, path } = file;
        const { sizeBytes, md5, contentDigest } = reused;
        this.drafts.push({ type: 'FileProduced', header: ended.header, execution, datasetType: type.name, path, sizeBytes, md5, sha256: null, dataId: null, metadata: {}, contentDigest }); // prettier-ignore
        here.set(path, reused);
      });
      this.drafts.push({ type: 'ExecutionSucceeded', ...ended, metrics: noMetrics, caveats: [] });
    } else if (ending === 'lost') {
      this.drafts.push({ type: 'ExecutionLost', ...ended, cause: 'nodeFailure', toldBy: 'test', evidence: null, metrics: noMetrics }); // prettier-ignore
    } else if (ending !== 'dies') {
      const isPermanent = ending === 'failsForGood';
      const permanence = isPermanent ? 'permanent' : 'transient';
      this.drafts.push({ type: 'ExecutionFailed', ...ended, exitCode: 1, signal: null, failureClass: 'crash', permanence, message: null, missingOutputs: [], metrics: noMetrics, caveats: [] }); // prettier-ignore
      if (isPermanent) {
        this.drafts.push({ type: 'JobAbandoned', header: ended.header, job: job.name, reason: 'permanent', failureClass: 'crash', becauseOf: execution, abandonedBy: null }); // prettier-ignore
      }
    }
  }
}

function startOf(
  { task, dataId }: PlannedJob,
  about: { header: EventDraft['header']; execution: string; job: string },
  environmentDigest: string | null,
): EventDraft {
  return {
    type: 'ExecutionStarted',
    ...about,
    task: task.name,
    dataId,
    tryNumber: 1,
    batchJob: null,
    processId: null,
    host: 'node1',
    allocation: null,
    executable: task.executable,
    argv: [],
    logPath: null,
    environmentDigest,
    site: null,
  };
}

/** A file whatever attempt it is of: its dataset type and data ID. */
function keyOf({ type, row }: PlannedFile): string {
  return JSON.stringify([type.name, type.template, row]);
}

/** What each file holds that matters, by dataset type's sameness. */
function contentsOf(files: readonly PlannedFile[], here: ReadonlyMap<string, ReusedFile>): Map<string, string> {
  return new Map(
    files.map((file) => {
      const { md5 = 'raw', contentDigest = 'raw' } = here.get(file.path) ?? {};
      const content = { bytes: md5, contentDigest, ignore: '' }[file.type.sameness];
      return [keyOf(file), String(content)];
    }),
  );
}

function isOther(before: ReadonlyMap<string, string> | undefined, now: ReadonlyMap<string, string>): boolean {
  return before?.size !== now.size || [...now].some(([key, content]) => before.get(key) !== content);
}

/** The files that a job makes: their content follows from the task and its inputs, their bytes from the date as well. */
function filesOf(
  job: PlannedJob,
  execution: string,
  inputs: ReadonlyMap<string, string>,
  { date = '' }: AttemptScript,
): { file: PlannedFile; place: number; reused: ReusedFile }[] {
  const { executable, command, science } = job.task;
  return job.outputs.flatMap((files, place) =>
    files.map((file) => {
      const made = JSON.stringify([executable, command, [...science], [...inputs].sort(), keyOf(file)]);
      const contentDigest = createHash('sha256').update(made).digest('hex');
      const md5 = createHash('md5')
        .update(made + date)
        .digest('hex');
      return { file, place, reused: { path: file.path, execution, sizeBytes: 100, md5, contentDigest } };
    }),
  );
}
