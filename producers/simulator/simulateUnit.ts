/** One unit of a simulated campaign, from its plan to the end of its attempt. */
import type { Plan } from '../../pipelines/plan';
import { attemptProducer } from '../attempts/claimAttempt';
import type { DraftHeader } from '../outbox/draft';
import { planEvents } from '../planner/planEvents';
import { planProducer } from '../planner/storePlan';
import { AttemptRecorder } from './attemptRecorder';
import { hostCount, type TractNumbers } from './dmtr51';
import { strikesOf } from './faults';
import type { Happening } from './happenings';
import type { Sending, SentTogether } from './sending';
import { SimulatedAttempt } from './simulatedAttempt';
import { SimulatedProducer } from './simulatedProducer';
import { declaredBy, producerOf, type SimulatedCampaign } from './simulation';
import { chooseAbsent, drawCosts } from './unitCosts';
import { claimOf, declareExpectations, registerInputs } from './unitFacts';

/** A unit that is to be simulated. */
export interface SimulatedUnit {
  readonly plan: Plan;
  readonly numbers: TractNumbers;
  /** When its attempt begins, microseconds since 1970. */
  readonly startedAtMicros: number;
  readonly environmentDigest: string;
  /** Another for each unit and simulation. */
  readonly seed: number;
}

/** From the end of the last job to that of an attempt whose wall-clock time the report does not tell. */
const closingMicros = 60_000_000;

/** Simulates one attempt and hands on all its events. @throws what encoding throws */
export function* simulateUnit(
  simulated: SimulatedUnit,
  options: SimulatedCampaign,
  sending: Sending,
): Generator<SentTogether, void> {
  const { plan, startedAtMicros } = simulated;
  const { campaign, unit, attempt } = plan.scope;
  const header: DraftHeader = { occurredAt: startedAtMicros, campaign, unit, attempt };
  const operator = producerOf(campaign, unit, 'operator');
  const claim = new SimulatedProducer(attemptProducer(campaign, unit));
  claim.tell({ type: 'AttemptStarted', header, ...claimOf(plan, options) });
  yield* sending.all([claim]);
  yield* sendPlan(plan, startedAtMicros, sending);
  declareExpectations(plan, operator, header);
  registerInputs(plan, operator, header);
  yield* sending.all([operator]);
  const last = yield* sendExecutions(simulated, options, sending);
  if (last.kind === 'attemptEnded') {
    const occurredAt = startedAtMicros + endMicros(simulated, last.atMicros);
    const outcome = last.isComplete ? 'complete' : 'partial';
    operator.tell({ type: 'AttemptEnded', header: { ...header, occurredAt }, outcome, endedBy: declaredBy });
    yield* sending.all([operator]);
  }
}

function* sendPlan(plan: Plan, startedAtMicros: number, sending: Sending): Generator<SentTogether, void> {
  const planner = new SimulatedProducer(planProducer(plan));
  for (const draft of planEvents(plan, startedAtMicros)) {
    planner.tell(draft);
    if (sending.isDue(planner)) {
      yield* sending.due([planner]);
    }
  }
  yield* sending.all([planner]);
}

/** Lets the jobs run and sends what is told of them; answers what happened last. */
function* sendExecutions(
  { plan, numbers, startedAtMicros, environmentDigest, seed }: SimulatedUnit,
  { faults }: SimulatedCampaign,
  sending: Sending,
): Generator<SentTogether, Happening> {
  const { campaign, unit, attempt } = plan.scope;
  const { slotsPerHost } = numbers;
  const costs = drawCosts(plan, numbers, seed);
  const absent = chooseAbsent(plan, absentWarps(plan, numbers), seed);
  const busyMicros = costs.wallMicros.reduce((sum, micros) => sum + micros, 0) / (hostCount * slotsPerHost);
  const strikes = strikesOf(faults, busyMicros, seed);
  const { wallMicros } = costs;
  const running = new SimulatedAttempt({ plan, wallMicros, absent, hosts: hostCount, slotsPerHost, faults, strikes, seed }); // prettier-ignore
  const scheduler = producerOf(campaign, unit, 'scheduler');
  const hosts = Array.from({ length: hostCount }, (_, host) => producerOf(campaign, unit, 'host', host));
  const recorder = new AttemptRecorder(
    { campaign, unit, attempt, startedAtMicros, environmentDigest, costs, absent, seed },
    { hosts, scheduler },
  );
  const isLate = (_: SimulatedProducer, host: number): boolean => faults.has('late') && host % 3 === 0;
  const punctual = [scheduler, ...hosts.filter((producer, host) => !isLate(producer, host))];
  let last: Happening = { kind: 'noted', atMicros: 0, text: '' };
  for (const happening of running.happenings()) {
    last = happening;
    recorder.record(happening);
    if (happening.kind === 'ended' && punctual.some((producer) => sending.isDue(producer))) {
      yield* sending.due(punctual);
    }
  }
  yield* sending.all(punctual);
  yield* sending.all(hosts);
  return last;
}

/** When an attempt ends after its beginning: when the report says so, unless its jobs took longer. */
function endMicros({ plan, numbers }: SimulatedUnit, lastMicros: number): number {
  const told = isWhole(plan, numbers) ? Math.round(numbers.wallClockHours * 3_600_000_000) : 0;
  return told >= lastMicros ? told : lastMicros + closingMicros;
}

/** How many warps will be absent: the report's number, of a part of the tract the same share. */
function absentWarps(plan: Plan, { absentWarps: absent, executables }: TractNumbers): number {
  const executions = executables['makeCoaddTempExp.py']?.[0] ?? 1;
  const planned = plan.jobs.filter(({ task }) => task.executable === 'makeCoaddTempExp.py').length;
  return Math.round((absent * planned) / executions);
}

/** Whether a plan has the whole tract. */
function isWhole({ jobs }: Plan, { executables }: TractNumbers): boolean {
  return jobs.length === Object.values(executables).reduce((sum, [executions]) => sum + executions, 0);
}
