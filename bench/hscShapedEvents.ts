/**
 * Events shaped like the HSC RC1 reprocessing: a job has one start, one input list, six or seven files and one end; a
 * warp reads a few calibrated images, a coadd some thirty warps. Made from a seed, so every run has the same events.
 */
import { encodeEvent, type Header, type LedgerEvent } from '../schemas';

/** One append: consecutive events of one producer. */
export interface Append {
  readonly producer: string;
  readonly firstSequence: number;
  readonly events: readonly Uint8Array[];
}

const nodes = 24;
const eventsPerAppend = 100;
const noMetadata = {};

/** A file that a later job may read. */
interface Made {
  readonly path: string;
  readonly datasetType: string;
}

/** Yields appends of 100 events until there are at least `count` events. */
export function* hscShapedAppends(count: number): Generator<Append> {
  const random = mulberry32(20170501);
  const queues = Array.from({ length: nodes }, (_, node) => ({
    producer: fixedUuid(1, node),
    sequence: 0,
    events: [] as Uint8Array[],
  }));
  const images: Made[] = [];
  const warps: Made[] = [];
  let made = 0;
  for (let job = 0; made < count; job += 1) {
    const queue = queues[Math.floor(random() * nodes)];
    if (queue === undefined) {
      continue;
    }
    const base = Date.UTC(2017, 4, 1) * 1000 + job * 1_500_000;
    const header = (offsetMicros: number): Header => ({
      producer: queue.producer,
      sequence: (queue.sequence += 1),
      occurredAt: base + offsetMicros,
      campaign: 'HSC-RC1',
      unit: 'tract=9813',
      attempt: 1,
    });
    for (const event of jobEvents(job, random, header, images, warps)) {
      queue.events.push(encodeEvent(event));
      made += 1;
    }
    if (queue.events.length >= eventsPerAppend) {
      yield append(queue);
    }
  }
  for (const queue of queues) {
    if (queue.events.length > 0) {
      yield append(queue);
    }
  }
}

function append(queue: { producer: string; sequence: number; events: Uint8Array[] }): Append {
  const { producer, sequence, events } = queue;
  queue.events = [];
  return { producer, firstSequence: sequence - events.length + 1, events };
}

function* jobEvents(
  number: number,
  random: () => number,
  header: (offsetMicros: number) => Header,
  images: Made[],
  warps: Made[],
): Generator<LedgerEvent> {
  const draw = random();
  const step =
    draw < 0.57 || images.length < 10
      ? processCcd(number)
      : draw < 0.96 || warps.length < 40
        ? warp(number, pick(images, 3 + Math.floor(random() * 4), 24_000, random))
        : coadd(number, pick(warps, 30, 16_000, random));
  const execution = fixedUuid(2, number);
  const job = `${step.task} ${step.dataId}`;
  yield {
    type: 'ExecutionStarted',
    header: header(0),
    execution,
    job,
    task: step.task,
    dataId: step.dataId,
    tryNumber: 1,
    batchJob: { scheduler: 'slurm', id: String(200_000 + (number >> 5)), arrayIndex: null },
    processId: 1000 + (number % 30_000),
    host: `lsst-verify-worker${String(number % nodes).padStart(2, '0')}`,
    allocation: null,
    executable: `${step.task}.py`,
    argv: [`${step.task}.py`, '/datasets/hsc/repo', '--rerun', 'RC1', '--id', step.dataId],
    logPath: null,
    environmentDigest: null,
    site: null,
  };
  yield {
    type: 'InputsUsed',
    header: header(1),
    execution,
    job,
    basis: 'declared',
    files: step.inputs,
    part: 1,
    parts: 1,
  };
  const outputs = step.outputs.slice(0, 6 + (number % 2));
  for (const output of outputs) {
    yield {
      type: 'FileProduced',
      header: header(900_000_000),
      execution,
      ...output,
      sizeBytes: 1_000 + Math.floor(random() * 80_000_000),
      md5: `${String(number).padStart(16, '0')}0123456789abcdef`,
      sha256: null,
      dataId: step.dataId,
      metadata: noMetadata,
      contentDigest: null,
    };
  }
  yield {
    type: 'ExecutionSucceeded',
    header: header(900_000_001),
    execution,
    job,
    metrics: {
      wallMicros: 160_000_000 + Math.floor(random() * 1e7),
      userCpuMicros: 150_000_000 + Math.floor(random() * 1e7),
      systemCpuMicros: 5_000_000,
      maxRssBytes: 1_900_000_000 + Math.floor(random() * 1e8),
    },
    caveats: [],
  };
  const [first] = outputs;
  if (first !== undefined && step.keep !== undefined) {
    (step.keep === 'image' ? images : warps).push(first);
  }
}

