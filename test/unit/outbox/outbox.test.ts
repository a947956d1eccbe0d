import { chmodSync, mkdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { openLedger } from '../../../ledger/openLedger';
import { LedgerRefusedError } from '../../../ledger/errors';
import type { Ledger } from '../../../ledger/port';
import { drainOutbox } from '../../../producers/outbox/drainOutbox';
import { KeptLedger, withKeptLedger } from '../../../producers/outbox/keptLedger';
import type { EventDraft } from '../../../producers/outbox/draft';
import { tryLock } from '../../../producers/sidecar/fileLock';
import type { LiveExecution } from '../../../producers/outbox/liveExecution';
import { recordLostExecutions, type ProcessObserver } from '../../../producers/outbox/lostExecutions';
import { Outbox } from '../../../producers/outbox/outbox';
import { outboxFile } from '../../../producers/outbox/outboxLocation';
import { decodeEvent, type LedgerEvent } from '../../../schemas';
import { temporaryFolder } from '../../support/temporaryFolder';

let folder: string;
let remove: () => void;
let file: string;
let url: string;
const open: Outbox[] = [];

beforeEach(() => {
  ({ folder, remove } = temporaryFolder());
  file = path.join(folder, 'node', 'outbox.db');
  url = `sqlite:${path.join(folder, 'ledger.db')}`;
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((outbox) => outbox.close()));
  remove();
});

async function openOutbox(): Promise<Outbox> {
  const outbox = await Outbox.open(file);
  open.push(outbox);
  return outbox;
}

const header = { campaign: 'C', unit: 'U', attempt: 1, occurredAt: 1 };
const note = (text: string): EventDraft => ({
  ...{ type: 'OperatorNoted', header, text, job: null, path: null, ticket: null, notedBy: null },
});
const never = new AbortController().signal;
const target = (): Promise<Ledger> => openLedger(url);
const drain = (outbox: Outbox, warnings: string[] = []): Promise<boolean> =>
  withKeptLedger(target, (kept) =>
    drainOutbox(outbox, kept, { signal: never, onWarning: (message) => warnings.push(message) }),
  );

async function eventsIn(batches: AsyncIterable<{ events: readonly Uint8Array[] }>): Promise<LedgerEvent[]> {
  const events: LedgerEvent[] = [];
  for await (const batch of batches) {
    events.push(...batch.events.map((bytes) => decodeEvent(bytes)));
  }
  return events;
}

async function inLedger(): Promise<LedgerEvent[]> {
  const ledger = await target();
  const events = await eventsIn(ledger.read(ledger.start));
  await ledger.close();
  return events;
}

const texts = (events: readonly LedgerEvent[]): unknown[] =>
  events.map((event) => (event.type === 'OperatorNoted' ? event.text : event.type));

describe('an outbox', () => {
  it('is one producer for all that open it, and counts on after it was drained', async () => {
    const [first, second] = [await openOutbox(), await openOutbox()];
    await first.append([note('1'), note('2')]);
    await second.append([note('3')]);
    expect(await drain(first)).toBe(true);
    await second.append([note('4')]);
    expect(texts(await eventsIn(first.pending()))).toEqual(['4']);
    expect(await drain(second)).toBe(true);
    const events = await inLedger();
    expect(texts(events)).toEqual(['1', '2', '3', '4']);
    expect(events.map(({ header: { sequence } }) => sequence)).toEqual([1, 2, 3, 4]);
    expect(new Set(events.map(({ header: { producer } }) => producer)).size).toBe(1);
  });

  it('stores nothing of an append that cannot be encoded', async () => {
    const outbox = await openOutbox();
    await expect(
      outbox.append([note('1'), { ...note('2'), text: 5 as unknown as string } as EventDraft]),
    ).rejects.toThrow('text');
    expect(await eventsIn(outbox.pending())).toEqual([]);
  });

  it('leaves nothing behind when many append and drain at once', async () => {
    const outboxes = await Promise.all(Array.from({ length: 8 }, openOutbox));
    await Promise.all(
      outboxes.map(async (outbox, which) => {
        for (let round = 0; round < 10; round += 1) {
          await outbox.append([note(`${String(which)}/${String(round)}`)]);
          await drain(outbox);
        }
      }),
    );
    const [outbox] = outboxes;
    expect(outbox === undefined ? null : await eventsIn(outbox.pending())).toEqual([]);
    const events = await inLedger();
    expect(new Set(texts(events)).size).toBe(80);
    expect(events.map(({ header: { sequence } }) => sequence)).toEqual([...events.keys()].map((index) => index + 1));
  });

  it('keeps everything while the ledger is away, and gives up when told to', async () => {
    const outbox = await openOutbox();
    await outbox.append([note('1')]);
    const away = (): Promise<Ledger> => Promise.reject(new LedgerRefusedError('away', 'there'));
    await expect(
      drainOutbox(outbox, new KeptLedger(away), { signal: never, onWarning: () => undefined }),
    ).rejects.toThrow('away');
    expect(
      await drainOutbox(outbox, new KeptLedger(target), { signal: AbortSignal.abort(), onWarning: () => undefined }),
    ).toBe(false);
    expect(texts(await eventsIn(outbox.pending()))).toEqual(['1']);
    expect(await drain(outbox)).toBe(true);
  });

  it('waits for another drain, and gives up waiting when told to', async () => {
    const outbox = await openOutbox();
    await outbox.append([note('1')]);
    const lock = tryLock(`${file}.drain`);
    const giveUp = new AbortController();
    const draining = drainOutbox(outbox, new KeptLedger(target), { signal: giveUp.signal, onWarning: () => undefined });
    setTimeout(() => {
      giveUp.abort();
    }, 60);
    expect(await draining).toBe(false);
    lock?.release();
    expect(await drain(outbox)).toBe(true);
  });

  it('does not open the ledger where nothing waits', async () => {
    const outbox = await openOutbox();
    const unwanted = (): Promise<Ledger> => Promise.reject(new Error('opened'));
    expect(await drainOutbox(outbox, new KeptLedger(unwanted), { signal: never, onWarning: () => undefined })).toBe(
      true,
    );
  });

  it('begins a new life when another ledger is in the target’s place, and other open outboxes follow', async () => {
    const [first, second] = [await openOutbox(), await openOutbox()];
    await first.append([note('1')]);
    await drain(first);
    rmSync(path.join(folder, 'ledger.db'));
    await first.append([note('2')]);
    const warnings: string[] = [];
    expect(await drain(first, warnings)).toBe(true);
    expect(warnings).toHaveLength(1);
    await second.append([note('3')]);
    expect(await drain(second, warnings)).toBe(true);
    expect(warnings).toHaveLength(1);
    const events = await inLedger();
    expect(texts(events)).toEqual(['2', '3']);
    expect(new Set(events.map(({ header: { producer } }) => producer)).size).toBe(1);
  });
});

