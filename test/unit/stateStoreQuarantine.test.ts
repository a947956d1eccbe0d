/** Events of types that are not known here: they stop the projector, or are set aside until a rebuild can read them. */
import { project, rebuild } from '../../consumers/projector/projector';
import { UnreadableEventError } from '../../consumers/projector/errors';
import type { Ledger, RecordedBatch } from '../../ledger/port';
import { allProjections, type Projection } from '../../projections';
import { jobsProjection } from '../../projections/jobs/jobs';
import * as schemas from '../../schemas';
import type { LedgerEvent } from '../../schemas';
import { batchesOf, deliveringLedger } from '../support/deliveries';
import { digestsInMemory } from '../support/memoryViews';
import { newStory } from '../support/story';
import { digestsOf, ViewFiles } from '../support/viewFiles';

/** Whether this program is an older one, which does not know the fingerprint of JobSkipped. */
let isOlder = true;

jest.mock('../../schemas', () => {
  const actual = jest.requireActual<typeof schemas>('../../schemas');
  return {
    ...actual,
    decodeEvent: (message: Uint8Array): LedgerEvent => {
      const event = actual.decodeEvent(message);
      if (isOlder && event.type === 'JobSkipped') {
        throw new actual.UnknownSchemaError(actual.readFingerprint(message));
      }
      return event;
    },
  };
});

const views = new ViewFiles();
const tell = newStory();
const first = [tell('JobPlanned', { at: 1 }), tell('JobQueued', { at: 2 })];
const second = [tell('JobSkipped', { at: 3 }), tell('JobHeld', { at: 1 })];
const [known, batch] = batchesOf([first, second]);
const ledger = deliveringLedger([known, batch].filter((one) => one !== undefined));
const everything = [...first, ...second];
const withoutSkip = everything.filter(({ type }) => type !== 'JobSkipped');

beforeEach(() => {
  isOlder = true;
});

describe('an event of a type that is not known here', () => {
  it('stops the projector, which names the event and where it lies, with what came before committed', async () => {
    const store = views.openForWriting();
    const stopped = project({ ledger, store, projections: allProjections });
    await expect(stopped).rejects.toBeInstanceOf(UnreadableEventError);
    await expect(stopped).rejects.toThrow(
      /at sequence 3 \(before position 2\) cannot be read: no schema with fingerprint/,
    );
    await expect(stopped).rejects.toThrow(/update tractledger, or let it be quarantined/);
    expect(digestsOf(store)).toEqual(digestsInMemory(first));
    expect(store.progress('jobs')).toMatchObject({ checkpoint: '1', events: 2 });
    expect(store.quarantined()).toEqual([]);
  });

  it('is set aside, counted and shown where that is asked for', async () => {
    const store = views.openForWriting();
    await project({ ledger, store, projections: allProjections, unknownEvents: 'quarantine' });
    const { producer } = tell('JobSkipped').header;
    const fingerprint = Buffer.from(schemas.encodeEvent(tell('JobSkipped'))).toString('hex', 2, 10);
    expect(store.quarantined()).toEqual([{ producer, sequence: 3, fingerprint, position: '2' }]);
    expect(views.openForReading().quarantined()).toHaveLength(1);
    expect(digestsOf(store)).toEqual(digestsInMemory(withoutSkip));
    expect(store.progress('jobs')).toMatchObject({ events: 4 });
  });

  it('is not read by going on after an update, only by a rebuild', async () => {
    const store = views.openForWriting();
    await project({ ledger, store, projections: allProjections, unknownEvents: 'quarantine' });
    isOlder = false;
    await project({ ledger, store, projections: allProjections });
    expect(store.quarantined()).toHaveLength(1);
    await rebuild({ ledger, store, projections: allProjections });
    expect(store.quarantined()).toEqual([]);
    expect(digestsOf(store)).toEqual(digestsInMemory(everything));
  });

  it('stays set aside while any view lacks it', async () => {
    const store = views.openForWriting();
    await project({ ledger, store, projections: allProjections, unknownEvents: 'quarantine' });
    isOlder = false;
    const newer: Projection = { ...jobsProjection, version: jobsProjection.version + 1 };
    await project({ ledger, store, projections: allProjections.map((one) => (one.name === 'jobs' ? newer : one)) });
    expect(store.query('SELECT state FROM jobs')).toEqual([{ state: 'skipped' }]);
    expect(store.quarantined()).toHaveLength(1);
  });

  it('stays set aside where a rebuild fails, and is set aside again by one that does not know it either', async () => {
    const store = views.openForWriting();
    await project({ ledger, store, projections: allProjections, unknownEvents: 'quarantine' });
    await expect(rebuild({ ledger, store, projections: allProjections })).rejects.toBeInstanceOf(UnreadableEventError);
    expect(store.quarantined()).toHaveLength(1);
    await rebuild({ ledger, store, projections: allProjections, unknownEvents: 'quarantine' });
    expect(store.quarantined()).toHaveLength(1);
    expect(digestsOf(store)).toEqual(digestsInMemory(withoutSkip));
  });
});

describe('an event of a known type whose bytes are damaged', () => {
  it('stops the projector also where unknown types are set aside', async () => {
    const store = views.openForWriting();
    const bytes = batch?.events.map((event) => event.subarray(0, event.length - 1)) ?? [];
    expect(() => schemas.decodeEvent(bytes[1] ?? new Uint8Array())).toThrow();
    const damaged: Ledger = deliveringLedger(
      [known, { ...batch, events: bytes } as RecordedBatch].filter((one) => one !== undefined),
    );
    const stopped = project({ ledger: damaged, store, projections: allProjections, unknownEvents: 'quarantine' });
    await expect(stopped).rejects.toBeInstanceOf(UnreadableEventError);
    expect(digestsOf(store)).toEqual(digestsInMemory(first));
  });
});
