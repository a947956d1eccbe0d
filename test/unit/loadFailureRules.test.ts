import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { defaultRules } from '../../producers/failures/defaultRules';
import { classify, type Failure } from '../../producers/failures/failureRules';
import { loadRules, parseRules } from '../../producers/failures/loadRules';
import { RulesFileError } from '../../producers/failures/yamlSource';
import { describeWithSharedData } from '../support/sharedData';

const nothing: Failure = { task: null, message: null, stderrTail: null, exitCode: 1, signal: null };

const ownFormat = `version: 1
rules:
  - name: psf without stars
    when:
      task: [characterizeImage, calibrate]
      exitCode: 1
      text: 'No (stars|sources)'
    class: psfFailed
    permanence: permanent
    toleratedRate: 0.001
    note: DM-39196
  - when:
      - signal: SIGKILL
        task: assembleCoadd
      - stderr: '(?i)killed by the batch system'
      - lostCause: [outOfMemory]
    class: needsMoreMemory
    permanence: transient
  - when: { outputsMissing: true, message: x }
    class: silent
    permanence: infrastructure
`;

describe("tractledger's own format", () => {
  const { rules, warnings } = parseRules('rules.yaml', ownFormat);
  const ruleOf = (failure: Partial<Failure>) => classify({ ...nothing, ...failure }, rules);

  test('becomes rules in its order, before the default ones', () => {
    expect(rules.slice(0, 3).map((rule) => rule.name)).toEqual(['psf without stars', 'needsMoreMemory', 'silent']);
    expect(rules.slice(3)).toEqual(defaultRules);
    expect(warnings).toEqual([]);
  });

  test('each condition is looked at', () => {
    expect(ruleOf({ task: 'calibrate', message: 'No stars' })).toMatchObject({
      rule: 'psf without stars',
      failureClass: 'psfFailed',
      permanence: 'permanent',
      toleratedRate: 0.001,
    });
    expect(ruleOf({ task: 'isr', message: 'No stars' }).failureClass).toBe('unclassified');
    expect(ruleOf({ task: 'assembleCoadd', exitCode: 137 }).failureClass).toBe('needsMoreMemory');
    expect(ruleOf({ task: 'isr', exitCode: 137 }).failureClass).toBe('killed');
    expect(ruleOf({ stderrTail: 'Killed by the batch system' }).failureClass).toBe('needsMoreMemory');
    expect(ruleOf({ lostCause: 'outOfMemory' })).toMatchObject({
      failureClass: 'needsMoreMemory',
      toleratedRate: null,
    });
    expect(ruleOf({ message: 'x', missingOutputs: ['a'] }).permanence).toBe('infrastructure');
  });

  test('the default rules can be left out', () => {
    expect(parseRules('f', 'rules: []\ndefaults: false').rules).toEqual([]);
    expect(parseRules('f', 'rules:').rules).toEqual(defaultRules);
  });

  const rule = (lines: string): string =>
    `rules:\n  - when: { exitCode: 1 }\n    class: c\n    permanence: transient\n${lines}`;

  test.each([
    ['', 1, 'expected the rules file to be a map, found nothing'],
    ['[]', 1, 'expected the rules file to be a map, found a list'],
    ['version: 1', 1, 'expected "rules"'],
    ['version: 2\nrules: []', 1, 'expected version to be a whole number from 1 to 1, found 2'],
    ['rules: []\nrule: []', 2, '"rule" is not known in the rules file'],
    ['rules: []\nrules: []', 2, 'not YAML'],
    ['rules:\n  - {', 2, 'not YAML'],
    ['rules:\n  - class: c\n    permanence: transient', 2, 'expected the rule to have "when"'],
    ['rules:\n  - when: { exitCode: 1 }\n    permanence: transient', 2, 'expected the rule to have "class"'],
    [
      'rules:\n  - when: { exitCode: 1 }\n    class: c\n    permanence: maybe',
      4,
      'one of permanent, transient, infrastructure, found "maybe"',
    ],
    ['rules:\n  - when: {}\n    class: c\n    permanence: transient', 2, 'at least one of task, exitCode'],
    ['rules:\n  - when:\n    class: c\n    permanence: transient', 2, 'expected "when" to be a map, found nothing'],
    ['rules:\n  - when:\n      exitcode: 1\n    class: c\n    permanence: transient', 3, '"exitcode" is not known'],
    ['rules:\n  - when:\n      exitCode: 256\n    class: c\n    permanence: transient', 3, 'from 0 to 255, found 256'],
    [
      'rules:\n  - when:\n      signal: KILL\n    class: c\n    permanence: transient',
      3,
      'named like SIGKILL, found "KILL"',
    ],
    ['rules:\n  - when:\n      text: "(a"\n    class: c\n    permanence: transient', 3, 'not a regular expression'],
    ['rules:\n  - when:\n      text: "a*+"\n    class: c\n    permanence: transient', 3, 'possessive'],
    [rule('    toleratedRate: 5'), 5, 'from 0 to 1, found 5'],
    [rule('    toleratedRate:'), 5, 'found nothing'],
    [rule('    tolerated: 0.1'), 5, '"tolerated" is not known in a rule'],
  ])('%j is refused in line %i', (text, line, reason) => {
    expect(() => parseRules('my/rules.yaml', text)).toThrow(RulesFileError);
    expect(() => parseRules('my/rules.yaml', text)).toThrow(`my/rules.yaml:${line}: `);
    expect(() => parseRules('my/rules.yaml', text)).toThrow(reason);
  });

  test('any text whatever loads or is refused with RulesFileError', () => {
    const lines = fc.constantFrom(
      ...ownFormat.split('\n'),
      'rules:',
      '- *a',
      '&a x',
      '  ? [1]',
      'pandaErrorCode:',
      '    diagMessage: x',
      '<<: *a',
      '\t',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(lines).map((parts) => parts.join('\n')),
        ),
        (text) => {
          try {
            expect(Array.isArray(parseRules('f', text).rules)).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(RulesFileError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('a file that cannot be read is named, and so is one far too large', () => {
    expect(() => loadRules('/no/such/rules.yaml')).toThrow(
      /^\/no\/such\/rules.yaml:1: the rules file cannot be read: ENOENT/,
    );
    const folder = mkdtempSync(path.join(tmpdir(), 'tractledger-rules-'));
    try {
      const file = path.join(folder, 'large.yaml');
      writeFileSync(file, `#${'x'.repeat(1024 * 1024)}\nrules: []`);
      expect(() => loadRules(file)).toThrow(/at most 1048576 bytes/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("Rubin's format", () => {
  const one = (fields: string): string => `pandaErrorCode:\n    pilot, 1305:\n        some_error:\n${fields}`;
  const rest = '            rescue: true\n            flavor: "payload"\n            intensity: 0.001\n';

  test.each([
    [one(`            diagMessage: "(a"\n${rest}`), 4, 'not a regular expression'],
    [one(`            diagMessage: "(?>a)"\n${rest}`), 4, 'atomic group'],
    [one(rest), 3, 'expected error "some_error" to have "diagMessage"'],
    [one(`            diagMessage: "a"\n            rescue: maybe\n`), 3, 'to have "intensity"'],
    [one(`            diagMessage: "a"\n${rest}            surprise: 1\n`), 8, '"surprise" is not known'],
    [one(`            diagMessage: "a"\n${rest.replace('true', 'perhaps')}`), 5, 'rescue to be true or false'],
    ['pandaErrorCode: 5', 1, 'expected pandaErrorCode to be a map, found 5'],
  ])('%j is refused in line %i', (text, line, reason) => {
    expect(() => parseRules('codes.yaml', text)).toThrow(`codes.yaml:${line}: `);
    expect(() => parseRules('codes.yaml', text)).toThrow(reason);
  });
});

describeWithSharedData('rubin', 'the table of error codes of a Rubin production', (root) => {
  const load = () => loadRules(path.join(root, 'error_code_decisions.yaml'));
  const ruleOf = (failure: Partial<Failure>) => classify({ ...nothing, ...failure }, load().rules);

  test('is read whole: every error a rule, before the default ones', () => {
    const { rules } = load();
    expect(rules.length - defaultRules.length).toBe(56);
    expect(rules.slice(-defaultRules.length)).toEqual(defaultRules);
  });

  test('its errors are found in what a job writes, for their task only', () => {
    const stderrTail =
      'Traceback:\nRuntimeError: lsst.x:Unable to measure aperture correction for required algorithm z\nend';
    expect(ruleOf({ task: 'characterizeImage', stderrTail })).toMatchObject({
      failureClass: 'aperture_correction',
      permanence: 'permanent',
      toleratedRate: 0.001,
      rule: 'pilot, 1305/aperture_correction',
    });
    expect(ruleOf({ task: 'isr', stderrTail }).failureClass).toBe('unclassified');
    expect(ruleOf({ task: 'detection', message: 'cannot convert float NaN to integer' }).failureClass).toBe(
      'NaN_to_int_detection',
    );
  });

  test('a folded pattern matches without the newline that folding adds', () => {
    const message = 'File "src/CoaddPsf.cc", line 1, in doComputeKernelImage: bad';
    expect(ruleOf({ task: 'subtractImages', message }).failureClass).toBe('do_compute_kernel_image');
  });

  test('rescue decides between permanent and worth another try, flavor whose trouble it is', () => {
    expect(ruleOf({ message: 'job had lost heartbeat' })).toMatchObject({
      failureClass: 'lost_heartbeat',
      permanence: 'infrastructure',
      toleratedRate: 0,
    });
    expect(ruleOf({ message: 'Remote I/O error', task: 'mergeExecutionButler' })).toMatchObject({
      failureClass: 'remote_io',
      permanence: 'permanent',
    });
  });

  test('exit status and signal of the codes "trans, N" are enough', () => {
    expect(ruleOf({ exitCode: null, signal: 'SIGKILL' })).toMatchObject({
      failureClass: 'signal_kill',
      permanence: 'infrastructure',
    });
    expect(ruleOf({ exitCode: 139 })).toMatchObject({ failureClass: 'invalid_memory_ref', permanence: 'permanent' });
    expect(ruleOf({ exitCode: 1 }).failureClass).toBe('unclassified');
    expect(ruleOf({ exitCode: 20 }).failureClass).toBe('repeatableQuantumError');
  });

  test('patterns that hold [Errno 2] are pointed out, and find the text they were written for', () => {
    const { warnings } = load();
    expect(warnings.map(({ line }) => line)).toEqual([168, 485]);
    const stderrTail =
      "FileNotFoundError: [Errno 2] No such file or directory: '/sdf/group/rubin/repo/main/butler.yaml'";
    expect(ruleOf({ stderrTail })).toMatchObject({ failureClass: 'butler_unreachable', permanence: 'infrastructure' });
  });
});
