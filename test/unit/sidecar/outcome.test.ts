import { defaultRules } from '../../../producers/failures/defaultRules';
import type { FailureRule } from '../../../producers/failures/failureRules';
import { inputsDrafts, startDrafts } from '../../../producers/sidecar/executionEvents';
import { describeJob } from '../../../producers/sidecar/jobDescription';
import { judgeFailure, type FailureEvidence } from '../../../producers/sidecar/outcome';
import { parseReportedInputs } from '../../../producers/sidecar/reportedInputs';
import { backoffMillis } from '../../../producers/sidecar/retry';
import { encodeDrafts } from '../../../producers/outbox/draft';
import { uuidV7 } from '../../../producers/outbox/uuidV7';

const exited = (exitCode: number | null, signal: string | null = null): FailureEvidence['end'] => ({
  kind: 'exited',
  exit: { exitCode, signal, wallMicros: 1, userCpuMicros: 1, systemCpuMicros: 1, maxRssBytes: null, caveats: [] },
});
const evidence = (more: Partial<FailureEvidence>): FailureEvidence => ({
  ...{ task: 'T', end: exited(1), problems: [], stderrTail: null, forwarded: [] },
  ...more,
});
const missing = { path: 'a', kind: 'missing', message: 'a was not written' } as const;
const empty = { path: 'b', kind: 'empty', message: 'b is empty' } as const;
const unreachable = { path: 'c', kind: 'unreachable', message: 'c cannot be reached' } as const;

describe('a failure', () => {
  it.each([
    [[missing, empty], 'outputMissing', 'transient'],
    [[empty, unreachable], 'outputEmpty', 'transient'],
    [[unreachable], 'outputUnreachable', 'infrastructure'],
  ])('of a job that said it was done is classed by its outputs: %j', (problems, failureClass, permanence) => {
    const judged = judgeFailure(evidence({ end: exited(0), problems }), defaultRules);
    expect(judged).toMatchObject({ exitCode: 0, failureClass, permanence });
    expect(judged.missingOutputs).toEqual(problems.map(({ path }) => path));
  });

  it('is the operator’s rule’s before anything else’s', () => {
    const rule: FailureRule = {
      name: 'mine',
      failureClass: 'noStars',
      permanence: 'permanent',
      toleratedRate: null,
      anyOf: [{ outputsMissing: true }],
    };
    const judged = judgeFailure(evidence({ end: exited(0), problems: [missing] }), [rule, ...defaultRules]);
    expect(judged).toMatchObject({ failureClass: 'noStars', permanence: 'permanent' });
  });

  it('of a job that failed is judged by what it says, not by the outputs it then lacks', () => {
    const judged = judgeFailure(evidence({ end: exited(20), problems: [missing] }), defaultRules);
    expect(judged).toMatchObject({ exitCode: 20, permanence: 'permanent', missingOutputs: ['a'] });
    expect(judged.message).toBe('exit code 20');
  });

  it('tells the job’s last words and the signals it was sent', () => {
    expect(judgeFailure(evidence({ stderrTail: 'x\nKeyError: 5\n\n' }), []).message).toBe('exit code 1: KeyError: 5');
    const killed = evidence({ end: exited(null, 'SIGTERM'), forwarded: ['SIGTERM'] });
    expect(judgeFailure(killed, []).message).toBe('ended by SIGTERM after the sidecar had passed on SIGTERM');
  });
});

describe('the wait between tries', () => {
  it('doubles, is spread by half to either side, is longer for infrastructure and has a limit', () => {
    expect([1, 2, 3].map((tries) => backoffMillis(5, tries, 'transient', 0.5))).toEqual([5000, 10_000, 20_000]);
    expect(backoffMillis(5, 1, 'transient', 0)).toBe(2500);
    expect(backoffMillis(5, 1, 'transient', 1)).toBe(7500);
    expect(backoffMillis(5, 1, 'infrastructure', 0.5)).toBe(30_000);
    expect(backoffMillis(5, 1000, 'transient', 0.5)).toBe(15 * 60_000);
  });
});

describe('the events of an execution', () => {
  const job = describeJob(
    { campaign: 'C', unit: 'U', task: 'T', command: ['true', ...Array<string>(300).fill('x'.repeat(10_000))] },
    {},
  );
  const execution = uuidV7();

  it('fit into events however long the command line and the list of inputs are', () => {
    const files = Array.from({ length: 20_000 }, (_, n) => ({ path: `calib/${String(n)}.fits`, datasetType: 'flat' }));
    const drafts = [
      ...startDrafts(job, { execution, tryNumber: 1 }, null, 1),
      ...inputsDrafts(job, execution, 'reported', files, 1),
    ];
    expect(() => encodeDrafts(drafts, execution, 1)).not.toThrow();
    const listed = drafts.flatMap((draft) => (draft.type === 'InputsUsed' ? draft.files : []));
    expect(listed).toEqual(files);
    const [started] = drafts;
    const argv = started?.type === 'ExecutionStarted' ? started.argv : [];
    expect(argv.at(-1)).toMatch(/^\[\d+ more arguments of \d+ bytes, sha256 [0-9a-f]{64}\]$/);
  });
});

describe('a report of used inputs', () => {
  const root = { named: '/data', real: '/data' };

  it('is paths or objects, a line each, or a JSON list; a file named twice counts once', () => {
    const lines = 'a,b.fits\r\n\n{"path":"/data/c","datasetType":"raw"}\nc\n/else/d\n';
    expect(parseReportedInputs(root, lines, 'f')).toEqual({
      files: [
        { path: 'a,b.fits', datasetType: null },
        { path: 'c', datasetType: 'raw' },
        { path: '/else/d', datasetType: null },
      ],
      problems: [],
    });
    expect(parseReportedInputs(root, '["a", {"path":"b"}]', 'f').files).toHaveLength(2);
  });

  it('counts as far as it can be read, and says where it cannot', () => {
    const { files, problems } = parseReportedInputs(root, 'a\n{"path":1}\n{bad\n../up\nb', 'used.txt');
    expect(files.map(({ path }) => path)).toEqual(['a', 'b']);
    expect(problems.map((problem) => problem.slice(0, 10))).toEqual(['used.txt:2', 'used.txt:3', 'used.txt:4']);
    expect(parseReportedInputs(root, '[1', 'f').problems).toHaveLength(1);
  });
});

describe('a UUID of version 7', () => {
  it('begins with its time, carries version and variant, and is never the same twice', () => {
    const made = Array.from({ length: 1000 }, () => uuidV7(0x0192_3456_789a));
    expect(new Set(made).size).toBe(1000);
    for (const uuid of made) {
      expect(uuid).toMatch(/^01923456-789a-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });
});
