/** How a view made anew takes the place of an old one, and how views go on at different places of the ledger. */
import { project, rebuild } from '../../consumers/projector/projector';
import { ViewGroup } from '../../consumers/projector/viewGroup';
import type { StateStore } from '../../consumers/sqliteStore/stateStore';
import type { Ledger } from '../../ledger/port';
import { allProjections, type Fold, type Projection, type TableSchema } from '../../projections';
import { jobsProjection } from '../../projections/jobs/jobs';
import { eventTypes } from '../../schemas';
import { batchesOf, deliveringLedger } from '../support/deliveries';
import { digestsInMemory } from '../support/memoryViews';
import { newStory } from '../support/story';
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

/** Counts its events in a table that only it has, and marks them in one that every version has. */
function counting(version: number, extraTable: string | null): Projection {
  type CountRow = Readonly<{ name: string; count: number; kind: string }>;
  const table = (name: string): TableSchema<CountRow> => ({
    name,
    key: ['name'],
    columns: { name: 'text', count: 'integer', kind: 'text' },
    indexes: { by_kind: ['kind'] },
  });
  const count: Fold = (event, state) => {
    for (const schema of tables) {
      const known = state.of(schema).get(event.type);
      state.of(schema).put({ name: event.type, count: (known?.count ?? 0) + version, kind: 'x' });
    }
  };
  const tables = ['counted', ...(extraTable === null ? [] : [extraTable])].map(table);
  return {
    name: 'counting',
    version,
    tables,
    folds: Object.fromEntries(eventTypes().map((type) => [type, count])),
  };
}

describe('a view of another version of its projection', () => {
  it('is made anew beside the old one, which stays readable meanwhile, and then takes its place', async () => {
    const store = views.openForWriting();
    await project({ ledger, store, projections: [counting(1, 'extra_of_one')] });
    const reader = views.openForReading();
    const counts = (): unknown[] => reader.query('SELECT name, count FROM counted ORDER BY name');
    const old = counts();
    expect(old).toContainEqual({ name: 'JobPlanned', count: 1 });
    const seenMeanwhile: unknown[] = [];
    const watched = watching(ledger, () => seenMeanwhile.push(counts()));
    await project({ ledger: watched, store, projections: [counting(2, 'extra_of_two')] });
    expect(seenMeanwhile.length).toBeGreaterThan(1);
    expect(seenMeanwhile[0]).toEqual(old);
    expect(seenMeanwhile[1]).toEqual(old);
    expect(counts()).toContainEqual({ name: 'JobPlanned', count: 2 });
    expect(reader.progress('counting')).toMatchObject({ version: 2, events: 4 });
    expect(reader.progress('counting', 'next')).toBeUndefined();
    expect(tablesIn(reader)).toEqual(['counted', 'extra_of_two']);
  });

  it('is not folded into by mistake', async () => {
    const store = views.openForWriting();
    await project({ ledger, store, projections: [counting(1, null)] });
    expect(() => store.view(counting(2, null), 'live')).toThrow(
      /has version 1, this is version 2.*`tractledger rebuild`/,
    );
  });

  it('that was half made when the projector was killed is begun anew', async () => {
    const store = views.openForWriting();
    await project({ ledger, store, projections: [counting(1, null)] });
    const half = new ViewGroup(store, [store.view(counting(2, 'extra'), 'next')], 'stop');
    batchesOf([[planned]]).forEach((batch) => {
      half.fold(batch);
    });
    half.commit();
    await project({ ledger, store, projections: [counting(3, null)] });
    expect(store.query('SELECT name, count FROM counted')).toContainEqual({ name: 'JobPlanned', count: 3 });
    expect(tablesIn(store)).toEqual(['counted']);
  });

  it('may take over a table of another view', async () => {
    const store = views.openForWriting();
    const movedTo = { ...counting(2, 'mine'), name: 'other' };
    const empty: Projection = { name: 'other', version: 1, tables: [], folds: {} };
    await project({ ledger, store, projections: [empty, counting(1, 'mine')] });
    const slim: Projection = { name: 'counting', version: 2, tables: [], folds: {} };
    await project({ ledger, store, projections: [movedTo, slim] });
    expect(store.query('SELECT name, count FROM mine')).toContainEqual({ name: 'JobPlanned', count: 2 });
  });
});

