/** The projector on a real ledger: following it, and what stops it. */
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { LedgerGapError } from '../../consumers/projector/errors';
import { followLedger, project } from '../../consumers/projector/projector';
import { LedgerDamagedError } from '../../ledger/errors';
import type { Ledger } from '../../ledger/port';
import { SqliteLedger } from '../../ledger/sqlite/sqliteLedger';
import { allProjections } from '../../projections';
import { encodeEvent, type LedgerEvent } from '../../schemas';
import { runScript } from '../support/childScript';
import { batchesOf, deliveringLedger } from '../support/deliveries';
import { digestsInMemory } from '../support/memoryViews';
import { newStory, type Tell } from '../support/story';
import { digestsOf, ViewFiles } from '../support/viewFiles';

const views = new ViewFiles();
let tell: Tell = newStory();
let ledger: SqliteLedger;

beforeEach(() => {
  tell = newStory();
  ledger = SqliteLedger.open(ledgerFile());
});
afterEach(async () => {
  await ledger.close();
});

function ledgerFile(): string {
  return path.join(path.dirname(views.file), 'ledger.db');
}

async function append(...events: LedgerEvent[]): Promise<void> {
  const [first] = events;
  if (first !== undefined) {
    await ledger.append(first.header.producer, first.header.sequence, events.map(encodeEvent));
  }
}

function jobNumber(number: number): LedgerEvent {
  return tell('JobPlanned', { by: 'planner', job: `job ${String(number)}` });
}

describe('a follower', () => {
  it('shows what was there, then what comes, and ends when it is told to', async () => {
    const before = jobNumber(1);
    await append(before);
    const store = views.openForWriting();
    const stop = new AbortController();
    const commits = new Commits();
    const following = followLedger({ ledger, store, projections: allProjections, onCommit: commits.note }, stop.signal);
    await commits.until(1);
    expect(digestsOf(views.openForReading())).toEqual(digestsInMemory([before]));
    const after = [jobNumber(2), jobNumber(3)];
    await append(...after);
    await commits.until(3);
    stop.abort();
    await following;
    expect(digestsOf(store)).toEqual(digestsInMemory([before, ...after]));
  });

  it('commits also while more keeps coming without a pause', async () => {
    const store = views.openForWriting();
    const stop = new AbortController();
    const commits = new Commits();
    const batches = batchesOf(Array.from({ length: 2000 }, (_, index) => [jobNumber(index)]));
    let delivered = 0;
    const steady: Ledger = {
      ...deliveringLedger([]),
      async *follow() {
        for (const batch of batches) {
          await pause(1);
          if (commits.last > 0) {
            return; // it has not waited for the end
          }
          delivered += 1;
          yield batch;
        }
      },
    };
    await followLedger({ ledger: steady, store, projections: allProjections, onCommit: commits.note }, stop.signal);
    expect(delivered).toBeGreaterThan(0);
    expect(delivered).toBeLessThan(batches.length);
    expect(store.progress('jobs')).toMatchObject({ events: delivered });
  });

  it('commits what it has gathered when it is told to end', async () => {
    await append(jobNumber(1));
    const store = views.openForWriting();
    const stop = new AbortController();
    const following = followLedger({ ledger, store, projections: allProjections }, stop.signal);
    stop.abort();
    await following;
    await project({ ledger, store, projections: allProjections });
    expect(store.progress('jobs')).toMatchObject({ events: 1 });
  });

  it('that is stopped by an error lets go of the ledger, with what came before committed', async () => {
    const [first, , third] = batchesOf([[jobNumber(1)], [jobNumber(2)], [jobNumber(3)]]);
    const signals: AbortSignal[] = [];
    const lacking: Ledger = {
      ...deliveringLedger([]),
      async *follow(_, { signal }) {
        signals.push(signal);
        yield* [first, third].filter((batch) => batch !== undefined);
        await pause(60_000, undefined, { signal });
      },
    };
    const store = views.openForWriting();
    const following = followLedger(
      { ledger: lacking, store, projections: allProjections },
      new AbortController().signal,
    );
    await expect(following).rejects.toBeInstanceOf(LedgerGapError);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(store.progress('jobs')).toMatchObject({ checkpoint: '1', events: 1 });
  });
});