interface Step {
  readonly task: string;
  readonly dataId: string;
  readonly inputs: readonly Made[];
  readonly outputs: readonly Made[];
  readonly keep?: 'image' | 'warp';
}

function processCcd(number: number): Step {
  const [ccd, visit] = [number % 104, 1000 + Math.floor(number / 104)];
  const outputs = ['calexp', 'src', 'srcMatch', 'srcMatchFull', 'calexpBackground', 'ossThumb', 'flattenedThumb'].map(
    (datasetType) => ({
      datasetType,
      path: `rerun/RC1/${String(visit).padStart(6, '0')}/${datasetType}-${String(ccd).padStart(3, '0')}-${String(number)}.fits`,
    }),
  );
  const raw = {
    datasetType: 'raw',
    path: `raw/${String(visit)}/HSC-${String(visit)}-${String(ccd).padStart(3, '0')}.fits`,
  };
  return {
    task: 'processCcd',
    dataId: `{"ccd":${String(ccd)},"visit":${String(visit)}}`,
    inputs: [raw],
    outputs,
    keep: 'image',
  };
}

function warp(number: number, inputs: readonly Made[]): Step {
  return patchStep(
    'makeCoaddTempExp',
    number,
    inputs,
    ['deepCoadd_directWarp', 'warpList', 'warpMask', 'warpPsf', 'warpMeta', 'warpLog', 'warpConfig'],
    'warp',
  );
}

function coadd(number: number, inputs: readonly Made[]): Step {
  return patchStep('assembleCoadd', number, inputs, [
    'deepCoadd',
    'deepCoadd_calexp',
    'deepCoadd_det',
    'deepCoadd_meas',
    'deepCoadd_ref',
    'deepCoadd_forced_src',
    'deepCoadd_log',
  ]);
}

function patchStep(
  task: string,
  number: number,
  inputs: readonly Made[],
  types: readonly string[],
  keep?: 'warp',
): Step {
  const patch = `${String(number % 9)},${String(Math.floor(number / 9) % 9)}`;
  const outputs = types.map((datasetType) => ({
    datasetType,
    path: `rerun/RC1/deepCoadd/HSC-I/9813/${patch}/${datasetType}-${String(number)}.fits`,
  }));
  const dataId = `{"filter":"HSC-I","patch":"${patch}","tract":9813,"visit":${String(number)}}`;
  return { task, dataId, inputs, outputs, ...(keep === undefined ? {} : { keep }) };
}

/** Some of the newest `window` files. */
function pick(from: readonly Made[], count: number, window: number, random: () => number): Made[] {
  const lowest = Math.max(0, from.length - window);
  const picked = new Set<Made>();
  for (let draw = 0; draw < count; draw += 1) {
    const made = from[lowest + Math.floor(random() * (from.length - lowest))];
    if (made !== undefined) {
      picked.add(made);
    }
  }
  return [...picked];
}

/** UUIDs that sort by their number, as version 7 ones sort by time. */
function fixedUuid(kind: number, number: number): string {
  const hex = number.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${String(kind).padStart(12, '0')}`;
}

/** A small seeded generator of numbers from 0 to 1 (T. Ettinger's mulberry32, public domain). */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
