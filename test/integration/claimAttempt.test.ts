import path from 'node:path';
import { openLedger } from '../../ledger/openLedger';
import { attemptProducer, claimNextAttempt } from '../../producers/attempts/claimAttempt';
import { decodeEvent } from '../../schemas';
import { temporaryFolder } from '../support/temporaryFolder';

const claim = {
  campaign: 'HSC-RC1',
  unit: 'tract=9813',
  why: 'first',
  resumedFromAttempt: null,
  pipelineDigest: null,
  nodesExclusive: null,
  startedBy: 'operator',
};

describe('Claiming an attempt', () => {
  let place: ReturnType<typeof temporaryFolder>;
  beforeEach(() => {
    place = temporaryFolder();
  });
  afterEach(() => {
    place.remove();
  });
  const url = (): string => `sqlite:${path.join(place.folder, 'ledger.db')}`;

  it('counts the attempts of each unit from 1', async () => {
    const ledger = await openLedger(url());
    expect(await claimNextAttempt(ledger, claim)).toBe(1);
    expect(await claimNextAttempt(ledger, { ...claim, why: 'restart', resumedFromAttempt: 1 })).toBe(2);
    expect(await claimNextAttempt(ledger, { ...claim, unit: 'tract=8766' })).toBe(1);
    await ledger.close();
  });

  it('gives two claims of the same millisecond that say the same two numbers', async () => {
    jest.spyOn(Date, 'now').mockReturnValue(1_538_985_600_000);
    const ledgers = await Promise.all([openLedger(url()), openLedger(url())]);
    const claims = await Promise.all(ledgers.map((ledger) => claimNextAttempt(ledger, claim)));
    jest.restoreAllMocks();
    expect(claims.sort()).toEqual([1, 2]);
    await Promise.all(ledgers.map((open) => open.close()));
  });

  it('gives two operators who begin at once two numbers, each stated once', async () => {
    const ledgers = await Promise.all([openLedger(url()), openLedger(url())]);
    const claims = ledgers.flatMap((ledger) => [1, 2, 3].map(() => claimNextAttempt(ledger, claim)));
    expect((await Promise.all(claims)).sort()).toEqual([1, 2, 3, 4, 5, 6]);

    const [ledger] = ledgers;
    const stated: [string, number | null][] = [];
    for await (const batch of ledger.read(ledger.start)) {
      stated.push(
        ...batch.events.map(decodeEvent).map(({ type, header }): [string, number | null] => [type, header.attempt]),
      );
    }
    expect(stated).toEqual([1, 2, 3, 4, 5, 6].map((attempt) => ['AttemptStarted', attempt]));
    expect(await ledger.lastSequences([attemptProducer(claim.campaign, claim.unit)])).toEqual(
      new Map([[attemptProducer(claim.campaign, claim.unit), 6]]),
    );
    await Promise.all(ledgers.map((open) => open.close()));
  });
});
