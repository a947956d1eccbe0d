/**
 * The campaign of the test report DMTR-51 as events, without running anything: a plan, an attempt and all its executions
 * for each tract, from numbers that a seed draws and that add up to what the report prints. The same seed and options
 * always give the same bytes, so doing it again adds nothing.
 */
import { createHash } from 'node:crypto';
import { v5 } from 'uuid';
import { SequenceConflictError } from '../../ledger/errors';
import type { Ledger } from '../../ledger/port';
import { canonicalDataId } from '../../schemas';
import { makePlan } from '../../pipelines/makePlan';
import type { Plan } from '../../pipelines/plan';
import { attemptProducer } from '../attempts/claimAttempt';
import type { DraftHeader } from '../outbox/draft';
import { planEvents } from '../planner/planEvents';
import { planProducer } from '../planner/storePlan';
import { AttemptRecorder } from './attemptRecorder';
import { Delivery } from './delivery';
import { blankExpectations, hostCount, tractNumbers, type TractNumbers } from './dmtr51';
import { SimulationError } from './errors';
import { changesEvents, strikesOf, type Fault } from './faults';
import { typicalSizeBytes } from './fileSizes';
import { seedOf } from './random';
import { scaledPipeline, type ScaledPipeline, type ScaledUnit } from './scaledPipeline';
import { SimulatedAttempt } from './simulatedAttempt';
import { SimulatedProducer } from './simulatedProducer';
import { chooseAbsent, drawCosts } from './unitCosts';

/** What is to be simulated. */
export interface SimulationOptions {
  readonly campaign: string;
  readonly seed: number;
  /** How many times the report's size, above 0. */
  readonly scale: number;
  /** The units to simulate, e.g. `tract=9813`; null for all. */
  readonly units: readonly string[] | null;
  readonly faults: ReadonlySet<Fault>;
  /** How many events a second go into the ledger; null for as many as it takes. */
  readonly eventsPerSecond: number | null;
  /** Told how many events have been sent so far. */
  readonly onProgress?: (events: number) => void;
}

/** What a simulation did. */
export interface SimulationResult {
  readonly units: readonly { readonly unit: string; readonly jobs: number }[];
  readonly events: number;
  /** Of the events those that the ledger did not hold before. */
  readonly stored: number;
}

/** The namespace of simulated producers. Never changed: stored events carry its children. */
const namespace = '7a1c3c1e-94f0-5d2b-8a35-2c0d5b6e9f11';

/** When the first unit begins, and how much later each further one, microseconds: long after the one before has ended. */
const beginMicros = Date.UTC(2017, 8, 25) * 1000;
const unitStepMicros = 72 * 3_600_000_000;

/** From the end of the last job to that of an attempt whose wall-clock time the report does not tell. */
const closingMicros = 60_000_000;

const declaredBy = 'tractledger simulate';

/**
 * Writes the campaign into a ledger, unit after unit; no more than one unit is in memory at a time.
 * @throws {SimulationError} where a unit is not in the campaign, or the ledger holds another simulation under this name
 * @throws what `append` throws
 */
export async function simulateHscRc1(ledger: Ledger, options: SimulationOptions): Promise<SimulationResult> {
  const scaled = scaledPipeline(options.scale);
  const units = chosenUnits(scaled, options.units);
  const { faults, eventsPerSecond, seed, onProgress = () => undefined } = options;
  const delivery = new Delivery(ledger, { faults, eventsPerSecond, seed, onProgress });
  const told: SimulationResult['units'][number][] = [];
  try {
    await delivery.sendAll([declareCampaign(options)]);
    for (const unit of units) {
      told.push({ unit: unit.unit, jobs: await simulateUnit(unit, scaled, options, delivery) });
    }
  } catch (error) {
    if (error instanceof SequenceConflictError) {
      throw new SimulationError(
        `the ledger holds something else under the campaign ${options.campaign}: give --campaign another name, or the ` +
          `seed, scale and faults of before`,
        { cause: error },
      );
    }
    throw error;
  }
  return { units: told, events: delivery.events, stored: delivery.stored };
}

function chosenUnits({ units }: ScaledPipeline, wanted: readonly string[] | null): readonly ScaledUnit[] {
  const unknown = wanted?.find((name) => !units.some(({ unit }) => unit === name));
  if (unknown !== undefined) {
    const known = units.slice(0, 6).map(({ unit }) => unit).join(', '); // prettier-ignore
    throw new SimulationError(`${unknown} is no unit of this campaign: ${known}${units.length > 6 ? ' …' : ''}`);
  }
  return units.filter(({ unit }) => wanted?.includes(unit) ?? true);
}

/** What the stack of the campaign was, as far as the report tells; the patch stands for the one that it describes. */
const environment = {
  operatingSystem: 'CentOS Linux 7',
  compiler: 'gcc 6.3.1 (devtoolset-6)',
  packages: { lsst_distrib: 'w_2017_28', meas_mosaic: 'w_2017_28', obs_subaru: 'w_2017_28' },
  patches: [],
  container: null,
  hardware: null,
};

const environmentDigest = createHash('sha256').update(JSON.stringify(environment)).digest('hex');

function declareCampaign({ campaign }: SimulationOptions): SimulatedProducer {
  const operator = producerOf(campaign, 'operator');
  const header: DraftHeader = { occurredAt: beginMicros, campaign, unit: null, attempt: null };
  const description = 'HSC RC1 reprocessing, simulated after the test report DMTR-51';
  operator.tell({ type: 'CampaignDeclared', header, description, declaredBy });
  operator.tell({ type: 'EnvironmentDeclared', header, digest: environmentDigest, ...environment });
  return operator;
}

