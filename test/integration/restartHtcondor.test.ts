import { readFileSync } from 'node:fs';
import path from 'node:path';
import { planRestart, readGround } from '../../consumers/restart/planRestart';
import { restartJson } from '../../consumers/restart/restartJson';
import { project } from '../../consumers/projector/projector';
import { StateStore } from '../../consumers/sqliteStore/stateStore';
import { SqliteLedger } from '../../ledger/sqlite/sqliteLedger';
import { importHtcondor } from '../../producers/importers/htcondor/importHtcondor';
import { allProjections } from '../../projections';
import { describeWithSharedData } from '../support/sharedData';
import { temporaryFolder } from '../support/temporaryFolder';

describeWithSharedData('htcondor/tiny_problems', 'a DAG of HTCondor that failed', (root) => {
  const { folder, remove } = temporaryFolder();
  afterAll(remove);

  it('goes on from exactly the nodes that DAGMan marks DONE', async () => {
    const ledger = SqliteLedger.open(path.join(folder, 'ledger.db'));
    const { campaign, unit } = await importHtcondor(ledger, {
      logPath: path.join(root, 'tiny_problems.dag.nodes.log'),
    });
    const views = StateStore.openForWriting(path.join(folder, 'views.db'));
    await project({ ledger, store: views, projections: allProjections });
    const plan = restartJson(views.snapshot(() => planRestart(readGround(views, { campaign, unit }, null))));
    views.close();
    await ledger.close();
    const rescue = readFileSync(path.join(root, 'tiny_problems.dag.rescue001'), 'utf8');
    expect(plan.reuse.map(({ job }) => job).sort()).toEqual(
      [...rescue.matchAll(/^DONE (.*)$/gm)].map(([, name]) => name).sort(),
    );
  });
});
