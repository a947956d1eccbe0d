/** Why a job has to run whoever needs its outputs. The first reason that holds is the job's one reason. */
import type { RunDecision, RunReasonName } from './decision';
import type { DefinitionChanges } from './definitionChanges';
import { describeExecution, describeFailure } from './evidence';
import type { PastExecution } from './history';
import type { InputChanges } from './inputChanges';
import type { RestartOptions } from './options';
import { withdrawalOf, type GivenUp, type Past, type Standing } from './standing';
import type { UnitHistory } from './unitHistory';
import { isProduct, type WantedFile, type WantedJob } from './wanted';

/** The decision that a job runs. */
export function run(reason: RunReasonName, evidence: readonly string[], mayChange: boolean): RunDecision {
  return { is: 'run', reason, evidence, mayChange };
}

/** Of most jobs that never ran there is nothing more to say. */
const neverRan = run('neverRan', [], true);

/** See the file's head. */
export class Reasons {
  constructor(
    private readonly history: UnitHistory,
    private readonly definitions: DefinitionChanges,
    private readonly options: RestartOptions,
  ) {}

  /** @param changes since the standing execution; null where there is none */
  of(job: WantedJob, past: Past, changes: InputChanges | null): RunDecision | null {
    const { standing } = past;
    if (standing === null || changes === null) {
      return this.withoutStanding(job, past);
    }
    const parts = this.definitions.since(standing.maker.attempt, job.task.name);
    if (parts.length > 0) {
      return run('definitionChanged', parts, true);
    }
    const withdrawn = this.withdrawnOutput(job, standing);
    if (withdrawn !== null) {
      return run('outputWithdrawn', [withdrawn], true);
    }
    if (changes.set.length > 0) {
      return run('inputsChanged', changes.set, true);
    }
    if (this.options.ifEnvironmentChanged && this.environmentDiffers(standing.maker)) {
      return run('environmentChanged', [this.describeEnvironments(standing.maker)], true);
    }
    return changes.content.length > 0 ? run('upstreamChanged', changes.content, true) : null;
  }

  /** Whether a failure that would come again need not: something that the job depends on has changed. */
  hasAnotherChance(job: WantedJob, { execution, byOperator }: GivenUp, changes: InputChanges | null): boolean {
    if (byOperator || execution === null || changes === null) {
      return false;
    }
    return (
      changes.set.length + changes.content.length + changes.on.length > 0 ||
      this.definitions.since(execution.attempt, job.task.name).length > 0 ||
      (this.options.ifEnvironmentChanged && this.environmentDiffers(execution))
    );
  }

  /** Whether making the same again may come out different where it matters. */
  remakeMayChange(standing: Standing | null): boolean {
    return standing === null || this.options.spreadRemakes || this.environmentDiffers(standing.maker);
  }

  private withoutStanding(job: WantedJob, { last, withdrawn }: Past): RunDecision {
    if (withdrawn !== null) {
      const { withdrawal, why } = withdrawn.withdrawal;
      const text = `what ${describeExecution(withdrawn.maker)} made was withdrawn by ${withdrawal}: ${why}`;
      return run('outputWithdrawn', [text], true);
    }
    if (last === null) {
      const skip = this.describeSkip(job);
      return skip === null ? neverRan : run('neverRan', [skip], true);
    }
    return run(last.state === 'failed' ? 'failed' : 'lost', [describeFailure(last)], true);
  }

  private describeSkip(job: WantedJob): string | null {
    const skip = this.history.attemptsOf(job).findLast(({ skipReason }) => skipReason !== null);
    if (skip === undefined) {
      return null;
    }
    const because = skip.skipBecauseOf === null ? '' : ` because of ${skip.skipBecauseOf}`;
    return `skipped in attempt ${String(skip.attempt)}: ${String(skip.skipReason)}${because}`;
  }

  private withdrawnOutput(job: WantedJob, { maker }: Standing): string | null {
    if (this.history.records.withdrawals.length === 0) {
      return null;
    }
    for (const file of job.outputs.flat()) {
      const found = this.isOfUse(file) ? withdrawalOf(this.history, job, maker, file.type.name) : null;
      if (found !== null) {
        return `${file.path} of ${describeExecution(maker)} was withdrawn by ${found.withdrawal}: ${found.why}`;
      }
    }
    return null;
  }

  private isOfUse(file: WantedFile): boolean {
    return isProduct(file) || this.history.isRead(file);
  }

  private environmentDiffers({ execution }: PastExecution): boolean {
    const { environment } = this.options;
    const before = environment === null ? null : this.history.records.environmentOf(execution);
    return before !== null && before !== environment;
  }

  private describeEnvironments(maker: PastExecution): string {
    const before = String(this.history.records.environmentOf(maker.execution));
    return `${describeExecution(maker)} ran in environment ${before}, now it is ${String(this.options.environment)}`;
  }
}
