/**
 * An attempt as it might have run: jobs start on the hosts' free slots once what they read is there, end after the time
 * they take, and fail as the faults have it. The same plan, costs and seed always give the same happenings, in order.
 */
import type { Plan, PlannedFile } from '../../pipelines/plan';
import { outageMicros, type Fault, type Strike } from './faults';
import { failedForGood, killed, nodeFailure, outage, succeeded, unheardOf } from './endings';
import type { Ending, Happening, Run } from './happenings';
import { JobGraph, type JobState, type Settled } from './jobGraph';
import { Random, seedOf } from './random';

/** What an attempt is simulated from. */
export interface AttemptSetting {
  readonly plan: Plan;
  /** By the job's place in the plan. */
  readonly wallMicros: Float64Array;
  /** Planned files that will not be written though their job succeeds. */
  readonly absent: ReadonlySet<PlannedFile>;
  readonly hosts: number;
  readonly slotsPerHost: number;
  readonly faults: ReadonlySet<Fault>;
  readonly strikes: readonly Strike[];
  readonly seed: number;
}

/** From a slot's being free to the next job's start. */
const startingMicros = 1_500_000;

interface Slot {
  /** Its place among all slots. */
  readonly index: number;
  readonly host: number;
  run: Run | null;
}

/** Makes the happenings of one attempt, one after another. */
export class SimulatedAttempt {
  private nowMicros = 0;
  private pausedUntilMicros = 0;
  private doneJobs = 0;
  private isPurging = false;
  private readonly graph: JobGraph;
  private readonly slots: readonly Slot[];
  /** By slot, when what runs in it ends; Infinity where nothing does. All are looked through at every moment. */
  private readonly endMicros: Float64Array;
  private readonly deadHosts = new Set<number>();
  private readonly failingPlaces: ReadonlySet<number>;
  private readonly strikes: Strike[];
  private readonly random: Random;
  /** Jobs whose next try may not start yet, in the order of the times they wait for. */
  private delayed: { readonly atMicros: number; readonly state: JobState }[] = [];

  constructor(private readonly setting: AttemptSetting) {
    const { plan, absent, hosts, slotsPerHost, seed, strikes } = setting;
    this.graph = new JobGraph(plan, absent);
    this.slots = Array.from({ length: hosts * slotsPerHost }, (_, index) => ({ index, host: index % hosts, run: null })); // prettier-ignore
    this.endMicros = new Float64Array(this.slots.length).fill(Infinity);
    this.strikes = [...strikes];
    this.random = new Random(seedOf(seed, 'attempt'));
    this.failingPlaces = setting.faults.has('permanentFailure') ? this.chooseFailing() : new Set();
  }

  /** Everything that happens, in order. */
  *happenings(): Generator<Happening, void> {
    const breaksOffAt = this.setting.faults.has('runnerKill') ? this.setting.plan.jobs.length / 2 : Infinity;
    for (;;) {
      yield* this.startJobs();
      const atMicros = this.nextMoment();
      if (atMicros === Infinity) {
        break;
      }
      this.nowMicros = atMicros;
      const [strike] = this.strikes;
      if (strike !== undefined && strike.atMicros <= atMicros) {
        this.strikes.shift();
        yield* this.strike(strike);
      }
      yield* this.endJobs();
      if (this.doneJobs >= breaksOffAt) {
        return;
      }
    }
    yield { kind: 'attemptEnded', atMicros: this.nowMicros, isComplete: this.graph.isComplete };
  }

  private *startJobs(): Generator<Happening, void> {
    while ((this.delayed[0]?.atMicros ?? Infinity) <= this.nowMicros) {
      const next = this.delayed.shift();
      if (next !== undefined) {
        this.graph.put(next.state);
      }
    }
    if (this.nowMicros < this.pausedUntilMicros) {
      return;
    }
    for (let index = this.nextFree(0); index >= 0; index = this.nextFree(index + 1)) {
      const slot = this.slots[index];
      const state = slot !== undefined && !this.deadHosts.has(slot.host) ? this.graph.take() : undefined;
      if (slot === undefined || state === undefined) {
        continue;
      }
      state.tries += 1;
      const { job, place, tries: tryNumber } = state;
      const atMicros = this.nowMicros + startingMicros;
      const run = { job, place, tryNumber, host: slot.host, startMicros: atMicros, inputs: this.graph.inputsOf(state) };
      slot.run = run;
      const share = this.failingPlaces.has(place) ? 0.3 : 1;
      this.endMicros[index] = atMicros + Math.ceil((this.setting.wallMicros[place] ?? 0) * share);
      yield { kind: 'started', atMicros, run };
    }
  }

  /** When something happens next; never, once nothing runs and nothing waits. */
  private nextMoment(): number {
    let next = this.delayed[0]?.atMicros ?? Infinity;
    for (const endMicros of this.endMicros) {
      if (endMicros < next) {
        next = endMicros;
      }
    }
    if (this.nowMicros < this.pausedUntilMicros && this.graph.hasReady) {
      next = Math.min(next, this.pausedUntilMicros);
    }
    return next === Infinity ? next : Math.max(this.nowMicros, Math.min(next, this.strikes[0]?.atMicros ?? Infinity));
  }

