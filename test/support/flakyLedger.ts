/** A ledger that fails as told, around a real one. */
import { LedgerUnreachableError } from '../../ledger/errors';
import type { AppendResult, Ledger } from '../../ledger/port';

/** What an append meets: nothing unusual, no answer before or after the events were stored. */
export type Weather = 'fair' | 'lostBefore' | 'lostAfter';

/** @param weather asked at each append */
export function flakyLedger(ledger: Ledger, weather: () => Weather): Ledger {
  const gone = (): LedgerUnreachableError =>
    new LedgerUnreachableError(`${ledger.address} did not answer`, ledger.address);
  return {
    start: ledger.start,
    address: ledger.address,
    append: async (producer, firstSequence, events): Promise<AppendResult> => {
      const now = weather();
      if (now === 'lostBefore') {
        throw gone();
      }
      const result = await ledger.append(producer, firstSequence, events);
      if (now === 'lostAfter') {
        throw gone();
      }
      return result;
    },
    lastSequences: (producers) => ledger.lastSequences(producers),
    read: (from, options) => ledger.read(from, options),
    follow: (from, options) => ledger.follow(from, options),
    end: () => ledger.end(),
    countBetween: (from, to) => ledger.countBetween(from, to),
    close: () => ledger.close(),
  };
}