function producerOf(...name: readonly (string | number)[]): SimulatedProducer {
  return new SimulatedProducer(v5(JSON.stringify(name), namespace));
}

/** One unit, from its plan to the attempt's end. Answers how many jobs it has. */
async function simulateUnit(
  { unit, tract, copy }: ScaledUnit,
  { pipeline, units }: ScaledPipeline,
  options: SimulationOptions,
  delivery: Delivery,
): Promise<number> {
  const { campaign, faults } = options;
  const attempt = 1;
  const numbers = tractNumbers[tract];
  if (numbers === undefined) {
    throw new SimulationError(`nothing is known of tract ${String(tract)}`);
  }
  const seed = seedOf(options.seed, unit, copy);
  const plan = makePlan(pipeline, { campaign, unit, attempt });
  const place = units.findIndex((other) => other.unit === unit);
  const startedAtMicros = beginMicros + place * unitStepMicros;
  const header: DraftHeader = { occurredAt: startedAtMicros, campaign, unit, attempt };

  const claim = new SimulatedProducer(attemptProducer(campaign, unit));
  claim.tell({ type: 'AttemptStarted', header, ...claimOf(plan, options) });
  const planner = new SimulatedProducer(planProducer(plan));
  const operator = producerOf(campaign, unit, 'operator');
  await delivery.sendAll([claim]);
  for (const draft of planEvents(plan, startedAtMicros)) {
    planner.tell(draft);
    if (delivery.isDue(planner)) {
      await delivery.sendDue([planner]);
    }
  }
  await delivery.sendAll([planner]);
  declareExpectations(plan, operator, header);
  registerInputs(plan, operator, header);
  await delivery.sendAll([operator]);

  const costs = drawCosts(plan, numbers, seed);
  const absent = chooseAbsent(plan, absentWarps(plan, numbers), seed);
  const busyMicros = costs.wallMicros.reduce((sum, micros) => sum + micros, 0) / (hostCount * numbers.slotsPerHost);
  const simulated = new SimulatedAttempt({
    plan,
    wallMicros: costs.wallMicros,
    absent,
    hosts: hostCount,
    slotsPerHost: numbers.slotsPerHost,
    faults,
    strikes: strikesOf(faults, busyMicros, seed),
    seed,
  });
  const scheduler = producerOf(campaign, unit, 'scheduler');
  const hosts = Array.from({ length: hostCount }, (_, host) => producerOf(campaign, unit, 'host', host));
  const recorder = new AttemptRecorder(
    { campaign, unit, attempt, startedAtMicros, environmentDigest, costs, absent, seed },
    { hosts, scheduler },
  );
  const punctual = [scheduler, ...hosts.filter((_, host) => !(faults.has('late') && host % 3 === 0))];
  for (const happening of simulated.happenings()) {
    recorder.record(happening);
    if (happening.kind === 'attemptEnded') {
      const nominal = isWhole(plan, numbers) ? Math.round(numbers.wallClockHours * 3_600_000_000) : 0;
      const endMicros = happening.atMicros > nominal ? happening.atMicros + closingMicros : nominal;
      const outcome = happening.isComplete ? 'complete' : 'partial';
      operator.tell({
        type: 'AttemptEnded',
        header: { ...header, occurredAt: startedAtMicros + endMicros },
        outcome,
        endedBy: declaredBy,
      });
    }
    if (happening.kind === 'ended' && punctual.some((producer) => delivery.isDue(producer))) {
      await delivery.sendDue(punctual);
    }
  }
  await delivery.sendAll([...punctual, operator]);
  await delivery.sendAll(hosts);
  return plan.jobs.length;
}

/** What is said of the attempt; the claim tells two simulations apart, so that neither goes on with the other's attempt. */
function claimOf({ pipeline }: Plan, { seed, scale, faults }: SimulationOptions) {
  return {
    why: 'first',
    resumedFromAttempt: null,
    pipelineDigest: pipeline.digest,
    nodesExclusive: true,
    startedBy: declaredBy,
    claim: v5(JSON.stringify([seed, scale, [...faults].filter(changesEvents).sort()]), namespace),
  };
}

/** The expected counts that the report's Table 1 prints, from an earlier run; blank ones are unknown. */
function declareExpectations({ expected }: Plan, operator: SimulatedProducer, header: DraftHeader): void {
  for (const [datasetType, count] of expected) {
    operator.tell({
      type: 'ExpectationDeclared',
      header: { ...header, attempt: null },
      datasetType,
      count: blankExpectations.has(datasetType) ? null : count,
      basis: 'reference',
      revision: 1,
      declaredBy,
      ticket: null,
    });
  }
}

/** The raw images, each once. */
function registerInputs({ jobs }: Plan, operator: SimulatedProducer, header: DraftHeader): void {
  const seen = new Set<string>();
  for (const { path, type, row } of jobs.flatMap(({ inputs }) => inputs.flat()).filter(({ maker }) => maker === null)) {
    if (seen.has(path)) {
      continue;
    }
    seen.add(path);
    operator.tell({
      type: 'FileRegistered',
      header,
      path,
      datasetType: type.name,
      dataId: canonicalDataId(Object.fromEntries(type.dimensions.map((name, place) => [name, row[place] ?? '']))),
      sizeBytes: typicalSizeBytes(type.name),
      md5: null,
      originCampaign: null,
      collection: 'HSC/raw/all',
    });
  }
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
