/** Records what happens in a simulated attempt as a sidecar on each host and the scheduler would: as events. */
import type { Metrics } from '../../schemas';
import type { PlannedFile } from '../../pipelines/plan';
import type { DraftHeader } from '../outbox/draft';
import { typicalSizeBytes } from './fileSizes';
import type { Ending, Happening, Run } from './happenings';
import { argvOf, dataIdOfRow, logOf, metadataOf, reference } from './jobFacts';
import { Random, seedAt, seedOf } from './random';
import type { SimulatedProducer } from './simulatedProducer';
import type { UnitCosts } from './unitCosts';

/** Who records what. */
export interface Recorders {
  /** The outbox of each host. */
  readonly hosts: readonly SimulatedProducer[];
  readonly scheduler: SimulatedProducer;
}

/** What is recorded alike for every job. */
export interface RecordedUnit {
  readonly campaign: string;
  readonly unit: string;
  readonly attempt: number;
  /** When the attempt began, microseconds since 1970. */
  readonly startedAtMicros: number;
  readonly environmentDigest: string;
  readonly costs: UnitCosts;
  readonly absent: ReadonlySet<PlannedFile>;
  readonly seed: number;
}

/** Files of one InputsUsed; more come in parts, so that an event stays far below its limit. */
const maxFilesPerPart = 500;

const noCaveats: readonly string[] = [];

/** Turns happenings into events of the producers that would have told them. */
export class AttemptRecorder {
  /** The execution that ran last of each job, by its place in the plan. */
  private readonly executions: string[] = [];
  private readonly random = new Random(0);
  private readonly same = new Random(0);
  private readonly seed: number;
  /** What executions are named from: no two campaigns share one, though all else of them may be alike. */
  private readonly nameSeed: number;
  private readonly hostNames: readonly string[];

  constructor(
    private readonly unit: RecordedUnit,
    private readonly producers: Recorders,
  ) {
    this.seed = seedOf(unit.seed, 'executions');
    this.nameSeed = seedOf(this.seed, unit.campaign);
    this.hostNames = producers.hosts.map((_, host) => hostName(host, unit.campaign));
  }

  /** Records one happening. @throws what encoding throws */
  record(happening: Happening): void {
    const header = this.headerAt(happening.atMicros);
    const { scheduler } = this.producers;
    switch (happening.kind) {
      case 'started':
        this.recordStart(happening.run, header);
        return;
      case 'ended':
        this.recordEnd(happening.run, happening.ending, header);
        return;
      case 'retryScheduled': {
        const { run, notBeforeMicros } = happening;
        const notBefore = this.unit.startedAtMicros + notBeforeMicros;
        const becauseOf = this.executionOf(run.place);
        scheduler.tell({ type: 'JobRetryScheduled', header, job: run.job.name, becauseOf, notBefore });
        return;
      }
      case 'abandoned': {
        const { run, failureClass } = happening;
        const because = { becauseOf: this.executionOf(run.place), failureClass, abandonedBy: null };
        scheduler.tell({ type: 'JobAbandoned', header, job: run.job.name, reason: 'permanent', ...because });
        return;
      }
      case 'skipped': {
        const { job, becauseOf } = happening;
        const because = { reason: 'upstreamFailed', becauseOfJob: becauseOf.name };
        scheduler.tell({ type: 'JobSkipped', header, job: job.name, ...because });
        return;
      }
      case 'hostLost':
        this.note(`${this.hostNames[happening.host] ?? ''} answers no more`, header);
        return;
      case 'noted':
        this.note(happening.text, header);
        return;
      case 'purged': {
        const fate = { site: null, why: 'storage is short', purgedBy: 'storage' };
        for (const { path } of happening.files) {
          scheduler.tell({ type: 'FilePurged', header, path, execution: this.executionOf(happening.place), ...fate });
        }
        return;
      }
      case 'attemptEnded':
        return; // told by whoever knows when the attempt's wall-clock time is over
    }
  }

  private headerAt(atMicros: number): DraftHeader {
    const { campaign, unit, attempt, startedAtMicros } = this.unit;
    return { occurredAt: startedAtMicros + atMicros, campaign, unit, attempt };
  }

  private note(text: string, header: DraftHeader): void {
    const about = { job: null, path: null, ticket: null, notedBy: 'scheduler' };
    this.producers.scheduler.tell({ type: 'OperatorNoted', header, text, ...about });
  }

  private executionOf(place: number): string {
    return this.executions[place] ?? '';
  }

  private outboxOf({ host }: Run): SimulatedProducer {
    return this.producers.hosts[host] ?? this.producers.scheduler;
  }

