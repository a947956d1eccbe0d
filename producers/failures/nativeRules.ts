/** Reads tractledger's own format of failure rules; see {@link readNativeRules}. */
import type { FailureCondition, FailureRule, Permanence } from './failureRules';
import { compilePattern, PatternError } from './patterns';
import type { YamlEntry, YamlNode, YamlSource } from './yamlSource';

const FILE_KEYS = ['version', 'defaults', 'rules'];
const RULE_KEYS = ['name', 'when', 'class', 'permanence', 'toleratedRate', 'note'];
const CONDITION_KEYS = ['task', 'exitCode', 'signal', 'lostCause', 'outputsMissing', 'message', 'stderr', 'text'];
const PERMANENCES: readonly Permanence[] = ['permanent', 'transient', 'infrastructure'];

/**
 * Reads rules in tractledger's own format:
 *
 * ```yaml
 * version: 1
 * defaults: true              # whether tractledger's own rules follow these; true when left out
 * rules:                      # in order: the first that applies decides
 *   - name: psf without stars # optional; the class when left out
 *     when:                   # all of it must hold; a list of such maps: one of them must
 *       task: [characterizeImage, calibrate]
 *       exitCode: 1           # one, or a list
 *       signal: SIGKILL       # or exit code 128 + its number
 *       lostCause: preempted
 *       outputsMissing: true
 *       message: 'regular expression'   # found in the message …
 *       stderr: 'regular expression'    # … in the last 64 KiB of standard error …
 *       text: 'regular expression'      # … in either
 *     class: psfFailed
 *     permanence: permanent   # permanent, transient or infrastructure
 *     toleratedRate: 0.001    # optional, from 0 to 1
 *     note: DM-39196          # optional, for people
 * ```
 *
 * @throws RulesFileError
 */
export function readNativeRules(source: YamlSource): { rules: FailureRule[]; withDefaults: boolean } {
  const file = fields(source, source.root, FILE_KEYS, 'the rules file');
  const version = file.get('version');
  if (version !== undefined)
    source.number(version.value, 'version', { min: 1, max: 1, integer: true }, version.keyNode);
  const defaults = file.get('defaults');
  const rules = file.get('rules');
  if (rules === undefined) throw source.error(source.root, 'expected "rules", a list of rules');
  return {
    rules: source.isEmpty(rules.value) ? [] : source.list(rules.value).map((node) => readRule(source, node)),
    withDefaults: defaults === undefined || source.boolean(defaults.value, 'defaults', defaults.keyNode),
  };
}

function readRule(source: YamlSource, node: YamlNode): FailureRule {
  const rule = fields(source, node, RULE_KEYS, 'a rule');
  const need = (key: string): YamlEntry => {
    const entry = rule.get(key);
    if (entry === undefined) throw source.error(node, `expected the rule to have "${key}"`);
    return entry;
  };
  const when = need('when');
  const failureClass = source.text(need('class').value, 'class', need('class').keyNode);
  const name = rule.get('name');
  const rate = rule.get('toleratedRate');
  return {
    name: name === undefined ? failureClass : source.text(name.value, 'name', name.keyNode),
    failureClass,
    permanence: readPermanence(source, need('permanence')),
    toleratedRate:
      rate === undefined
        ? null
        : source.number(rate.value, 'toleratedRate', { min: 0, max: 1, integer: false }, rate.keyNode),
    anyOf: source.list(when.value).map((condition) => readCondition(source, condition, when.keyNode)),
  };
}

function readPermanence(source: YamlSource, entry: YamlEntry): Permanence {
  const text = source.text(entry.value, 'permanence', entry.keyNode);
  const permanence = PERMANENCES.find((known) => known === text);
  if (permanence === undefined) {
    throw source.error(entry.value, `expected permanence to be one of ${PERMANENCES.join(', ')}, found "${text}"`);
  }
  return permanence;
}

function readCondition(source: YamlSource, node: YamlNode, place: YamlNode): FailureCondition {
  const parts = fields(source, node, CONDITION_KEYS, '"when"', node ?? place);
  if (parts.size === 0) {
    throw source.error(node ?? place, `expected "when" to hold at least one of ${CONDITION_KEYS.join(', ')}`);
  }
  const condition: FailureCondition = {};
  for (const entry of parts.values()) Object.assign(condition, readPart(source, entry));
  return condition;
}

function readPart(source: YamlSource, { key, keyNode, value }: YamlEntry): FailureCondition {
  const texts = (): string[] => source.list(value).map((node) => source.text(node, key, node ?? keyNode));
  switch (key) {
    case 'task':
      return { tasks: texts() };
    case 'exitCode': {
      const bounds = { min: 0, max: 255, integer: true };
      return { exitCodes: source.list(value).map((node) => source.number(node, key, bounds, node ?? keyNode)) };
    }
    case 'signal':
      return { signals: readSignals(source, texts(), value) };
    case 'lostCause':
      return { lostCauses: texts() };
    case 'outputsMissing':
      return { outputsMissing: source.boolean(value, key, keyNode) };
    default:
      return { [key]: readPattern(source, source.text(value, key, keyNode), value) };
  }
}

function readSignals(source: YamlSource, names: readonly string[], node: YamlNode): string[] {
  for (const name of names) {
    if (!/^SIG[A-Z0-9]+$/.test(name)) {
      throw source.error(node, `expected signal to be named like SIGKILL, found "${name}"`);
    }
  }
  return [...names];
}

/** Compiles a pattern that stands at a node. */
export function readPattern(source: YamlSource, pattern: string, node: YamlNode): RegExp {
  try {
    return compilePattern(pattern);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw source.error(node, `${error.message}; the pattern is ${JSON.stringify(pattern)}`, { cause: error });
  }
}

/** The entries of a map by key; a key that is not expected is refused, for a misspelt condition would not be looked at. */
function fields(
  source: YamlSource,
  node: YamlNode,
  allowed: readonly string[],
  what: string,
  place: YamlNode = node,
): Map<string, YamlEntry> {
  const entries = source.map(node, what, place);
  for (const { key, keyNode } of entries) {
    if (!allowed.includes(key)) {
      throw source.error(keyNode, `"${key}" is not known in ${what}; expected ${allowed.join(', ')}`);
    }
  }
  return new Map(entries.map((entry) => [entry.key, entry]));
}
