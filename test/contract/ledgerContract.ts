/**
 * What every ledger promises (ledger/port.ts, docs/ARCHITECTURE.md), as one suite that runs unchanged on every adapter.
 * Nothing here knows how an adapter stores events or cuts its batches.
 */
import { openLedger } from '../../ledger/openLedger';
import type { Ledger } from '../../ledger/port';
import { appendContract } from './ledgerContract/append';
import { errorContract } from './ledgerContract/errors';
import { followContract } from './ledgerContract/follow';
import { processContract } from './ledgerContract/processes';
import { readContract } from './ledgerContract/read';

/** A ledger made for one test suite. */
export interface LedgerUnderTest {
  /** What {@link openLedger} opens, here and in other processes. */
  readonly url: string;
  /** Takes it away again. */
  readonly remove: () => Promise<void>;
}

/** What each part of the suite works with. */
export interface ContractContext {
  /** The ledger's URL. */
  readonly url: () => string;
  /** A ledger open for the running test. */
  readonly ledger: () => Ledger;
  /** Opens the same ledger a second time; closed after the test. */
  readonly openAgain: () => Promise<Ledger>;
  /** Another, empty ledger of the same kind; closed and removed after the test. */
  readonly openOther: () => Promise<Ledger>;
}

/**
 * Runs the whole contract.
 * @param name the adapter's name in the test report
 * @param makeLedger makes an empty ledger
 */
export function ledgerContract(name: string, makeLedger: () => Promise<LedgerUnderTest>): void {
  describe(`the ledger's promises on ${name}`, () => {
    let made: LedgerUnderTest[] = [];
    let opened: Ledger[] = [];
    let current: Ledger | null = null;

    async function open(url: string): Promise<Ledger> {
      const ledger = await openLedger(url);
      opened.push(ledger);
      return ledger;
    }

    async function make(): Promise<LedgerUnderTest> {
      const ledger = await makeLedger();
      made.push(ledger);
      return ledger;
    }

    const context: ContractContext = {
      url: () => made[0]?.url ?? '',
      ledger: () => {
        if (current === null) {
          throw new Error('no test is running');
        }
        return current;
      },
      openAgain: () => open(context.url()),
      openOther: async () => open((await make()).url),
    };

    beforeEach(async () => {
      current = await open((await make()).url);
    });

    afterEach(async () => {
      await Promise.all(opened.map((ledger) => ledger.close()));
      await Promise.all(made.map((ledger) => ledger.remove()));
      opened = [];
      made = [];
      current = null;
    });

    appendContract(context);
    readContract(context);
    followContract(context);
    errorContract(context);
    processContract(context);
  });
}
