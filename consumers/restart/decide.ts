/**
 * The restart plan: what to do with each job. README.md in this folder holds the rules as a table.
 *
 * A pass down the graph finds the jobs that have nothing to show, or whose outputs are not what they should be. A pass
 * back up from the products and from the jobs that run finds the outputs that are needed and not there. Where the one
 * finds what the other has to know of, both are repeated; each time more jobs run, so that comes to an end.
 */
import { matchesDataId } from './dataIds';
import type { Decision, LeaveDecision, RunDecision, RunReasonName } from './decision';
import { DefinitionChanges } from './definitionChanges';
import { describeFile, describeGivenUp } from './evidence';
import { InputComparison, type InputChanges } from './inputChanges';
import type { RestartOptions } from './options';
import { Reasons, run } from './reasons';
import { Sameness } from './sameness';
import { nothingKnown, pastOf, type FileState, type Past, type Standing } from './standing';
import { Supplies } from './supplies';
import type { UnitHistory } from './unitHistory';
import { ByJob, isProduct, type WantedFile, type WantedJob } from './wanted';

/** What to do with each job of a unit, and what that rests on. */
export interface Decided {
  /** One for each job. */
  readonly decisions: ByJob<Decision>;
  readonly pasts: ByJob<Past>;
  readonly stateOf: (job: WantedJob, standing: Standing, file: WantedFile) => FileState;
}

/** Decides what to do with each job. */
export function decideRestart(history: UnitHistory, options: RestartOptions): Decided {
  return new RestartPlanner(history, options).decide();
}

const reasonOfState: Partial<Record<FileState, RunReasonName>> = {
  missing: 'outputMissing',
  purged: 'outputPurged',
  empty: 'outputEmpty',
  corrupt: 'outputCorrupt',
  withdrawn: 'outputWithdrawn',
};

const reuse: Decision = { is: 'reuse' };

class RestartPlanner {
  private readonly pasts: ByJob<Past>;
  private readonly stuck = new Set<WantedJob>();
  /** Jobs that make again what they had made, and whose readers have to know of it. */
  private readonly spreading = new Map<WantedJob, RunDecision>();
  private readonly reasons: Reasons;
  private readonly inputs: InputComparison;
  private supplies: Supplies;

  constructor(
    private readonly history: UnitHistory,
    private readonly options: RestartOptions,
  ) {
    const definitions = new DefinitionChanges(options.tasks, history.records.tasksOf);
    this.reasons = new Reasons(history, definitions, options);
    this.pasts = new ByJob(history.wanted.jobs);
    for (const job of history.wanted.jobs) {
      this.pasts.set(job, pastOf(history, job));
    }
    history.expectReads(comparedExecutions(this.pasts));
    this.supplies = this.newSupplies();
    const sameness = new Sameness(history, definitions, options.spreadRemakes);
    this.inputs = new InputComparison(history, sameness, (file, maker) => this.supplies.supplyOf(file, maker));
  }

  decide(): Decided {
    for (let isSettled = false; !isSettled;) {
      const known = this.stuck.size + this.spreading.size;
      this.supplies = this.newSupplies();
      for (const job of this.history.wanted.jobs) {
        this.supplies.decisions.set(job, this.decideFromUpstream(job));
      }
      this.decideFromProducts();
      isSettled = this.stuck.size + this.spreading.size === known;
    }
    const { decisions } = this.supplies;
    return {
      decisions,
      pasts: this.pasts,
      stateOf: (job, standing, file) => this.supplies.stateOf(job, standing, file),
    };
  }

  private newSupplies(): Supplies {
    return new Supplies(this.history, this.pasts, this.options.findings, this.stuck);
  }

  private decideFromUpstream(job: WantedJob): Decision {
    const veto = this.history.records.vetoes.find(
      ({ task, dataId }) => (task === null || task === job.task.name) && matchesDataId(dataId, job.dataId),
    );
    if (veto !== undefined) {
      return leave('vetoed', [`veto ${veto.veto}${veto.why === null ? '' : `: ${veto.why}`}`]);
    }
    const past = this.past(job);
    const asked = this.options.asked.has(job.name);
    if (past.givenUp !== null && !asked) {
      const { execution, failureClass } = past.givenUp;
      const changes = execution === null ? null : this.inputs.compare(job, execution);
      if (!this.reasons.hasAnotherChance(job, past.givenUp, changes)) {
        const left = leave('permanentFailure', [describeGivenUp(past.givenUp)]);
        return { ...left, execution: execution?.execution ?? null, failureClass };
      }
    }
    if (this.history.wanted.alwaysRun.has(job)) {
      return this.ifMet(job, run('framework', ['runs in every attempt'], false));
    }
    const changes = past.standing === null ? null : this.inputs.compare(job, past.standing.maker);
    const decision = this.reasons.of(job, past, changes) ?? this.softReason(job, past, changes, asked);
    return decision.is === 'run' ? this.ifMet(job, decision) : decision;
  }