  private *endJobs(): Generator<Happening, void> {
    for (let index = this.nextEnded(0); index >= 0; index = this.nextEnded(index + 1)) {
      const slot = this.slots[index];
      if (slot !== undefined) {
        yield* this.end(slot, this.failingPlaces.has(slot.run?.place ?? -1) ? failedForGood : succeeded);
      }
    }
  }

  /** The first slot from one on in which nothing runs; -1 where there is none, or no job could start. */
  private nextFree(from: number): number {
    return this.graph.hasReady ? this.endMicros.indexOf(Infinity, from) : -1;
  }

  /** The first slot from one on whose run ends now; -1 where there is none. */
  private nextEnded(from: number): number {
    const { endMicros, nowMicros } = this;
    for (let index = from; index < endMicros.length; index += 1) {
      if ((endMicros[index] ?? Infinity) <= nowMicros) {
        return index;
      }
    }
    return -1;
  }

  /** Ends what runs in a slot now, and says what comes of it. */
  private *end(slot: Slot, ending: Ending, notBeforeMicros = this.nowMicros): Generator<Happening, void> {
    const { run } = slot;
    const state = run === null ? undefined : this.graph.states[run.place];
    if (run === null || state === undefined) {
      return;
    }
    // What is ended in its very start has run for no time.
    const atMicros = Math.max(this.nowMicros, run.startMicros);
    slot.run = null;
    this.endMicros[slot.index] = Infinity;
    yield { kind: 'ended', atMicros, run, ending };
    if (ending.kind === 'succeeded') {
      this.doneJobs += 1;
      yield* this.consequences(this.graph.settle(state, 'done'), atMicros);
    } else if (ending.kind === 'failed' && ending.permanence === 'permanent') {
      yield { kind: 'abandoned', atMicros, run, failureClass: ending.failureClass };
      yield* this.consequences(this.graph.settle(state, 'gone'), atMicros);
    } else {
      yield { kind: 'retryScheduled', atMicros, run, notBeforeMicros };
      this.delayed.push({ atMicros: notBeforeMicros, state });
      this.delayed.sort((a, b) => a.atMicros - b.atMicros);
    }
  }

  private *consequences({ skipped, unneeded }: Settled, atMicros: number): Generator<Happening, void> {
    for (const { job, becauseOf } of skipped) {
      yield { kind: 'skipped', atMicros, job, becauseOf };
    }
    if (this.isPurging) {
      yield* this.purge(unneeded, atMicros);
    }
  }

  private *purge(states: readonly JobState[], atMicros: number): Generator<Happening, void> {
    for (const { job, place } of states) {
      const files = job.outputs
        .flat()
        .filter((file) => file.type.role === 'intermediate' && !this.setting.absent.has(file));
      if (files.length > 0) {
        yield { kind: 'purged', atMicros, place, files };
      }
    }
  }

  private *strike({ fault }: Strike): Generator<Happening, void> {
    const running = this.slots.filter(({ run }) => run !== null);
    const atMicros = this.nowMicros;
    switch (fault) {
      case 'outage':
        this.pausedUntilMicros = atMicros + outageMicros;
        yield { kind: 'noted', atMicros, text: 'the file system of /datasets does not answer; starting nothing' };
        for (const slot of running) {
          yield* this.end(slot, outage, this.pausedUntilMicros);
        }
        return;
      case 'nodeLoss': {
        const host = this.random.below(this.setting.hosts);
        this.deadHosts.add(host);
        yield { kind: 'hostLost', atMicros, host };
        for (const slot of running.filter((slot) => slot.host === host)) {
          yield* this.end(slot, nodeFailure);
        }
        return;
      }
      case 'workerKill':
        for (const [index, slot] of running.slice(0, 2).entries()) {
          yield* this.end(slot, index === 0 ? killed : unheardOf);
        }
        return;
      case 'purge':
        this.isPurging = true;
        yield { kind: 'noted', atMicros, text: 'storage is short: intermediate files go once nothing needs them' };
        yield* this.purge(
          this.graph.states.filter(({ outcome, readersLeft }) => outcome === 'done' && readersLeft === 0),
          atMicros,
        );
        return;
    }
  }

  /** A job that nothing precedes, of whose outputs others have enough, and one that others cannot do without. */
  private chooseFailing(): Set<number> {
    const { jobs } = this.setting.plan;
    const first = jobs.filter(({ upstream }) => upstream.length === 0).length;
    const needed = new Set(
      jobs.flatMap(({ task, inputs }) =>
        task.inputs.flatMap(({ require: requirement }, index) =>
          requirement === 'all' ? (inputs[index] ?? []).map(({ maker }) => maker) : [],
        ),
      ),
    );
    const essential = this.graph.states.filter(({ job }) => needed.has(job));
    const drawn = essential[this.random.below(essential.length)]?.place ?? 0;
    return new Set([this.random.below(first), drawn]);
  }
}