  private recordStart(run: Run, header: DraftHeader): void {
    const { job, place, tryNumber, host, inputs } = run;
    const { task, dataId } = job;
    this.random.reseed(seedAt(this.nameSeed, 1024 * place + tryNumber));
    const execution = this.random.uuid(Math.floor(header.occurredAt / 1000));
    this.executions[place] = execution;
    const outbox = this.outboxOf(run);
    outbox.tell({
      type: 'ExecutionStarted',
      header,
      execution,
      job: job.name,
      task: task.name,
      dataId,
      tryNumber,
      batchJob: { scheduler: 'htcondor', id: `${String(10_000 + place)}.0`, arrayIndex: null },
      processId: 2000 + this.random.below(30_000),
      host: this.hostNames[host] ?? '',
      allocation: null,
      executable: task.executable,
      argv: argvOf(job),
      logPath: logOf(job),
      environmentDigest: this.unit.environmentDigest,
      site: 'datasets',
    });
    const files = inputs.map(reference);
    const parts = Math.max(1, Math.ceil(files.length / maxFilesPerPart));
    for (let part = 1; part <= parts; part += 1) {
      const inPart = parts === 1 ? files : files.slice((part - 1) * maxFilesPerPart, part * maxFilesPerPart);
      outbox.tell({
        type: 'InputsUsed',
        header,
        execution,
        job: job.name,
        basis: 'declared',
        files: inPart,
        part,
        parts,
      });
    }
  }

  private recordEnd(run: Run, ending: Ending, header: DraftHeader): void {
    const { job, place, tryNumber } = run;
    const execution = this.executionOf(place);
    const outbox = this.outboxOf(run);
    if (ending.kind === 'lost') {
      const { cause, evidence } = ending;
      const told = { cause, toldBy: 'htcondor', evidence, metrics: notMeasured };
      this.producers.scheduler.tell({ type: 'ExecutionLost', header, execution, job: job.name, ...told });
      return;
    }
    // Of the files what is the same in every try comes from the job's own numbers, the rest from the try's.
    this.random.reseed(seedAt(seedAt(this.seed, place), tryNumber));
    const told = { execution, job: job.name, metrics: this.metricsOf(run, ending, header) };
    if (ending.kind === 'succeeded') {
      this.recordFiles(run, header, () => true);
      outbox.tell({ type: 'ExecutionSucceeded', header, ...told, caveats: noCaveats });
      return;
    }
    this.recordFiles(run, header, ({ type }) => type.name === 'log');
    const { exitCode, signal, failureClass, permanence, message } = ending;
    const why = { exitCode, signal, failureClass, permanence, message };
    outbox.tell({ type: 'ExecutionFailed', header, ...told, ...why, missingOutputs: [], caveats: noCaveats });
  }

  /** @param isWritten whether the run came as far as to write a file */
  private recordFiles(run: Run, header: DraftHeader, isWritten: (file: PlannedFile) => boolean): void {
    const { job, place } = run;
    const execution = this.executionOf(place);
    const outbox = this.outboxOf(run);
    const { same } = this;
    const jobDataId = job.dataId; // made whenever it is asked for
    same.reseed(seedAt(this.seed, place));
    for (const files of job.outputs) {
      for (const file of files) {
        if (!isWritten(file)) {
          continue;
        }
        const { path, type } = file;
        if (this.unit.absent.has(file)) {
          const about = { execution, job: job.name, datasetType: type.name, path, basis: 'definition' };
          outbox.tell({ type: 'FileAbsent', header, ...about });
          continue;
        }
        const sizeBytes = Math.ceil(typicalSizeBytes(type.name) * same.factor(0.2));
        const isTold = type.sameness === 'contentDigest';
        outbox.tell({
          type: 'FileProduced',
          header,
          execution,
          datasetType: type.name,
          path,
          sizeBytes,
          md5: (type.sameness === 'bytes' ? same : this.random).hex(8),
          sha256: null,
          dataId: file.row.length === job.row.length ? jobDataId : dataIdOfRow(type, file.row),
          metadata: metadataOf(file),
          contentDigest: isTold ? same.hex(8) : null,
        });
      }
    }
  }

  /** What was used: as drawn for the job, of a try that was cut short so much of it as had passed. */
  private metricsOf({ place, startMicros }: Run, ending: Ending, header: DraftHeader): Metrics {
    const { userCpuMicros, systemCpuMicros, maxRssBytes, wallMicros } = this.unit.costs;
    const wall = header.occurredAt - this.unit.startedAtMicros - startMicros;
    const share = ending.kind === 'succeeded' ? 1 : wall / Math.max(1, wallMicros[place] ?? 1);
    return {
      wallMicros: wall,
      userCpuMicros: Math.floor((userCpuMicros[place] ?? 0) * share),
      systemCpuMicros: Math.floor((systemCpuMicros[place] ?? 0) * share),
      maxRssBytes: Math.floor((maxRssBytes[place] ?? 0) * (ending.kind === 'succeeded' ? 1 : 0.5)),
    };
  }
}

const notMeasured: Metrics = { wallMicros: null, userCpuMicros: null, systemCpuMicros: null, maxRssBytes: null };

/**
 * The name of a host, from 0. Its domain is the campaign as it is written: all campaigns run at the same hours, and on
 * hosts of the same names they would not have had them for themselves.
 */
function hostName(host: number, campaign: string): string {
  return `verify-worker${String(host + 1).padStart(2, '0')}.${campaign}`;
}
