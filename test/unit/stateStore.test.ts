/** The views' database: who may open it, and what readers see. */
import fs, { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BetterSqlite3 } from '../../ledger/sqlite/betterSqlite3';
import { project } from '../../consumers/projector/projector';
import { ViewGroup } from '../../consumers/projector/viewGroup';
import { StateStoreBusyError, StateStoreError } from '../../consumers/sqliteStore/errors';
import type { StateStore } from '../../consumers/sqliteStore/stateStore';
import { SqliteLedger } from '../../ledger/sqlite/sqliteLedger';
import { allProjections, type Projection } from '../../projections';
import { jobsProjection } from '../../projections/jobs/jobs';
import { batchesOf, deliveringLedger } from '../support/deliveries';
import { digestsInMemory } from '../support/memoryViews';
import { execution, newStory } from '../support/story';
import { digestsOf, ViewFiles } from '../support/viewFiles';

const views = new ViewFiles();
const tell = newStory();
const planned = tell('JobPlanned', { by: 'planner' });
const succeeded = [
  tell('ExecutionStarted', { at: 1 }),
  tell('FileProduced', { at: 2 }),
  tell('ExecutionSucceeded', { at: 3 }),
];
const everything = [planned, ...succeeded];
const ledger = deliveringLedger(batchesOf([[planned], succeeded]));

function statesIn(store: StateStore): unknown[] {
  return store.query('SELECT job, state FROM jobs');
}

describe('a state store', () => {
  it('has one writer: a second one is refused until the first has closed it', () => {
    const first = views.openForWriting();
    expect(() => views.openForWriting()).toThrow(StateStoreBusyError);
    expect(() => views.openForWriting()).toThrow(/kept up to date by another process/);
    views.close(first);
    expect(views.openForWriting().progress('jobs')).toBeUndefined();
  });

  it('makes its folder', () => {
    views.file = path.join(views.folder, 'deep', 'in', 'a', 'folder', 'views.db');
    expect(views.openForWriting().file).toBe(views.file);
  });

  it('is refused on a network file system, with what to do instead', () => {
    const statfs = jest
      .spyOn(fs, 'statfsSync')
      .mockReturnValue(Object.assign(fs.statfsSync(views.folder), { type: 0x6969 }));
    try {
      expect(() => views.openForWriting()).toThrow(StateStoreError);
      expect(() => views.openForWriting()).toThrow(/NFS.*the views would be damaged; put it on a local disk/);
    } finally {
      statfs.mockRestore();
    }
  });

  it('is not made of a file that is something else, and that file stays as it is', async () => {
    mkdirSync(path.dirname(views.file));
    const other = SqliteLedger.open(views.file);
    await other.close();
    expect(() => views.openForWriting()).toThrow(/is no file of views; name another with --views/);
    expect(() => views.openForReading()).toThrow(/is no file of views/);
    const again = SqliteLedger.open(views.file);
    await again.close();
    views.file = path.join(views.folder, 'text.db');
    writeFileSync(views.file, 'no database at all, but long enough to be taken for one'.repeat(20));
    expect(() => views.openForWriting()).toThrow(StateStoreError);
    expect(() => views.openForReading()).toThrow(/cannot be opened/);
  });

  it('of another format is refused, with what to do instead', () => {
    views.close(views.openForWriting());
    const database = new BetterSqlite3(views.file);
    database.pragma('user_version = 99');
    database.close();
    expect(() => views.openForWriting()).toThrow(/has format 99.*delete it and make the views again/);
    expect(() => views.openForReading()).toThrow(/has format 99/);
  });

  it('that is not there, or not yet made, is told to a reader with how to make it', () => {
    expect(() => views.openForReading()).toThrow(/there are no views at .*make them with `tractledger project`/);
    mkdirSync(path.dirname(views.file));
    writeFileSync(views.file, '');
    expect(() => views.openForReading()).toThrow(/there are no views at/);
  });

  it('can be opened for writing again after a refusal', () => {
    mkdirSync(path.dirname(views.file));
    writeFileSync(views.file, 'no database at all, but long enough to be taken for one'.repeat(20));
    expect(() => views.openForWriting()).toThrow(StateStoreError);
    writeFileSync(views.file, '');
    expect(views.openForWriting().progress('jobs')).toBeUndefined();
  });
});