describe('an execution that is alive', () => {
  const live: LiveExecution = {
    ...{
      execution: '01a2045c-4525-701a-95c4-b90574885ff0',
      campaign: 'C',
      unit: 'U',
      attempt: 1,
      job: 'J',
      host: 'here',
    },
    sidecar: { pid: 5, startTicks: 6, bootId: 'b', pidNamespace: 'n' },
  };
  const observer = (alive: boolean | null, processes: number[], host = 'here'): ProcessObserver => ({
    host,
    isSameProcessAlive: () => alive,
    findProcessesWithEnvironment: () => processes,
  });

  it.each([
    ['its sidecar lives', observer(true, [])],
    ['nobody can tell whether its sidecar lives', observer(null, [])],
    ['its job lives on', observer(false, [77])],
    ['it belongs to another host', observer(false, [], 'there')],
  ])('is not called lost while %s', async (_why, observed) => {
    const outbox = await openOutbox();
    await outbox.append([note('start')], { begins: live });
    expect(await recordLostExecutions(outbox, observed)).toEqual([]);
    expect(await outbox.liveExecutions()).toEqual([live]);
  });

  it('is called lost once, whoever else tries, when all of it is gone', async () => {
    const outboxes = await Promise.all(Array.from({ length: 4 }, openOutbox));
    await outboxes[0]?.append([note('start')], { begins: live });
    const told = await Promise.all(outboxes.map((outbox) => recordLostExecutions(outbox, observer(false, []))));
    expect(told.flat()).toEqual([live]);
    const events = outboxes[0] === undefined ? [] : await eventsIn(outboxes[0].pending());
    expect(texts(events)).toEqual(['start', 'ExecutionLost']);
    expect(events[1]).toMatchObject({ execution: live.execution, job: 'J', cause: 'unheardOf', header: { unit: 'U' } });
  });

  it('is no more once its end is stored', async () => {
    const outbox = await openOutbox();
    await outbox.append([note('start')], { begins: live });
    await outbox.append([note('end')], { ends: live.execution });
    expect(await outbox.liveExecutions()).toEqual([]);
    expect(await recordLostExecutions(outbox, observer(false, []))).toEqual([]);
  });
});

describe('the place of an outbox', () => {
  it('is one for each ledger, whatever the password and the way its path is written', () => {
    const places = [
      'sqlite:a.db',
      `sqlite:${process.cwd()}/./a.db`,
      'kafka://u:p@h/t',
      'kafka://h/t',
      'sqlite:b.db',
    ].map((ledger) => outboxFile(ledger, undefined));
    expect(places[0]).toBe(places[1]);
    expect(places[2]).toBe(places[3]);
    expect(new Set(places).size).toBe(3);
    expect(outboxFile('sqlite:a.db', 'x/y.db')).toBe(path.resolve('x/y.db'));
  });

  it('is closed to other users', async () => {
    await openOutbox();
    expect(statSync(path.dirname(file)).mode & 0o077).toBe(0);
  });

  it('is refused where others may write to the folder of this user’s outboxes', async () => {
    const own = outboxFile('sqlite:refused.db', undefined);
    const base = path.dirname(path.dirname(own));
    mkdirSync(base, { recursive: true, mode: 0o700 });
    const { mode } = statSync(base);
    chmodSync(base, 0o777);
    try {
      await expect(Outbox.open(own)).rejects.toThrow('only you can write to');
    } finally {
      chmodSync(base, mode & 0o777);
      rmSync(path.dirname(own), { recursive: true, force: true });
    }
  });
});
