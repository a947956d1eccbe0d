/** A view is a function of the set of events: no order, repetition, batch size or crash shows in its digest. */
import path from 'node:path';
import fc from 'fast-check';
import { project } from '../../consumers/projector/projector';
import { ViewGroup } from '../../consumers/projector/viewGroup';
import { StateStore } from '../../consumers/sqliteStore/stateStore';
import type { RecordedBatch } from '../../ledger/port';
import { allProjections } from '../../projections';
import type { LedgerEvent } from '../../schemas';
import { arbitraryCampaign } from '../support/arbitraryCampaign';
import { arbitraryContradictions } from '../support/arbitraryContradictions';
import { batchesOf, deliveringLedger } from '../support/deliveries';
import { interleavedRuns, withRepetitions, type EventStream } from '../support/eventStreams';
import { digestsInMemory } from '../support/memoryViews';
import { temporaryFolder } from '../support/temporaryFolder';

const seed = fc.integer();

describe('the views, in memory', () => {
  it.each([
    ['a campaign', arbitraryCampaign, 400],
    ['events that contradict one another', arbitraryContradictions, 1000],
  ] as const)('come out the same whatever the interleaving of %s', (_, arbitrary, numRuns) => {
    fc.assert(
      fc.property(arbitrary, seed, seed, (streams, one, other) => {
        expect(digestsInMemory(inOrder(streams, other))).toEqual(digestsInMemory(inOrder(streams, one)));
      }),
      { numRuns },
    );
  });
});

describe('the views, kept by the projector on SQLite', () => {
  const { folder, remove } = temporaryFolder();
  let stores = 0;
  afterAll(remove);

  it('come out as in memory, whatever the batches, repetitions and crashes', async () => {
    const anyStreams = fc.oneof(arbitraryCampaign, arbitraryContradictions);
    const crashes = fc.array(fc.record({ afterBatches: fc.nat({ max: 30 }), committed: fc.boolean() }), {
      maxLength: 3,
    });
    const sizes = fc.record({ run: fc.integer({ min: 1, max: 20 }), commit: fc.constantFrom(1, 2, 7, 1000) });
    await fc.assert(
      fc.asyncProperty(anyStreams, seed, seed, sizes, crashes, async (streams, one, other, { run, commit }, lives) => {
        const file = path.join(folder, `${String((stores += 1))}.db`);
        const batches = batchesOf(withRepetitions(interleavedRuns(streams, one, run), other));
        for (const { afterBatches, committed } of lives) {
          foldAndCrash(file, batches, afterBatches, committed, commit);
        }
        expect(await projected(file, batches, commit)).toEqual(digestsInMemory(inOrder(streams, other)));
      }),
      { numRuns: 80 },
    );
  });
});

function inOrder(streams: readonly EventStream[], order: number): LedgerEvent[] {
  return interleavedRuns(streams, order, 1).flat();
}

/** A projector's life up to a crash: what it folded since its last commit is lost. */
function foldAndCrash(
  file: string,
  batches: readonly RecordedBatch[],
  afterBatches: number,
  committed: boolean,
  batchEvents: number,
): void {
  const store = StateStore.openForWriting(file);
  const group = new ViewGroup(
    store,
    allProjections.map((projection) => store.view(projection, 'live')),
    'stop',
  );
  for (const batch of batches.slice(Number(group.position ?? 0)).slice(0, afterBatches)) {
    group.fold(batch);
    if (group.uncommittedEvents >= batchEvents) {
      group.commit();
    }
  }
  if (committed) {
    group.commit();
  }
  store.close();
}

async function projected(
  file: string,
  batches: readonly RecordedBatch[],
  batchEvents: number,
): Promise<Record<string, string>> {
  const store = StateStore.openForWriting(file);
  try {
    await project({ ledger: deliveringLedger(batches), store, projections: allProjections, batchEvents });
    return Object.fromEntries(allProjections.map((projection) => [projection.name, store.digest(projection)]));
  } finally {
    store.close();
  }
}
