/** The model campaign's first tract, simulated in full, verified against what DMTR-51 prints of it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { markdownReport } from '../../cli/verify/markdown';
import { project } from '../../consumers/projector/projector';
import { StateStore } from '../../consumers/sqliteStore/stateStore';
import type { VerificationReport } from '../../consumers/verification/report';
import { verifyCampaign } from '../../consumers/verification/verify';
import { SqliteLedger } from '../../ledger/sqlite/sqliteLedger';
import { simulateHscRc1 } from '../../producers/simulator/simulateHscRc1';
import { allProjections } from '../../projections';
import { encodeEvent } from '../../schemas';
import { describeWithSharedData } from '../support/sharedData';
import { temporaryFolder } from '../support/temporaryFolder';

const campaign = 'HSC-RC1';
const unit = 'tract=8766';

describeWithSharedData('dmtr-51', 'the verification of HSC RC1', (root) => {
  const { folder, remove } = temporaryFolder();
  afterAll(remove);

  it('passes on the plan basis, shows the reference as Table 1 prints it, and says that the printed total is no sum', async () => {
    const report = await verifiedTract(Number(printed(root, 'table2-wall-clock')[0]?.['printedFileTotal']));
    expect(report.verdict).toBe('pass');
    expect(report.files.map(({ verdict, judgedBy }) => [verdict, judgedBy])).toEqual(
      report.files.map(() => ['pass', 'plan']),
    );
    expect(report.files.map(({ datasetType, expected, actual }) => [datasetType, expected.reference, actual])).toEqual(
      printed(root, 'table1-file-counts').map(({ datasetType, expected = '', actual }) => [
        datasetType,
        expected === '' ? null : Number(expected),
        Number(actual),
      ]),
    );
    expect(report.totals).toContainEqual({
      unit,
      attempt: 1,
      basis: 'reference',
      declared: 50_656,
      rows: 47_735,
      rowsAre: 'files',
      difference: 2_921,
    });
    expect(markdownReport(report)).toContain('they do not reconcile by 2,921');
  }, 600_000);

  /** Views of the tract, with the printed total declared. */
  async function verifiedTract(printedTotal: number): Promise<VerificationReport> {
    const ledger = SqliteLedger.open(path.join(folder, 'ledger.db'));
    const views = StateStore.openForWriting(path.join(folder, 'views.db'));
    try {
      const manner = { seed: 1, scale: 1, faults: new Set<never>(), eventsPerSecond: null };
      await simulateHscRc1(ledger, { campaign, units: [unit], ...manner });
      const producer = '0b0b0b0b-0000-4000-8000-000000000000';
      const header = { producer, sequence: 1, occurredAt: 0, campaign, unit, attempt: null };
      const total = { datasetType: null, count: printedTotal, basis: 'reference', revision: 1 };
      const signed = { declaredBy: null, ticket: null };
      await ledger.append(producer, 1, [encodeEvent({ type: 'ExpectationDeclared', header, ...total, ...signed })]);
      await project({ ledger, store: views, projections: allProjections });
      return verifyCampaign(views, { campaign, strict: false, listedEach: 20 });
    } finally {
      views.close();
      await ledger.close();
    }
  }
});

/** The rows of one of the report's tables about the tract, in the order of its dataset types. */
function printed(root: string, table: string): Readonly<Record<string, string>>[] {
  const rows = parse<Record<string, string>>(readFileSync(path.join(root, `${table}.csv`)), { columns: true });
  return rows.filter(({ tract }) => `tract=${String(tract)}` === unit);
}
