/**
 * How fast the embedded ledger takes and gives events, against the plainest thing that could do the same: writing the
 * same bytes in the same batches to a file with fdatasync after each, and reading such a file.
 *
 * What is measured is the compiled program: as sources its checkpoints have no thread.
 *
 *   npm run build && node -r ./scripts/typescript.cjs bench/ledgerAppend.ts [BATCHES]
 *
 * prints a table, then one line of JSON.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type * as sqliteLedger from '../ledger/sqlite/sqliteLedger';
import { packEvents } from '../ledger/sqlite/batchRow';
import { framingBytes } from '../schemas/singleObject';
import { uuidToBytes } from '../schemas/uuid';

const compiled = createRequire(path.resolve(__dirname, '../dist/bench.js'));
const { SqliteLedger } = compiled('./ledger/sqlite/sqliteLedger') as typeof sqliteLedger;

const eventsPerBatch = 100;
const eventBytes = 200;
/**
 * The ways take turns in blocks of so many batches, so that a disk that has a bad minute has it for all. Of the
 * checkpoints that a ledger makes meanwhile at most the last goes on behind its turn, and then it slows nobody else's.
 */
const batchesPerTurn = 250;
const pauseMillis = 200;

/** What was measured; the ratios are those of issue and README. */
export interface LedgerAppendResult {
  readonly batches: number;
  readonly fileMillisPerBatch: number;
  readonly appendMillisPerBatch: number;
  /** Eight appends at once, sharing commits. */
  readonly concurrentMillisPerBatch: number;
  /** Durable appends a second, as a share of plain writes with fdatasync. */
  readonly appendToFileRatio: number;
  readonly concurrentToFileRatio: number;
  readonly appendedEventsPerSecond: number;
  readonly readEventsPerSecond: number;
  readonly fileReadEventsPerSecond: number;
  /** Where one append's time goes, milliseconds; the rest is SQLite's commit: writing the log, its sync, checkpoints. */
  readonly packMillisPerBatch: number;
  readonly sha256MillisPerBatch: number;
}

/** @param folder where the files go: the disk that is measured */
export async function measureLedgerAppend(folder: string, batches: number): Promise<LedgerAppendResult> {
  const ways = {
    file: plainFile(path.join(folder, 'plain')),
    append: ledgerWriter(path.join(folder, 'append.db'), 1),
    concurrent: ledgerWriter(path.join(folder, 'concurrent.db'), 8),
  };
  const seconds = { file: 0, append: 0, concurrent: 0 };
  for (let done = 0; done < batches; done += batchesPerTurn) {
    for (const name of ['file', 'append', 'concurrent'] as const) {
      seconds[name] += await ways[name].write(done, Math.min(batchesPerTurn, batches - done));
      await sleep(pauseMillis);
    }
  }
  const fileReadSeconds = ways.file.read();
  let readSeconds = Number.POSITIVE_INFINITY;
  for (let reading = 0; reading < 3; reading += 1) {
    // The best of three: the first also pays for compiling the code that reads.
    readSeconds = Math.min(readSeconds, await ways.append.read());
  }
  await Promise.all([ways.append.close(), ways.concurrent.close()]);
  const events = batches * eventsPerBatch;
  return {
    batches,
    fileMillisPerBatch: (1000 * seconds.file) / batches,
    appendMillisPerBatch: (1000 * seconds.append) / batches,
    concurrentMillisPerBatch: (1000 * seconds.concurrent) / batches,
    appendToFileRatio: seconds.file / seconds.append,
    concurrentToFileRatio: seconds.file / seconds.concurrent,
    appendedEventsPerSecond: events / seconds.append,
    readEventsPerSecond: events / readSeconds,
    fileReadEventsPerSecond: events / fileReadSeconds,
    ...cpuPerBatch(),
  };
}

/** The yardstick: bytes to the end of a file, fdatasync after each batch. */
function plainFile(file: string): { write: (from: number, count: number) => Promise<number>; read: () => number } {
  const producer = randomUUID();
  const descriptor = openSync(file, 'w');
  return {
    write: (from, count) => {
      const made = makeBatches(producer, from, count).map((events) => Buffer.from(packEvents(events)));
      return timed(() => {
        for (const bytes of made) {
          writeSync(descriptor, bytes);
          fdatasyncSync(descriptor);
        }
        return Promise.resolve();
      });
    },
    read: () => {
      closeSync(descriptor);
      const begin = process.hrtime.bigint();
      createHash('sha256').update(readFileSync(file)).digest();
      return secondsSince(begin);
    },
  };
}