describe('what stops the projector', () => {
  it('is a gap in the ledger, told with producer, sequences and position', async () => {
    const [first, , third] = batchesOf([[jobNumber(1)], [jobNumber(2)], [jobNumber(3), jobNumber(4)]]);
    const lacking = deliveringLedger([first, third].filter((batch) => batch !== undefined));
    const store = views.openForWriting();
    const stopped = project({ ledger: lacking, store, projections: allProjections });
    const producer = first?.producer;
    await expect(stopped).rejects.toMatchObject({
      name: 'LedgerGapError',
      producer,
      expected: 2,
      found: 3,
      position: '3',
    });
    await expect(stopped).rejects.toThrow(/restore the ledger, or relay it from a whole copy/);
    expect(store.progress('jobs')).toMatchObject({ checkpoint: '1', events: 1 });
  });

  it('is damage in the ledger, told with its position; what lies before it is in the views', async () => {
    const [sound, damaged, behind] = [jobNumber(1), jobNumber(2), jobNumber(3)];
    for (const event of [sound, damaged, behind]) {
      await append(event);
    }
    await ledger.close();
    flipByteOf(encodeEvent(damaged));
    ledger = SqliteLedger.open(ledgerFile());
    const store = views.openForWriting();
    const stopped: unknown = await project({ ledger, store, projections: allProjections }).catch(
      (error: unknown) => error,
    );
    expect(stopped).toBeInstanceOf(LedgerDamagedError);
    const { damage } = stopped as LedgerDamagedError;
    expect(damage).toMatchObject({ producer: damaged.header.producer, firstSequence: 2, lastSequence: 2 });
    expect(damage.position).toContain('2');
    expect(digestsOf(store)).toEqual(digestsInMemory([sound]));
    await expect(project({ ledger, store, projections: allProjections })).rejects.toBeInstanceOf(LedgerDamagedError);
    expect(digestsOf(store)).toEqual(digestsInMemory([sound]));
  });

  it('is another ledger than the one that the views were made from', async () => {
    await append(jobNumber(1));
    const store = views.openForWriting();
    await project({ ledger, store, projections: allProjections });
    const other = SqliteLedger.open(`${ledgerFile()}.other`);
    await other.append(randomUUID(), 1, []);
    await expect(project({ ledger: other, store, projections: allProjections })).rejects.toThrow(/position/);
    await other.close();
  });
});

describe('two processes', () => {
  it('cannot keep the same views: the second is refused while the first lives, and not when it was killed', async () => {
    await append(jobNumber(1));
    const script = path.resolve(__dirname, '../support/projectorScripts/keepViews.ts');
    const first = runScript(script, [`sqlite:${ledgerFile()}`, views.file, '1', 'follow']);
    await first.line(0);
    expect(() => views.openForWriting()).toThrow(/kept up to date by another process/);
    const second = runScript(script, [`sqlite:${ledgerFile()}`, views.file, '1', 'follow']);
    const { code, stderr } = await second.ended;
    expect(code).not.toBe(0);
    expect(stderr).toContain('StateStoreBusyError');
    first.process.kill('SIGKILL');
    await first.ended;
    expect(views.openForWriting().progress('jobs')).toMatchObject({ events: 1 });
  });
});

/** Waits until the views have taken in so many events. */
class Commits {
  last = 0;
  private waiting: { readonly events: number; readonly resolve: () => void }[] = [];

  readonly note = (events: number): void => {
    this.last = events;
    this.waiting
      .filter((one) => one.events <= events)
      .forEach(({ resolve }) => {
        resolve();
      });
  };

  async until(events: number): Promise<void> {
    if (this.last < events) {
      await new Promise<void>((resolve) => {
        this.waiting.push({ events, resolve });
      });
    }
  }
}

/** Changes the last byte of an event where it lies in the ledger's file. */
function flipByteOf(event: Uint8Array): void {
  const bytes = readFileSync(ledgerFile());
  const at = bytes.indexOf(event) + event.length - 1;
  const descriptor = openSync(ledgerFile(), 'r+');
  writeSync(descriptor, Buffer.from([(bytes[at] ?? 0) ^ 0xff]), 0, 1, at);
  closeSync(descriptor);
}
