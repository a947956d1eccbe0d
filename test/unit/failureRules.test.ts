import { defaultRules } from '../../producers/failures/defaultRules';
import {
  classify,
  isRetriable,
  UNCLASSIFIED,
  type Failure,
  type FailureRule,
} from '../../producers/failures/failureRules';

const nothing: Failure = { task: null, message: null, stderrTail: null, exitCode: 1, signal: null };

function classed(failure: Partial<Failure>, rules: readonly FailureRule[] = defaultRules) {
  return classify({ ...nothing, ...failure }, rules);
}

describe('the default rules', () => {
  test.each<[string, Partial<Failure>, string, string]>([
    ["pipe_base's exit code 20", { exitCode: 20 }, 'repeatableQuantumError', 'permanent'],
    ["pipe_base's exit code 21", { exitCode: 21 }, 'invalidQuantumError', 'permanent'],
    ['SIGKILL', { exitCode: null, signal: 'SIGKILL' }, 'killed', 'transient'],
    ['exit code 137', { exitCode: 137 }, 'killed', 'transient'],
    ['SIGKILL with a word on memory', { exitCode: 137, stderrTail: 'MemoryError\nKilled' }, 'outOfMemory', 'transient'],
    ['SIGBUS', { exitCode: null, signal: 'SIGBUS' }, 'busError', 'infrastructure'],
    ['SIGXCPU', { exitCode: null, signal: 'SIGXCPU' }, 'timeLimit', 'transient'],
    ['the end of timeout(1)', { exitCode: 124 }, 'timeLimit', 'transient'],
    ['SIGSEGV', { exitCode: 139 }, 'crashed', 'transient'],
    ['SIGTERM', { exitCode: null, signal: 'SIGTERM' }, 'terminated', 'infrastructure'],
    ['a missing command', { exitCode: 127 }, 'commandNotFound', 'infrastructure'],
    [
      'a full disk',
      { stderrTail: "OSError: [Errno 28] No space left on device: '/scratch/x'" },
      'noSpace',
      'infrastructure',
    ],
    ['a full quota', { message: 'write: Disk quota exceeded' }, 'noSpace', 'infrastructure'],
    ['ESTALE', { stderrTail: "OSError: [Errno 116] Stale file handle: '/data'" }, 'staleFileHandle', 'infrastructure'],
    ['a vanished mount', { stderrTail: 'ls: Transport endpoint is not connected' }, 'fileSystemGone', 'infrastructure'],
    ['EIO', { stderrTail: 'cp: error reading: Input/output error' }, 'ioError', 'infrastructure'],
    ['remote EIO', { stderrTail: 'OSError: [Errno 121] Remote I/O error' }, 'ioError', 'infrastructure'],
    [
      'a reset connection',
      { stderrTail: 'ConnectionResetError: Connection reset by peer' },
      'network',
      'infrastructure',
    ],
    ['a locked database', { message: 'sqlite3.OperationalError: database is locked' }, 'database', 'infrastructure'],
    ['missing outputs', { exitCode: 0, missingOutputs: ['a.fits'] }, 'outputMissing', 'transient'],
    [
      'missing outputs on a full disk',
      { exitCode: 0, missingOutputs: ['a'], stderrTail: 'ENOSPC' },
      'noSpace',
      'infrastructure',
    ],
    ['missing outputs of a failed job', { exitCode: 1, missingOutputs: ['a'] }, UNCLASSIFIED, 'transient'],
    ['preemption', { exitCode: null, lostCause: 'preempted' }, 'preempted', 'infrastructure'],
    ['a batch time limit', { exitCode: null, lostCause: 'timeLimit' }, 'timeLimit', 'transient'],
    ['a batch memory limit', { exitCode: null, lostCause: 'outOfMemory' }, 'outOfMemory', 'transient'],
    ['a node failure', { exitCode: null, lostCause: 'nodeFailure' }, 'nodeFailure', 'infrastructure'],
    ['nothing known', { exitCode: 1 }, UNCLASSIFIED, 'transient'],
    ['nothing at all', { exitCode: null }, UNCLASSIFIED, 'transient'],
  ])('%s', (_name, failure, failureClass, permanence) => {
    expect(classed(failure)).toMatchObject({ failureClass, permanence });
  });

  test('are permanent only for what the job says of itself', () => {
    const permanent = defaultRules.filter((rule) => !isRetriable(rule.permanence));
    expect(permanent.map((rule) => rule.failureClass)).toEqual(['repeatableQuantumError', 'invalidQuantumError']);
  });

  test('have names of their own', () => {
    const names = defaultRules.map((rule) => rule.name);
    expect(new Set(names).size).toBe(names.length);
    expect(defaultRules.every((rule) => rule.name.startsWith('default/'))).toBe(true);
  });
});

