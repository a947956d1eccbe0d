/** What the decisions made so far mean for those who read: which files there are, will be, or will not be. */
import type { Requirement } from '../../pipelines/definition';
import { meets } from '../../pipelines/requirement';
import type { Decision } from './decision';
import type { Supply } from './inputChanges';
import { arePlainlyUsable, fileState, type FileState, type Findings, type Past, type Standing } from './standing';
import type { UnitHistory } from './unitHistory';
import { ByJob, requirementOf, type WantedFile, type WantedJob } from './wanted';

/** See the file's head. */
export class Supplies {
  readonly decisions: ByJob<Decision>;

  /** @param stuck jobs with an output that is needed, not there and cannot be made again */
  constructor(
    private readonly history: UnitHistory,
    private readonly pasts: ByJob<Past>,
    private readonly findings: Findings,
    private readonly stuck: ReadonlySet<WantedJob>,
  ) {
    this.decisions = new ByJob(history.wanted.jobs);
  }

  /** How things stand with an output of a job that has a standing execution. */
  stateOf(job: WantedJob, standing: Standing, file: WantedFile): FileState {
    return fileState(this.history, job, standing, file, this.findings);
  }

  /** Whether all outputs of a standing execution are usable, as far as that can be told of all of them at once. */
  arePlainlyUsable(standing: Standing): boolean {
    return arePlainlyUsable(this.history, standing, this.findings);
  }

  /** How a file stands that some job upstream makes. */
  supplyOf(file: WantedFile, maker: WantedJob): Supply {
    const decision = this.decisions.get(maker);
    const standing = this.pasts.get(maker)?.standing ?? null;
    if (decision?.is === 'leave' && !this.stuck.has(maker)) {
      return { is: 'gone', vetoed: decision.reason === 'vetoed' };
    }
    if (decision?.is === 'runIfChanged' || (decision?.is === 'run' && decision.mayChange) || standing === null) {
      return { is: 'open' };
    }
    return this.stateOf(maker, standing, file) === 'absent' ? { is: 'absent' } : { is: 'there', standing };
  }

  /** Why a job that is to run cannot; null where it can. */
  unmetNeed(job: WantedJob): string | null {
    for (const [list, files] of job.inputs.entries()) {
      const unmet = this.unmetInput(requirementOf(job, list), files);
      if (unmet !== null) {
        return unmet;
      }
    }
    const others = this.history.wanted.waitsFor.get(job);
    const left = others?.find((other) => this.decisions.get(other)?.is === 'leave');
    return left === undefined ? null : `${left.name} is left out`;
  }

  private unmetInput(needed: Requirement, files: readonly WantedFile[]): string | null {
    let met = 0;
    let lacking: WantedFile | null = null;
    for (const file of files) {
      if (this.isObtainable(file)) {
        met += 1;
      } else {
        lacking ??= file;
      }
    }
    if (meets(needed, met, lacking === null)) {
      return null;
    }
    if (lacking === null) {
      return `the plan has no more than ${String(met)} of the files it needs`;
    }
    return lacking.maker === null
      ? `${lacking.path} was purged`
      : `${lacking.path} cannot be had from ${lacking.maker.name}`;
  }

  private isObtainable(file: WantedFile): boolean {
    const { maker } = file;
    if (maker === null) {
      return !this.history.records.purgedInputs.has(file.path);
    }
    const supply = this.supplyOf(file, maker);
    if (supply.is !== 'there' || !this.stuck.has(maker)) {
      return supply.is === 'there' || supply.is === 'open';
    }
    const standing = this.pasts.get(maker)?.standing ?? null;
    return standing !== null && isUsableState(this.stateOf(maker, standing, file));
  }
}

/** Whether a file in this state can be read. */
export function isUsableState(state: FileState): boolean {
  return state === 'usable' || state === 'assumed';
}