describe('a reader of the views', () => {
  it('sees what is committed while the projector works, and nothing else', () => {
    const store = views.openForWriting();
    const group = new ViewGroup(
      store,
      allProjections.map((projection) => store.view(projection, 'live')),
      'stop',
    );
    const [first, second] = batchesOf([[planned], succeeded]);
    const reader = views.openForReading();
    group.fold(first ?? never());
    expect(statesIn(reader)).toEqual([]);
    group.commit();
    expect(statesIn(reader)).toEqual([{ job: planned.job, state: 'planned' }]);
    group.fold(second ?? never());
    expect(statesIn(reader)).toEqual([{ job: planned.job, state: 'planned' }]);
    expect(reader.progress('jobs')).toMatchObject({ checkpoint: '1', events: 1 });
    group.commit();
    expect(statesIn(reader)).toEqual([{ job: planned.job, state: 'succeeded' }]);
    expect(reader.progress('jobs')).toMatchObject({ checkpoint: '2', events: 4 });
  });

  it('gets the answers to several questions, and a digest, as of one commit', async () => {
    const store = views.openForWriting();
    await project({ ledger: deliveringLedger(batchesOf([[planned]])), store, projections: allProjections });
    const reader = views.openForReading();
    const before = digestsOf(reader);
    reader.snapshot(() => {
      const group = new ViewGroup(
        store,
        allProjections.map((projection) => store.view(projection, 'live')),
        'stop',
      );
      expect(statesIn(reader)).toMatchObject([{ state: 'planned' }]);
      batchesOf([succeeded], 1).forEach((batch) => {
        group.fold(batch);
      });
      group.commit();
      expect(statesIn(reader)).toMatchObject([{ state: 'planned' }]);
      expect(digestsOf(reader)).toEqual(before);
    });
    expect(digestsOf(reader)).toEqual(digestsInMemory(everything));
  });

  it('may be any SQLite tool: tables and columns have plain names and units', async () => {
    const store = views.openForWriting();
    await project({ ledger, store, projections: allProjections });
    const plain = new BetterSqlite3(views.file, { readonly: true });
    expect(plain.prepare('SELECT dataset_type, actual, bytes FROM file_counts').all()).toEqual([
      { dataset_type: 'calexp', actual: 1, bytes: 100 },
    ]);
    expect(plain.prepare('SELECT state, count(*) AS jobs FROM jobs GROUP BY state').all()).toEqual([
      { state: 'succeeded', jobs: 1 },
    ]);
    expect(plain.prepare('SELECT user_cpu_us, max_rss_bytes FROM executable_metrics').all()).toHaveLength(1);
    plain.close();
  });
});

describe('a fold that fails halfway', () => {
  it('leaves what was committed before, and is not committed itself', async () => {
    const store = views.openForWriting();
    const failing: Projection = {
      ...jobsProjection,
      folds: {
        ...jobsProjection.folds,
        ExecutionSucceeded: (event, tables) => {
          jobsProjection.folds.ExecutionSucceeded?.(event, tables);
          throw new Error('a fold with a fault');
        },
      },
    };
    await expect(project({ ledger, store, projections: [failing], batchEvents: 1 })).rejects.toThrow(/a fault/);
    expect(statesIn(store)).toEqual([{ job: planned.job, state: 'planned' }]);
    await project({ ledger, store, projections: [jobsProjection] });
    expect(store.query('SELECT state, execution FROM jobs')).toEqual([{ state: 'succeeded', execution: execution(1) }]);
  });
});

it('a copy of the views taken while nobody writes is a whole one', async () => {
  const store = views.openForWriting();
  await project({ ledger, store, projections: allProjections });
  views.close(store);
  const copy = `${views.file}.copy`;
  copyFileSync(views.file, copy);
  views.file = copy;
  expect(digestsOf(views.openForReading())).toEqual(digestsInMemory(everything));
});

function never(): never {
  throw new Error('there is such a batch');
}
