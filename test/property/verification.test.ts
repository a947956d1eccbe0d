/** A verification is a function of the set of events, as the views are that it reads. */
import path from 'node:path';
import fc from 'fast-check';
import { project } from '../../consumers/projector/projector';
import { QuestionError } from '../../consumers/queries/errors';
import { listCampaigns } from '../../consumers/queries/attempts';
import { StateStore } from '../../consumers/sqliteStore/stateStore';
import { verifyCampaign } from '../../consumers/verification/verify';
import { allProjections } from '../../projections';
import { arbitraryCampaign } from '../support/arbitraryCampaign';
import { arbitraryContradictions } from '../support/arbitraryContradictions';
import { cleanStory, verified } from '../support/coaddStory';
import { batchesOf, deliveringLedger } from '../support/deliveries';
import { interleavedRuns, withRepetitions, type EventStream } from '../support/eventStreams';
import { temporaryFolder } from '../support/temporaryFolder';

const { folder, remove } = temporaryFolder();
let stores = 0;
afterAll(remove);

it.each([
  ['a campaign', arbitraryCampaign, 15],
  ['events that contradict one another', arbitraryContradictions, 15],
] as const)('comes out the same whatever the interleaving of %s', async (_, arbitrary, numRuns) => {
  await fc.assert(
    fc.asyncProperty(arbitrary, fc.integer(), fc.integer(), async (streams, one, other) => {
      expect(await reports(streams, other)).toEqual(await reports(streams, one));
    }),
    { numRuns },
  );
});

it('comes out the same for every order of a story', async () => {
  const expected = await verified(cleanStory());
  for (let seed = 2; seed < 8; seed += 1) {
    expect(await verified(cleanStory(), {}, seed)).toEqual(expected);
  }
});

/** The reports of every campaign that the streams tell of, delivered in an order of their own. */
async function reports(streams: readonly EventStream[], order: number): Promise<unknown[]> {
  const store = StateStore.openForWriting(path.join(folder, `${String((stores += 1))}.db`));
  try {
    const ledger = deliveringLedger(batchesOf(withRepetitions(interleavedRuns(streams, order), order)));
    await project({ ledger, store, projections: allProjections });
    return listCampaigns(store).map((campaign) => {
      try {
        return verifyCampaign(store, { campaign, strict: false, listedEach: 3 });
      } catch (error) {
        if (error instanceof QuestionError) {
          return error.message;
        }
        throw error;
      }
    });
  } finally {
    store.close();
  }
}
