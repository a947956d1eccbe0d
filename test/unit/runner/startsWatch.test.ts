import path from 'node:path';
import { LedgerUnreachableError } from '../../../ledger/errors';
import type { Ledger } from '../../../ledger/port';
import { SqliteLedger } from '../../../ledger/sqlite/sqliteLedger';
import { StartsWatch } from '../../../producers/runner/startsWatch';
import { encodeEvent } from '../../../schemas';
import { flakyLedger } from '../../support/flakyLedger';
import { temporaryFolder } from '../../support/temporaryFolder';

const scope = { campaign: 'C', unit: 'U', attempt: 1 };
const producer = '8c5a2b74-53a4-4f0e-9f52-6d3fcf2f3a11';
const header = { producer, sequence: 1, occurredAt: 1, campaign: 'C', unit: null, attempt: null };
const drained = { hold: '6b0c0a52-6d0e-4a5c-8f3e-2c1f0f6f2d11', host: 'node17', why: 'memory errors', ticket: null, heldBy: 'ada' }; // prettier-ignore

describe('A watch for holds', () => {
  let folder: string;
  let remove: () => void;
  let ledger: SqliteLedger;
  beforeEach(async () => {
    ({ folder, remove } = temporaryFolder());
    ledger = SqliteLedger.open(path.join(folder, 'ledger.db'));
    await ledger.append(producer, 1, [encodeEvent({ type: 'StartsHeld', header, ...drained })]);
  });
  afterEach(async () => {
    await ledger.close();
    remove();
  });

  it('finds a host drained for the runs on it, and for no others', async () => {
    const watches = ['node17', 'node18'].map((host) => new StartsWatch(scope, host));
    await Promise.all(watches.map((watch) => watch.catchUp(ledger)));
    expect(watches.map((watch) => watch.heldBy()?.why ?? null)).toEqual(['memory errors', null]);
  });

  it('tells once that the ledger is away, however long, and again when it goes away again', async () => {
    let follows = 0;
    const gone = (): LedgerUnreachableError => new LedgerUnreachableError('it did not answer', ledger.address);
    const away: Ledger = {
      ...flakyLedger(ledger, () => 'fair'),
      follow: async function* (from) {
        follows += 1;
        if (follows > 2) {
          yield* ledger.read(from);
        }
        throw gone();
      },
    };
    const troubles: number[] = [];
    const end = new AbortController();
    const watch = new StartsWatch(scope, 'node17');
    await watch.follow(away, ledger.start, end.signal, () => {
      troubles.push(follows);
      if (troubles.length === 2) {
        end.abort();
      }
    });
    expect(troubles).toEqual([1, 3]);
    expect(watch.heldBy()?.hold).toBe(drained.hold);
  });
});