  private softReason(job: WantedJob, { standing }: Past, changes: InputChanges | null, asked: boolean): Decision {
    const spreading = this.spreading.get(job);
    if (asked) {
      const mayChange = this.reasons.remakeMayChange(standing) || (changes !== null && changes.on.length > 0);
      return run('asked', ['asked for by hand'], mayChange);
    }
    if (spreading !== undefined) {
      return spreading;
    }
    return changes !== null && changes.on.length > 0 ? { is: 'runIfChanged', on: changes.on } : reuse;
  }

  /** From the last job to the first: which outputs are needed and not usable. */
  private decideFromProducts(): void {
    const { decisions } = this.supplies;
    const needed = new Set<WantedFile>();
    const { jobs } = this.history.wanted;
    for (let at = jobs.length - 1; at >= 0; at -= 1) {
      const job = jobs[at];
      if (job === undefined) {
        continue;
      }
      const remade = this.remade(job, needed);
      if (remade !== null) {
        decisions.set(job, remade);
      }
      const is = decisions.get(job)?.is;
      if (is === 'run' || is === 'runIfChanged') {
        this.addNeeds(job, needed);
      }
    }
  }

  /** Of the files that a job reads, those of which it matters that they are needed: others are usable, or made anyway. */
  private addNeeds({ inputs }: WantedJob, needed: Set<WantedFile>): void {
    for (const files of inputs) {
      for (const file of files) {
        const standing = file.maker === null ? null : this.past(file.maker).standing;
        if (standing !== null && !this.supplies.arePlainlyUsable(standing)) {
          needed.add(file);
        }
      }
    }
  }

  /** Makes a job run whose standing outputs are needed and not there; null where they are, or it runs anyway. */
  private remade(job: WantedJob, needed: ReadonlySet<WantedFile>): Decision | null {
    const before = this.supplies.decisions.get(job);
    const { standing } = this.past(job);
    if (standing === null || (before?.is !== 'reuse' && before?.is !== 'runIfChanged')) {
      return null;
    }
    if (this.supplies.arePlainlyUsable(standing)) {
      return null;
    }
    for (const file of job.outputs.flat()) {
      const isNeeded = isProduct(file) || needed.has(file);
      const state = isNeeded ? this.supplies.stateOf(job, standing, file) : 'usable';
      const reason = reasonOfState[state];
      if (reason !== undefined && (isProduct(file) || !this.stuck.has(job))) {
        const mayChange = before.is === 'runIfChanged' || this.reasons.remakeMayChange(standing);
        return this.remake(job, run(reason, [describeFile(file, state, standing)], mayChange), before);
      }
    }
    return null;
  }

  private remake(job: WantedJob, decision: RunDecision, before: Decision): Decision | null {
    const possible = this.ifMet(job, decision);
    if (possible.is === 'leave') {
      this.stuck.add(job);
      return possible;
    }
    if (decision.mayChange && before.is === 'reuse') {
      this.spreading.set(job, decision);
    }
    return decision;
  }

  /** The decision to run, or that the job cannot because an input is out of reach. */
  private ifMet(job: WantedJob, decision: RunDecision): RunDecision | LeaveDecision {
    const unmet = this.supplies.unmetNeed(job);
    return unmet === null ? decision : { ...leave('inputsUnmet', [unmet]), wouldRun: decision };
  }

  private past(job: WantedJob): Past {
    return this.pasts.get(job) ?? nothingKnown;
  }
}

/** The executions whose inputs are compared with what the jobs would read now. */
function comparedExecutions(pasts: ByJob<Past>): string[] {
  const executions: string[] = [];
  for (const [, { standing, givenUp }] of pasts) {
    for (const execution of [standing?.maker, givenUp?.execution]) {
      if (execution != null) {
        executions.push(execution.execution);
      }
    }
  }
  return executions;
}

function leave(reason: LeaveDecision['reason'], evidence: readonly string[]): LeaveDecision {
  return { is: 'leave', reason, evidence, execution: null, failureClass: null, wouldRun: null };
}
