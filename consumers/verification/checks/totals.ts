/** Section 5 of the test case: totals that are not the sum of their rows. */
import { eventsOf, type Check } from '../verification';
import { verifiedTotals } from '../totals';

export const reconciledTotals: Check = {
  name: 'anomalies.totals',
  section: 5,
  title: 'every total that was declared is the sum of its rows',
  byConstruction: null,
  run: (asked) => {
    const findings = asked.findings();
    for (const { total, stamp } of verifiedTotals(asked)) {
      const { unit, attempt, basis, declared, rows, rowsAre, difference } = total;
      if (difference !== 0) {
        const of = rowsAre === 'files' ? 'the files of all dataset types are' : 'its rows add up to';
        findings.add(unit ?? '', {
          // What an earlier campaign printed is shown beside the plan and never decides.
          verdict: basis === 'reference' ? 'note' : 'fail',
          attempt,
          subject: `total (${basis})`,
          message: `${count(declared)} declared, ${of} ${count(rows)}: they do not reconcile by ${count(Math.abs(difference))}`,
          events: eventsOf(stamp),
        });
      }
    }
    return findings;
  },
};

/** 50,656: as tables print it. */
function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}