describe('a rebuild', () => {
  it('gives the same views, as often as it is repeated, with their indexes', async () => {
    const store = views.openForWriting();
    await project({ ledger, store, projections: allProjections });
    const digests = digestsOf(store);
    expect(digests).toEqual(digestsInMemory(everything));
    const indexes = indexedColumns(store);
    expect(indexes.some((index) => index.startsWith('file_versions('))).toBe(true);
    for (let time = 0; time < 3; time += 1) {
      expect(await rebuild({ ledger, store, projections: allProjections })).toBe(everything.length);
      expect(digestsOf(store)).toEqual(digests);
      expect(indexedColumns(store)).toEqual(indexes);
    }
  });

  it('is gone on from by the projector, as is every view that was not rebuilt', async () => {
    const store = views.openForWriting();
    await project({ ledger: deliveringLedger(batchesOf([[planned]])), store, projections: allProjections });
    await rebuild({ ledger, store, projections: [jobsProjection] });
    expect(store.progress('jobs')).toMatchObject({ checkpoint: '2', events: 4 });
    expect(store.progress('failures')).toMatchObject({ checkpoint: '1', events: 1 });
    await project({ ledger, store, projections: allProjections });
    expect(digestsOf(store)).toEqual(digestsInMemory(everything));
  });

  it('leaves the live views as they are where it fails', async () => {
    const store = views.openForWriting();
    await project({ ledger, store, projections: allProjections });
    const digests = digestsOf(store);
    const gap = deliveringLedger(batchesOf([[planned], succeeded.slice(1)]));
    await expect(rebuild({ ledger: gap, store, projections: allProjections })).rejects.toThrow(/events are missing/);
    expect(digestsOf(store)).toEqual(digests);
  });
});

describe('a view that is ahead of others', () => {
  it('keeps its checkpoint while they catch up', async () => {
    const store = views.openForWriting();
    const more = batchesOf([[planned], succeeded, [newStory()('OperatorNoted', { by: 'operator' })]]);
    await project({ ledger: deliveringLedger(more), store, projections: [jobsProjection] });
    const states = allProjections.map((projection) => store.view(projection, 'live'));
    const group = new ViewGroup(store, states, 'stop');
    expect(group.position).toBeNull();
    group.fold(more[0] ?? never());
    group.commit();
    expect(store.progress('jobs')).toMatchObject({ checkpoint: '3', events: 5 });
    expect(store.progress('failures')).toMatchObject({ checkpoint: '1', events: 1 });
    expect(group.position).toBe('1');
  });

  it('takes in no event twice, though the others still lack it', async () => {
    const store = views.openForWriting();
    await project({ ledger, store, projections: [counting(1, null)] });
    await project({ ledger, store, projections: [counting(1, null), jobsProjection] });
    expect(store.query('SELECT sum(count) AS events FROM counted')).toEqual([{ events: everything.length }]);
    expect(store.progress('counting')).toMatchObject({ checkpoint: '2', events: everything.length });
    expect(store.progress('jobs')).toMatchObject({ checkpoint: '2', events: everything.length });
  });
});

function never(): never {
  throw new Error('there is such a batch');
}

/** The ledger, with something done before each batch. */
function watching(inner: Ledger, watch: () => void): Ledger {
  return {
    ...inner,
    async *read(from) {
      for await (const batch of inner.read(from)) {
        watch();
        yield batch;
      }
    },
  };
}

function tablesIn(store: StateStore): unknown[] {
  return store
    .query<{ name: string }>(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('projections', 'marks', 'quarantine') ORDER BY name`,
    )
    .map(({ name }) => name);
}

function indexedColumns(store: StateStore): string[] {
  return store
    .query<{ tbl_name: string; columns: string }>(
      `SELECT tbl_name, (SELECT group_concat(name) FROM pragma_index_info(made.name)) AS columns
       FROM sqlite_schema AS made WHERE type = 'index' AND sql IS NOT NULL`,
    )
    .map(({ tbl_name, columns }) => `${tbl_name}(${columns})`)
    .sort();
}
