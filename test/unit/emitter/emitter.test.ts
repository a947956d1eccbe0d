import path from 'node:path';
import { LedgerUnreachableError } from '../../../ledger/errors';
import type { Ledger } from '../../../ledger/port';
import { openLedger } from '../../../ledger/openLedger';
import { createEmitter, EmitterFailedError } from '../../../producers/emitter/emitter';
import { Outbox } from '../../../producers/outbox/outbox';
import { decodeEvent, type LedgerEvent } from '../../../schemas';
import { temporaryFolder } from '../../support/temporaryFolder';

let folder: string;
let remove: () => void;
let url: string;

beforeEach(() => {
  ({ folder, remove } = temporaryFolder());
  url = `sqlite:${path.join(folder, 'ledger.db')}`;
});
afterEach(() => {
  remove();
});

const note = (text: string) =>
  ({ type: 'OperatorNoted', text, job: null, path: null, ticket: null, notedBy: null }) as const;

async function eventsOf(ledger: Ledger): Promise<LedgerEvent[]> {
  const events: LedgerEvent[] = [];
  for await (const batch of ledger.read(ledger.start)) {
    events.push(...batch.events.map((bytes) => decodeEvent(bytes)));
  }
  return events;
}

const texts = (events: readonly LedgerEvent[]): unknown[] =>
  events.map((event) => (event.type === 'OperatorNoted' ? event.text : event.type));
const numbers = Array.from({ length: 2500 }, (_, index) => String(index));

/** A ledger whose appends fail as often as told, some of them after they have stored. */
function unreliable(ledger: Ledger, failures: number): Ledger & { calls: number } {
  const wrapped = {
    ...{ start: ledger.start, address: ledger.address, calls: 0 },
    async append(...args: Parameters<Ledger['append']>) {
      wrapped.calls += 1;
      if (wrapped.calls > failures) {
        return ledger.append(...args);
      }
      if (wrapped.calls % 2 === 0) {
        await ledger.append(...args); // stored, but nobody hears of it
      }
      throw new LedgerUnreachableError('away', ledger.address);
    },
    lastSequences: ledger.lastSequences.bind(ledger),
    read: ledger.read.bind(ledger),
    follow: ledger.follow.bind(ledger),
    end: ledger.end.bind(ledger),
    countBetween: ledger.countBetween.bind(ledger),
    close: ledger.close.bind(ledger),
  };
  return wrapped;
}

describe('an emitter', () => {
  it('stores events in order, as one producer, with what the header leaves out', async () => {
    const emitter = await createEmitter({ to: url, campaign: 'C', unit: 'U', attempt: 2, maxBatch: 100 });
    for (const number of numbers) {
      await emitter.emit(note(number));
    }
    await emitter.emit({ ...note('last'), header: { campaign: 'D', occurredAt: 5 } });
    await emitter.close();
    const ledger = await openLedger(url);
    const events = await eventsOf(ledger);
    await ledger.close();
    expect(texts(events)).toEqual([...numbers, 'last']);
    expect(events.map(({ header }) => header.sequence)).toEqual([...events.keys()].map((index) => index + 1));
    expect(events[0]?.header).toMatchObject({ campaign: 'C', unit: 'U', attempt: 2 });
    expect(events.at(-1)?.header).toMatchObject({ campaign: 'D', unit: 'U', occurredAt: 5 });
  });

  it('makes its caller wait when too much waits to be stored', async () => {
    const ledger = await openLedger(url);
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const slow = unreliable(ledger, 0);
    const append = slow.append.bind(slow);
    slow.append = async (...args) => {
      await gate;
      return append(...args);
    };
    const emitter = await createEmitter({ to: slow, campaign: 'C', maxWaiting: 3 });
    await emitter.emit(note('1'));
    await emitter.emit(note('2'));
    let accepted = false;
    const third = emitter.emit(note('3')).then(() => (accepted = true));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(accepted).toBe(false);
    release();
    await third;
    await emitter.close();
    expect(texts(await eventsOf(ledger))).toEqual(['1', '2', '3']);
    await ledger.close();
  });

  it('sends again after failures, and what was stored unheard is there once', async () => {
    const ledger = await openLedger(url);
    const troubles: string[] = [];
    const emitter = await createEmitter({
      ...{ to: unreliable(ledger, 3), campaign: 'C', maxBatch: 2 },
      onTrouble: (error) => troubles.push(error.message),
    });
    for (const text of ['1', '2', '3', '4', '5']) {
      await emitter.emit(note(text));
    }
    await emitter.flush();
    expect(texts(await eventsOf(ledger))).toEqual(['1', '2', '3', '4', '5']);
    expect(troubles).toEqual(['away', 'away', 'away']);
    await emitter.close();
    await ledger.close();
  });

  it('says how many accepted events are not stored when it gives up, and takes no more', async () => {
    const ledger = await openLedger(url);
    const emitter = await createEmitter({ to: unreliable(ledger, 1e9), campaign: 'C', patienceMillis: 0 });
    await emitter.emit(note('1'));
    await expect(emitter.flush()).rejects.toMatchObject({ name: 'EmitterFailedError', notStored: 1 });
    await expect(emitter.emit(note('2'))).rejects.toThrow(EmitterFailedError);
    await expect(emitter.close()).rejects.toThrow(EmitterFailedError);
    await ledger.close();
  });

  it('refuses what can be no event where it is made, and goes on', async () => {
    const emitter = await createEmitter({ to: url, campaign: 'C' });
    await expect(emitter.emit({ ...note('x'), job: 5 as unknown as string })).rejects.toThrow('job');
    await expect(emitter.emit(note('x'.repeat(300_000)))).rejects.toThrow('an event may take');
    await emitter.emit(note('y'));
    await emitter.close();
    await expect(emitter.emit(note('z'))).rejects.toThrow('closed');
  });

  it('writes through an outbox, and leaves it open', async () => {
    const outbox = await Outbox.open(path.join(folder, 'outbox.db'));
    const emitter = await createEmitter({ to: outbox, campaign: 'C' });
    await emitter.emit(note('1'));
    await emitter.close();
    await outbox.append([{ ...note('2'), header: { campaign: 'C', unit: null, attempt: null, occurredAt: 1 } }]);
    expect(texts(await eventsOf(outbox.ledger))).toEqual(['1', '2']);
    await outbox.close();
  });
});
