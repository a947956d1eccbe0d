import { ImportFormatError } from '../../../producers/importers/errors';
import type { Dag } from '../../../producers/importers/htcondor/dag';
import { parseDag } from '../../../producers/importers/htcondor/parseDag';
import { declaredLabels, kindOfNode, taskOfNode } from '../../../producers/importers/htcondor/taskNames';

/** A DAG from texts: the first is the DAG file, the others those that it names. */
function parse(text: string, others: Readonly<Record<string, string>> = {}): Dag {
  return parseDag(text, 'a.dag', (name, place) => {
    const other = others[name];
    if (other === undefined) {
      throw new ImportFormatError(place, 'a file that is there', name);
    }
    return { text: other, file: name };
  });
}

function edges(dag: Dag): string[] {
  return [...dag.nodes.values()]
    .flatMap((node) => [...node.parents].map((parent) => `${parent} > ${node.name}`))
    .sort();
}

describe('the reader of DAG files', () => {
  it('reads nodes of every kind, quoted files, folders, NOOP and DONE, in any case', () => {
    const dag = parse(`
      # a comment
      // another
      JOB A "jobs/with space/a.sub" DIR "some dir" NOOP
      job B b.sub done
      FINAL F f.sub
      Provisioner P p.sub
      SERVICE S s.sub
      SUBDAG EXTERNAL D d.dag DIR x
      Done A
    `);
    const nodes = [...dag.nodes.values()].map(({ name, type, submitFile, noop, done }) => [
      name,
      type,
      submitFile,
      noop,
      done,
    ]);
    expect(nodes).toEqual([
      ['A', 'job', 'jobs/with space/a.sub', true, true],
      ['B', 'job', 'b.sub', false, true],
      ['F', 'final', 'f.sub', false, false],
      ['P', 'provisioner', 'p.sub', false, false],
      ['S', 'service', 's.sub', false, false],
      ['D', 'subdag', 'd.dag', false, false],
    ]);
  });

  it('joins every parent of a command to every child, also across a continued line and before they are declared', () => {
    const dag = parse('PARENT A B \\\n CHILD C D\nJOB A a\nJOB B a\nJOB C a\nJOB D a');
    expect(edges(dag)).toEqual(['A > C', 'A > D', 'B > C', 'B > D']);
  });

  it('does not take a child by a weak dependency for lost when its parent fails', () => {
    const dag = parse('JOB A a\nJOB B a\nJOB C a\nWEAK PARENT A CHILD B\nPARENT A CHILD C');
    expect(edges(dag)).toEqual(['A > B', 'A > C']);
    expect([...(dag.nodes.get('A')?.dependants ?? [])]).toEqual(['C']);
  });

  it('reads scripts, retries and tolerances, for single nodes and for all', () => {
    const dag = parse(`
      JOB A a
      JOB B b
      FINAL F f
      SCRIPT DEFER 4 300 PRE A pre.sh
      SCRIPT DEBUG post.txt ALL POST B post.sh $JOB $RETURN
      RETRY ALL_NODES 3
      RETRY B 2 UNLESS-EXIT 42
      TOLERANCE A 25% WAIT
    `);
    const nodes = [...dag.nodes.values()].map((node) => [
      node.hasPostScript,
      node.retries,
      node.unlessExit,
      node.tolerance,
    ]);
    expect(nodes).toEqual([
      [false, 3, null, { failures: 25, isPercentage: true }],
      [true, 2, 42, null],
      [false, 0, null, null],
    ]);
  });

  it('knows every other command of DAGMan', () => {
    const dag = parse(`
      SUBMIT-DESCRIPTION common {
        executable = /bin/true
        JOB not a command
      }
      JOB A common
      JOB B {
        executable = /bin/true
      } NOOP
      JOB C @=end
        executable = /bin/false
      @end
      VARS A key="a \\"quoted\\" value" +other='x'
      PRIORITY A 10
      CATEGORY A big
      MAXJOBS big 3
      CONFIG dag.config
      DOT a.dot UPDATE
      NODE_STATUS_FILE a.status 30 ALWAYS-UPDATE
      JOBSTATE_LOG a.jobstate
      SAVE_POINT_FILE A
      ABORT-DAG-ON A 3 RETURN 1
      PRE_SKIP A 4
      ENV GET PATH
      SET_JOB_ATTR bps_campaign= "a \\"b\\" c"
      SET_JOB_ATTR number = 42
    `);
    expect([...dag.nodes.keys()]).toEqual(['A', 'B', 'C']);
    expect([...dag.nodes.values()].map((node) => node.submitFile)).toEqual(['common', null, null]);
    expect([...dag.attributes]).toEqual([
      ['bps_campaign', 'a "b" c'],
      ['number', '42'],
    ]);
  });

  it('reads included files in place, and splices as nodes of their own names', () => {
    const dag = parse('INCLUDE more.dag\nSPLICE S inner.dag DIR sub\nPARENT A CHILD S\nPARENT S CHILD Z\nRETRY S+X 1', {
      'more.dag': 'JOB A a\nJOB Z z',
      'sub/inner.dag': 'JOB X x\nJOB Y y\nJOB W w\nPARENT X CHILD Y W',
    });
    expect(edges(dag)).toEqual(['A > S+X', 'S+W > Z', 'S+X > S+W', 'S+X > S+Y', 'S+Y > Z']);
    expect(dag.nodes.get('S+X')?.retries).toBe(1);
  });

  it.each([
    ['an unknown command', 'JOB A a\nFROB A', 2, 'a DAGMan command'],
    ['a node declared twice', 'JOB A a\nJOB A b', 2, 'not declared yet'],
    ['a dependency of a node that is not declared', 'JOB A a\nPARENT A CHILD B', 2, 'declared node, found "B"'],
    ['a dependency without children', 'JOB A a\nPARENT A CHILD', 2, 'CHILD with one or more'],
    ['a quote that is not closed', 'JOB A "a', 1, 'closing quote'],
    ['a retry without its number', 'JOB A a\nRETRY A many', 2, 'a number of retries'],
    ['a splice that is wired by pins', 'CONNECT S T', 1, 'PIN_IN and PIN_OUT are not read'],
    ['a file that includes itself', 'INCLUDE a.dag', 1, 'nested less than'],
    ['a description without its end', 'JOB A {\n x = 1', 1, 'the end }'],
    ['a word too many', 'JOB A a LATER', 1, 'DIR, NOOP, DONE'],
  ])('refuses %s, naming file and line', (_what, text, line, expected) => {
    const read = (): unknown => parse(text, { 'a.dag': 'INCLUDE a.dag' });
    expect(read).toThrow(ImportFormatError);
    expect(read).toThrow(`a.dag:${String(line)}: expected`);
    expect(read).toThrow(expected);
  });
});

