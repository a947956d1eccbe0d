/** Section 5 of the test case: outputs rightly not written, no more of them than the definition tolerates. */
import { verifiedFiles } from '../files';
import { isWithin } from '../lostJobs';
import { eventsOf, type Check } from '../verification';
import { makersOf } from '../../../pipelines/definition';
import { percent } from './lostJobs';

const stampsSql = `
  SELECT stamp FROM absences WHERE campaign = $campaign AND unit = $unit AND dataset_type = $datasetType
  ORDER BY attempt DESC, stamp LIMIT 20`;

export const toleratedAbsences: Check = {
  name: 'anomalies.absences',
  section: 5,
  title: 'no more outputs are absent than the definition tolerates',
  byConstruction: null,
  run: (asked) => {
    const findings = asked.findings();
    for (const { row } of verifiedFiles(asked)) {
      const { unit: name, attempt, datasetType, absent, actual, expected } = row;
      const unit = name ?? '';
      const known = asked.definitionOf(unit);
      if (absent === 0) {
        continue;
      }
      if (known === null) {
        findings.cannotJudge(unit, 'no pipeline definition says how many absences are tolerated');
        continue;
      }
      const maker = makersOf(known.definition.tasks.values()).get(datasetType);
      const output = maker?.outputs.find((one) => one.datasetType === datasetType);
      const tolerated = output?.mayBeAbsent === true ? output.toleratedAbsence : 0;
      const of = expected.plan ?? actual + absent;
      if (!isWithin(absent, tolerated, of)) {
        const stamps = asked.rows<{ stamp: string }>(stampsSql, { unit, datasetType });
        findings.add(unit, {
          verdict: 'fail',
          attempt,
          subject: datasetType,
          message: `${String(absent)} of ${String(of)} are absent (${percent(absent / of)}), tolerated are ${percent(tolerated)}`,
          events: eventsOf(...stamps.map(({ stamp }) => stamp)),
        });
      }
    }
    return findings;
  },
};