describe('classing by rules', () => {
  const rule = (name: string, ...anyOf: FailureRule['anyOf']): FailureRule => ({
    name,
    failureClass: name,
    permanence: 'permanent',
    toleratedRate: 0.01,
    anyOf,
  });

  test('the first rule that applies decides, and is named', () => {
    const rules = [
      rule('other task', { tasks: ['b'] }),
      rule('first', { tasks: ['a'] }),
      rule('second', { tasks: ['a'] }),
    ];
    expect(classed({ task: 'a' }, rules)).toEqual({
      failureClass: 'first',
      permanence: 'permanent',
      toleratedRate: 0.01,
      rule: 'first',
      rulesTimedOut: [],
    });
  });

  test('all parts of a condition must hold, and one condition is enough', () => {
    const both = rule('both', { exitCodes: [3], text: /disk/ }, { signals: ['SIGKILL'] });
    expect(classed({ exitCode: 3, message: 'no disk' }, [both]).rule).toBe('both');
    expect(classed({ exitCode: 3, stderrTail: 'no disk' }, [both]).rule).toBe('both');
    expect(classed({ exitCode: 4, message: 'no disk' }, [both]).rule).toBe(UNCLASSIFIED);
    expect(classed({ exitCode: 3, message: 'no memory' }, [both]).rule).toBe(UNCLASSIFIED);
    expect(classed({ exitCode: 137 }, [both]).rule).toBe('both');
  });

  test('message and standard error are told apart where a rule does', () => {
    const rules = [rule('said', { message: /x/ }), rule('written', { stderr: /x/ })];
    expect(classed({ stderrTail: 'x' }, rules).rule).toBe('written');
    expect(classed({ message: 'x' }, rules).rule).toBe('said');
  });

  test('both names of a signal are one', () => {
    expect(classed({ exitCode: null, signal: 'SIGIOT' }, [rule('abort', { signals: ['SIGABRT'] })]).rule).toBe('abort');
  });

  test('a signal that ended it is not mistaken for an exit code', () => {
    expect(classed({ exitCode: null, signal: 'SIGTERM' }, [rule('kill', { signals: ['SIGKILL'] })]).rule).toBe(
      UNCLASSIFIED,
    );
  });

  test('only the end of a long text is looked at', () => {
    const rules = [rule('found', { stderr: /needle/ })];
    const hay = 'x'.repeat(100_000);
    expect(classed({ stderrTail: `${hay}needle` }, rules).rule).toBe('found');
    expect(classed({ stderrTail: `needle${hay}` }, rules).rule).toBe(UNCLASSIFIED);
  });

  test('a rule whose pattern takes for ever is passed over and named', () => {
    const rules = [rule('slow', { stderr: /(a+)+$/ }), rule('next', { exitCodes: [1] })];
    expect(classed({ stderrTail: `${'a'.repeat(60)}b` }, rules)).toMatchObject({
      rule: 'next',
      rulesTimedOut: ['slow'],
    });
  });
});
