/** The shape of a definition file, held against the published JSON Schema. */
import { Ajv, type ErrorObject } from 'ajv';
import type { ButlerSection, DatasetRole, DimensionType, Requirement, Sameness, ScienceValue } from './definition';
import { PipelineError, type Problem } from './errors';
import schema from './pipeline.schema.json';
import type { ValuePath, YamlDocument } from './yamlDocument';

/** A definition file that fits `pipeline.schema.json`; whether its names agree is not known yet. */
export interface DefinitionDocument {
  readonly pipeline: string;
  readonly dimensions: Readonly<Record<string, DimensionType>>;
  readonly unit?: readonly string[];
  readonly tables: Readonly<Record<string, string>>;
  readonly datasetTypes: Readonly<Record<string, DatasetTypeEntry>>;
  readonly tasks: Readonly<Record<string, TaskEntry>>;
  readonly science?: Readonly<Record<string, Readonly<Record<string, ScienceValue>>>>;
  readonly execution?: Readonly<Record<string, ExecutionEntry>>;
}

interface DatasetTypeEntry {
  readonly role: DatasetRole;
  readonly dimensions: readonly string[];
  readonly perJob?: boolean;
  readonly table?: string;
  readonly template: string;
  readonly metadata?: readonly string[];
  readonly sameness?: Sameness;
  readonly butlerSection?: ButlerSection;
}

/** A task as the file has it. */
export interface TaskEntry {
  readonly kind?: 'payload' | 'framework';
  readonly dimensions: readonly string[];
  readonly over: readonly string[];
  readonly executable: string;
  readonly command: readonly string[];
  readonly inputs?: Readonly<Record<string, { readonly require?: Requirement }>>;
  readonly outputs?: Readonly<Record<string, OutputEntry>>;
}

interface OutputEntry {
  readonly mayBeAbsent?: boolean;
  readonly toleratedAbsence?: number;
  readonly once?: boolean;
}

/** Execution settings as the file has them. */
export interface ExecutionEntry {
  readonly retries?: number;
  readonly toleratedLoss?: Readonly<Record<string, number>>;
  readonly cpuSeconds?: number;
  readonly wallSeconds?: number;
  readonly maxRssBytes?: number;
}

const validate = new Ajv({
  allErrors: true,
  verbose: true,
  allowUnionTypes: true,
  logger: false,
}).compile<DefinitionDocument>(schema);

/** The document's value as a definition. @throws {PipelineError} with every place that does not fit */
export function definitionDocument(document: YamlDocument): DefinitionDocument {
  const { value } = document;
  if (validate(value)) {
    return value;
  }
  const problems = (validate.errors ?? []).filter(isTold).flatMap((error) => problemOf(error, document) ?? []);
  throw new PipelineError(inOrder(problems));
}

/** Problems in the order of their lines, each once. */
function inOrder(problems: readonly Problem[]): Problem[] {
  const once = new Map(problems.map((problem) => [`${String(problem.line)} ${problem.message}`, problem]));
  return [...once.values()].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

function problemOf(error: ErrorObject, document: YamlDocument): Problem | null {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const told = expectation(error, path);
  if (told === null) {
    return null;
  }
  const { at, message } = told;
  return { file: document.file, line: document.lineOf(at), message };
}

/** Of a choice the whole is told, not why each of its ways does not fit. */
function isTold({ schemaPath }: ErrorObject): boolean {
  return !schemaPath.includes('/oneOf/');
}

/** What was expected where; null for an error that another one tells better. */
function expectation(error: ErrorObject, path: ValuePath): { at: ValuePath; message: string } | null {
  const place = path.length === 0 ? 'the definition' : path.join('.');
  const params = error.params as Record<string, unknown>;
  const found = `found ${shown(error.data)}`;
  const expected = (what: string): { at: ValuePath; message: string } => ({
    at: path,
    message: `expected ${place} to be ${what}, ${found}`,
  });
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(params['additionalProperty']);
      const known = Object.keys((error.parentSchema?.['properties'] ?? {}) as object).join(', ');
      return { at: [...path, key], message: `${key} is nothing that ${place} can have; expected one of ${known}` };
    }
    case 'required':
      return { at: path, message: `expected ${place} to have ${String(params['missingProperty'])}` };
    case 'propertyNames':
      return {
        at: [...path, String(params['propertyName'])],
        message: `${JSON.stringify(params['propertyName'])} in ${place} is no name: expected a letter, then letters, digits and _`,
      };
    case 'enum':
      return expected(`one of ${(params['allowedValues'] as unknown[]).join(', ')}`);
    case 'const':
      return expected(JSON.stringify(params['allowedValue']));
    case 'type':
      return expected(kinds(params['type']));
    case 'pattern':
      // Of a property's name, propertyNames tells; of a value that is to be a name, this does.
      return error.propertyName === undefined ? expected('a name: a letter, then letters, digits and _') : null;
    case 'minLength':
      return expected('a text that is not empty');
    case 'minItems':
    case 'minProperties':
      return expected('not empty');
    case 'uniqueItems':
      return { at: path, message: `${place} names ${shown((error.data as unknown[])[Number(params['j'])])} twice` };
    case 'minimum':
    case 'maximum':
      return expected(`${String(params['comparison'])} ${String(params['limit'])}`);
    case 'oneOf':
      return expected('all, any or { atLeast: N }');
    default:
      return expected(error.message ?? 'something else');
  }
}

function kinds(type: unknown): string {
  const names: Record<string, string> = {
    object: 'a map',
    array: 'a list',
    string: 'a text',
    integer: 'a whole number',
    number: 'a number',
    boolean: 'true or false',
  };
  return [type]
    .flat()
    .map((name) => names[String(name)] ?? String(name))
    .join(' or ');
}

function shown(value: unknown): string {
  if (value === null || value === undefined) {
    return 'nothing';
  }
  if (typeof value === 'object') {
    return Array.isArray(value) ? 'a list' : 'a map';
  }
  return JSON.stringify(value).slice(0, 60);
}
