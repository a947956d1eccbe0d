import { readFileSync } from 'node:fs';
import path from 'node:path';
import { planRestart, readGround } from '../../consumers/restart/planRestart';
import { doneNodes, rescueFile } from '../../consumers/restart/rescueFile';
import { restartJson } from '../../consumers/restart/restartJson';
import { project } from '../../consumers/projector/projector';
import { StateStore } from '../../consumers/sqliteStore/stateStore';
import { SqliteLedger } from '../../ledger/sqlite/sqliteLedger';
import { importHtcondor } from '../../producers/importers/htcondor/importHtcondor';
import { parseDag } from '../../producers/importers/htcondor/parseDag';
import { pruneDag } from '../../producers/importers/htcondor/pruneDag';
import { allProjections } from '../../projections';
import { describeWithSharedData } from '../support/sharedData';
import { temporaryFolder } from '../support/temporaryFolder';

const noFile = (name: string): never => {
  throw new Error(`no other file is named, and yet ${name} is`);
};
const namesDone = (text: string): string[] =>
  [...parseDag(text, 'x.dag', noFile).nodes.values()].flatMap(({ name, done }) => (done ? [name] : [])).sort();

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
    const restart = views.snapshot(() => planRestart(readGround(views, { campaign, unit }, null)));
    views.close();
    await ledger.close();
    const read = (name: string): string => readFileSync(path.join(root, name), 'utf8');
    const dag = read('tiny_problems.dag');
    const expected = namesDone(`${dag}\n${read('tiny_problems.dag.rescue001')}`);
    expect(
      restartJson(restart)
        .reuse.map(({ job }) => job)
        .sort(),
    ).toEqual(expected);
    expect(namesDone(`${dag}\n${rescueFile(restart, new Date(0))}`)).toEqual(expected);

    const pruned = parseDag(pruneDag(dag, { file: 'x.dag' }, new Set(doneNodes(restart))), 'x.dag', noFile);
    const whole = parseDag(dag, 'x.dag', noFile);
    expect([...pruned.nodes.keys()]).toEqual([...whole.nodes.keys()].filter((name) => !expected.includes(name)));
    expect(pruned.attributes).toEqual(whole.attributes);
    const parents = [...pruned.nodes.values()].map((node) => [node.name, [...node.parents]]);
    expect(parents).toContainEqual([expect.stringContaining('label2'), [expect.stringContaining('label1')]]);
    expect(parents).toContainEqual([expect.stringContaining('label1'), []]);
  }, 180_000);
});

describe('a DAG that is pruned', () => {
  it('keeps every command that is not about a node that is gone, as it was written', () => {
    const dag = `# head
JOB a a.sub
JOB b {
  executable = /bin/true
  # within
}
# about c
JOB c c.sub DIR x
RETRY a 3
RETRY c 2
SCRIPT POST a post.sh
PARENT a b CHILD c
PARENT a CHILD b
VARS c x="1"
FINAL f f.sub
`;
    expect(pruneDag(dag, { file: 'x.dag' }, new Set(['a']))).toBe(`# head
JOB b {
  executable = /bin/true
  # within
}
# about c
JOB c c.sub DIR x
RETRY c 2
PARENT b CHILD c
VARS c x="1"
FINAL f f.sub
`);
    expect(pruneDag(dag, { file: 'x.dag' }, new Set())).toBe(dag);
    expect(pruneDag(dag, { file: 'x.dag' }, new Set(['b']))).not.toContain('executable');
  });

  it('stands in one file', () => {
    expect(() => pruneDag('SPLICE s other.dag\n', { file: 'x.dag' }, new Set())).toThrow('--format rescue');
  });
});
