/** Loads a file of failure rules, in tractledger's own format or Rubin's. */
import { readFileSync } from 'node:fs';
import { defaultRules } from './defaultRules';
import type { FailureRule } from './failureRules';
import { readNativeRules } from './nativeRules';
import { readRubinRules, RUBIN_KEY, type RulesWarning } from './rubinRules';
import { RulesFileError, YamlSource } from './yamlSource';

/** Rules ready for classify. */
export interface LoadedRules {
  /** In order, the default rules at the end unless the file does without them. */
  rules: readonly FailureRule[];
  /** What the author of the file should look at. */
  warnings: readonly RulesWarning[];
}

/** A rules file is read at every start of a job; a larger one is none. */
const MAX_FILE_BYTES = 1024 * 1024;

/**
 * Reads a rules file.
 * @throws RulesFileError naming file, line and what was expected there; the same when the file cannot be read
 */
export function loadRules(file: string): LoadedRules {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new RulesFileError(file, 1, `the rules file cannot be read: ${(error as Error).message}`, { cause: error });
  }
  return parseRules(file, text);
}

/**
 * Reads the text of a rules file; a file with the key `pandaErrorCode` is Rubin's, any other tractledger's own.
 * @param file its name, for errors
 * @throws RulesFileError
 */
export function parseRules(file: string, text: string): LoadedRules {
  if (Buffer.byteLength(text) > MAX_FILE_BYTES) {
    throw new RulesFileError(file, 1, `a rules file has at most ${MAX_FILE_BYTES} bytes; this is none`);
  }
  const source = new YamlSource(file, text);
  const isRubins = source.map(source.root, 'the rules file').some((entry) => entry.key === RUBIN_KEY);
  if (isRubins) {
    const { rules, warnings } = readRubinRules(source);
    return { rules: [...rules, ...defaultRules], warnings };
  }
  const { rules, withDefaults } = readNativeRules(source);
  return { rules: withDefaults ? [...rules, ...defaultRules] : rules, warnings: [] };
}
