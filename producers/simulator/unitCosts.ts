/** What each job of a unit is to use, drawn so that a whole tract adds up to what the report DMTR-51 prints. */
import type { Plan, PlannedFile } from '../../pipelines/plan';
import { executableTotals, type TractNumbers } from './dmtr51';
import { drawWithMaximum, drawWithSum } from './fit';
import { Random, seedOf, someOf } from './random';

/** By the job's place in the plan. */
export interface UnitCosts {
  readonly userCpuMicros: Float64Array;
  readonly systemCpuMicros: Float64Array;
  readonly maxRssBytes: Float64Array;
  readonly wallMicros: Float64Array;
}

/** How far the user CPU times of one executable lie apart. */
const spread = 0.5;

/** Draws the costs of every job. A plan of a part of the tract uses that part of the tract's CPU time. */
export function drawCosts(plan: Plan, numbers: TractNumbers, seed: number): UnitCosts {
  const { jobs } = plan;
  const costs: UnitCosts = {
    userCpuMicros: new Float64Array(jobs.length),
    systemCpuMicros: new Float64Array(jobs.length),
    maxRssBytes: new Float64Array(jobs.length),
    wallMicros: new Float64Array(jobs.length),
  };
  const totals = executableTotals(numbers);
  const places = new Map<string, number[]>();
  jobs.forEach(({ task: { executable } }, index) => {
    const list = places.get(executable);
    if (list === undefined) {
      places.set(executable, [index]);
    } else {
      list.push(index);
    }
  });
  for (const [executable, indices] of places) {
    const total = totals.get(executable);
    if (total === undefined) {
      continue;
    }
    const share = indices.length / total.executions;
    const random = new Random(seedOf(seed, executable));
    const user = drawWithSum(indices.length, Math.round(total.userCpuMicros * share), spread, random);
    const system = drawWithSum(indices.length, Math.round(total.systemCpuMicros * share), spread, random);
    const memory = drawWithMaximum(indices.length, total.maxRssBytes, random);
    indices.forEach((job, place) => {
      const cpu = (user[place] ?? 0) + (system[place] ?? 0);
      costs.userCpuMicros[job] = user[place] ?? 0;
      costs.systemCpuMicros[job] = system[place] ?? 0;
      costs.maxRssBytes[job] = memory[place] ?? 0;
      // A process waits for its files now and then.
      costs.wallMicros[job] = Math.ceil(cpu * (1.01 + 0.04 * random.fraction()));
    });
  }
  return costs;
}

/**
 * The planned files that will legitimately be absent: of those that may be, as many as asked for, but never all that one
 * job reads, for then it would have nothing to do.
 */
export function chooseAbsent(plan: Plan, count: number, seed: number): ReadonlySet<PlannedFile> {
  const random = new Random(seedOf(seed, 'absent'));
  const possible = plan.jobs.flatMap(({ task, outputs }) =>
    task.outputs.flatMap(({ mayBeAbsent }, place) => (mayBeAbsent ? (outputs[place] ?? []) : [])),
  );
  const types = new Set(possible.map(({ type }) => type));
  const spare = new Map<PlannedFile, { left: number }[]>();
  for (const { inputs } of plan.jobs) {
    for (const files of inputs) {
      const [first] = files;
      if (first === undefined || !types.has(first.type)) {
        continue; // the files of one input are of one dataset type
      }
      const room = { left: files.length - 1 };
      files.forEach((file) => {
        const rooms = spare.get(file);
        if (rooms === undefined) {
          spare.set(file, [room]);
        } else {
          rooms.push(room);
        }
      });
    }
  }
  const absent = new Set<PlannedFile>();
  // Some of those drawn cannot be spared, so the others are asked one after another from a drawn place on.
  const begin = random.below(Math.max(1, possible.length));
  const drawn = [
    ...someOf(possible.length, count, random),
    ...possible.map((_, index) => (begin + index) % possible.length),
  ];
  for (const index of drawn) {
    const file = possible[index];
    const rooms = file === undefined ? [] : (spare.get(file) ?? []);
    if (absent.size >= count) {
      break;
    }
    if (file !== undefined && !absent.has(file) && rooms.every(({ left }) => left > 0)) {
      absent.add(file);
      rooms.forEach((room) => (room.left -= 1));
    }
  }
  return absent;
}
