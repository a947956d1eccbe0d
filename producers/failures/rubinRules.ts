/**
 * Reads the table of error codes that Rubin's production teams keep (lsst-dm/cm_prod,
 * examples/error_code_decisions.yaml): under each PanDA error code, named errors with a regular expression.
 */
import { signalNameOfExitCode } from './exitCodes';
import type { FailureCondition, FailureRule, Permanence } from './failureRules';
import { readPattern } from './nativeRules';
import type { YamlEntry, YamlNode, YamlSource } from './yamlSource';

/** The key by which a file of this format is known. */
export const RUBIN_KEY = 'pandaErrorCode';

/** Something that was read, but that its author should look at. */
export interface RulesWarning {
  file: string;
  line: number;
  message: string;
}

/** Whose trouble a flavor names: the site's and its services', against the payload's own. */
const INFRASTRUCTURE_FLAVORS = ['panda', 'usdf'];

const ERROR_KEYS = ['diagMessage', 'pipetask', 'ticket', 'resolved', 'rescue', 'flavor', 'intensity'];

/**
 * Reads the errors as rules, in the file's order. What each part becomes:
 * - the error's name: the class; with the code before it: the rule's name
 * - diagMessage: found in the message or in standard error. The tools it was written for match it from the beginning of
 *   PanDA's message (re.match); here it may begin anywhere, because a job's own output has other lines before it.
 * - pipetask: the task
 * - rescue: false is permanent; true is infrastructure for the flavors panda and usdf, else transient
 * - intensity: the tolerated rate
 * - the code `trans, N` is the job's exit status. From 129 on it names a signal, and that alone is enough for the rule:
 *   the text that goes with it is PanDA's, not the job's. Other codes are PanDA's own and cannot be seen here.
 * - ticket and resolved are for people.
 *
 * @throws RulesFileError
 */
export function readRubinRules(source: YamlSource): { rules: FailureRule[]; warnings: RulesWarning[] } {
  const warnings: RulesWarning[] = [];
  const codes = source.map(source.root, 'the file').find((entry) => entry.key === RUBIN_KEY);
  if (codes === undefined) throw source.error(source.root, `expected "${RUBIN_KEY}", a map of error codes`);
  const rules = source
    .map(codes.value, RUBIN_KEY, codes.keyNode)
    .flatMap((code) =>
      source
        .map(code.value, `error code "${code.key}"`, code.keyNode)
        .map((error) => readError(source, code.key, error, warnings)),
    );
  return { rules, warnings };
}

function readError(source: YamlSource, code: string, error: YamlEntry, warnings: RulesWarning[]): FailureRule {
  const entries = new Map(
    source.map(error.value, `error "${error.key}"`, error.keyNode).map((entry) => [entry.key, entry]),
  );
  const unknown = [...entries.values()].find(({ key }) => !ERROR_KEYS.includes(key));
  if (unknown !== undefined) {
    throw source.error(unknown.keyNode, `"${unknown.key}" is not known in an error; expected ${ERROR_KEYS.join(', ')}`);
  }
  const need = (key: string): YamlEntry => {
    const entry = entries.get(key);
    if (entry === undefined) throw source.error(error.keyNode, `expected error "${error.key}" to have "${key}"`);
    return entry;
  };
  const { value, keyNode } = need('diagMessage');
  const text = readPattern(source, readDiagMessage(source, value, keyNode, warnings), value);
  const pipetask = entries.get('pipetask');
  const tasks =
    pipetask === undefined || source.isEmpty(pipetask.value)
      ? {}
      : { tasks: source.list(pipetask.value).map((node) => source.text(node, 'pipetask', pipetask.keyNode)) };
  const byStatus = signalOfCode(code);
  const anyOf: FailureCondition[] = [{ ...tasks, text }];
  if (byStatus !== null) anyOf.unshift({ ...tasks, signals: [byStatus] });
  const intensity = need('intensity');
  return {
    name: `${code}/${error.key}`,
    failureClass: error.key,
    permanence: readPermanence(source, need('rescue'), need('flavor')),
    toleratedRate: source.number(intensity.value, 'intensity', { min: 0, max: 1, integer: false }, intensity.keyNode),
    anyOf,
  };
}

function readPermanence(source: YamlSource, rescue: YamlEntry, flavor: YamlEntry): Permanence {
  const flavorName = source.text(flavor.value, 'flavor', flavor.keyNode);
  if (!source.boolean(rescue.value, 'rescue', rescue.keyNode)) return 'permanent';
  return INFRASTRUCTURE_FLAVORS.includes(flavorName) ? 'infrastructure' : 'transient';
}

function signalOfCode(code: string): string | null {
  const status = /^trans, (\d+)$/.exec(code)?.[1];
  return status === undefined ? null : signalNameOfExitCode(Number(status));
}

/** The pattern as it was meant: without what folding a long line added, and with `[Errno 2]` read as text too. */
function readDiagMessage(source: YamlSource, node: YamlNode, place: YamlNode, warnings: RulesWarning[]): string {
  // A folded block (">") ends in a newline that no message has.
  const pattern = source.text(node, 'diagMessage', place).replace(/\n+$/, '');
  const widened = pattern.replace(/(?<!\\)\[(Errno \d+)\]/g, (brackets, inner: string) => {
    warnings.push({
      file: source.file,
      line: source.line(node),
      message: `${brackets} is a set of characters and never matches the text it was written for; read as \\[${inner}\\] too`,
    });
    return `(?:${brackets}|\\[${inner}\\])`;
  });
  return widened;
}