describe("the task of a node of Rubin's batch service", () => {
  const dag = parse(`
    SET_JOB_ATTR bps_run_quanta= "isr:1;isr_late:2"
    SET_JOB_ATTR bps_job_summary= "pipetaskInit:1;isr:1;finalJob:1"
    JOB pipetaskInit jobs/pipetaskInit/pipetaskInit.sub
    JOB 57c045a8-6124-42e5-bc6e-6304083ae933_isr_903342_10 "elsewhere/a.sub"
    JOB 57c045a8-6124-42e5-bc6e-6304083ae934_isr_late_903342 elsewhere/b.sub
    JOB odd jobs/calibrate/903342/odd.sub
    JOB plain plain.sub
    SUBDAG EXTERNAL nested nested.dag
    FINAL finalJob jobs/finalJob/finalJob.sub
  `);

  it('is its label: by its submit folder, by its name, or else its own name', () => {
    const labels = declaredLabels(dag);
    const tasks = [...dag.nodes.values()].map((node) => taskOfNode(node, labels));
    expect(tasks).toEqual(['pipetaskInit', 'isr', 'isr_late', 'calibrate', 'plain', 'nested', 'finalJob']);
    const kinds = [...dag.nodes.values()].map((node, index) => kindOfNode(node, tasks[index] ?? ''));
    expect(kinds).toEqual(['framework', 'payload', 'payload', 'payload', 'payload', 'payload', 'framework']);
  });
});