interface LedgerWriter {
  write(from: number, count: number): Promise<number>;
  read(): Promise<number>;
  close(): Promise<void>;
}

/** @param writers producers that append at the same time */
function ledgerWriter(file: string, writers: number): LedgerWriter {
  const ledger = SqliteLedger.open(file);
  const next = Array.from({ length: writers }, () => ({ producer: randomUUID(), firstSequence: 1 }));
  return {
    write: (_, count) => {
      const work = next.map((writer, index) => {
        const share = Math.floor(count / writers) + (index < count % writers ? 1 : 0);
        return { writer, made: makeBatches(writer.producer, (writer.firstSequence - 1) / eventsPerBatch, share) };
      });
      return timed(async () => {
        await Promise.all(
          work.map(async ({ writer, made }) => {
            for (const events of made) {
              await ledger.append(writer.producer, writer.firstSequence, events);
              writer.firstSequence += events.length;
            }
          }),
        );
      });
    },
    read: () =>
      timed(async () => {
        for await (const { events } of ledger.read(ledger.start)) {
          if (events.length === 0) {
            throw new Error('a batch without events');
          }
        }
      }),
    close: () => ledger.close(),
  };
}

/**
 * Batches of events of the usual size with bytes that do not repeat. The events of a batch are views of one memory, as a
 * reader or a relay has them: a memory an event would leave garbage of the measuring to be collected in the turns of the
 * ledgers, which let the event loop run, and never in that of the plain file, which does not.
 */
function makeBatches(producer: string, firstBatch: number, count: number): Uint8Array[][] {
  const name = uuidToBytes(producer);
  return Array.from({ length: count }, (_, batch) => {
    const bytes = randomBytes(eventsPerBatch * eventBytes);
    return Array.from({ length: eventsPerBatch }, (_unused, index) => {
      const event = bytes.subarray(index * eventBytes, (index + 1) * eventBytes);
      event.set([0xc3, 0x01]);
      event.set(name, framingBytes);
      writeSequence(event, framingBytes + name.length, (firstBatch + batch) * eventsPerBatch + index + 1);
      return event;
    });
  });
}

/** Zigzag varint (Avro specification, "Primitive types"). */
function writeSequence(event: Buffer, offset: number, sequence: number): void {
  let rest = 2 * sequence;
  let at = offset;
  for (; rest >= 0x80; at += 1) {
    event[at] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  event[at] = rest;
}

function cpuPerBatch(): { packMillisPerBatch: number; sha256MillisPerBatch: number } {
  const rounds = 500;
  const [events = []] = makeBatches(randomUUID(), 0, 1);
  const packed = packEvents(events);
  const packBegin = process.hrtime.bigint();
  for (let round = 0; round < rounds; round += 1) {
    packEvents(events);
  }
  const packMillisPerBatch = (1000 * secondsSince(packBegin)) / rounds;
  const hashBegin = process.hrtime.bigint();
  for (let round = 0; round < rounds; round += 1) {
    createHash('sha256').update(packed).digest();
  }
  return { packMillisPerBatch, sha256MillisPerBatch: (1000 * secondsSince(hashBegin)) / rounds };
}

async function timed(work: () => Promise<void>): Promise<number> {
  const begin = process.hrtime.bigint();
  await work();
  return secondsSince(begin);
}

function secondsSince(begin: bigint): number {
  return Number(process.hrtime.bigint() - begin) / 1e9;
}

async function main(batches: number): Promise<void> {
  const folder = mkdtempSync(path.join(process.cwd(), '.bench-'));
  try {
    const result = await measureLedgerAppend(folder, batches);
    const rows = Object.entries<number>({ ...result }).map(
      ([name, value]) => `${name.padEnd(26)} ${value.toFixed(3).padStart(16)}\n`,
    );
    process.stdout.write(`${rows.join('')}${JSON.stringify(result)}\n`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (require.main === module || process.argv[1] === __filename) {
  void main(Number(process.argv[2] ?? 2000));
}
