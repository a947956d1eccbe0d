/** A job described by a JSON file: the full form of what the flags of `exec` say. */
import { readFileSync } from 'node:fs';
import { errorMessage } from '../../schemas/systemError';
import type { BatchJob, DataId } from '../../schemas';
import { JobDescriptionError } from './errors';
import type { InputSetting, JobSettings, OutputSetting } from './jobSettings';
import * as values from './settingValues';

type Fields = Readonly<Record<string, unknown>>;
type Read = (value: unknown, where: string) => unknown;

const fields: Readonly<Record<string, Read>> = {
  campaign: readText,
  unit: readText,
  attempt: (value, where) => readInteger(value, where, 1),
  task: readText,
  dataId: readDataId,
  jobName: readText,
  executable: readText,
  command: (value, where) => readList(value, where, readAnyText),
  root: readText,
  site: readText,
  logPath: readText,
  allocation: readText,
  batchJob: readBatchJob,
  environmentDigest: (value, where) => values.sha256Text(where, readText(value, where)),
  firstTry: (value, where) => readInteger(value, where, 1),
  inputs: (value, where) => readList(value, where, readInput),
  inputsFrom: readText,
  report: readText,
  result: readText,
  outputs: (value, where) => readList(value, where, readOutput),
  partialOutputsUsable: readBoolean,
  rules: readText,
  retries: (value, where) => readInteger(value, where, 0, 1000),
  retryInfrastructure: readBoolean,
  backoffSeconds: readSeconds,
  setAside: readBoolean,
  teeStderr: readBoolean,
  sha256: readBoolean,
  ledger: readText,
  outbox: readText,
  drain: readBoolean,
  drainSeconds: readSeconds,
} satisfies Record<keyof JobSettings, Read>;

/** The settings in a JSON file. @throws {JobDescriptionError} naming file and field */
export function settingsFromFile(file: string): JobSettings {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new JobDescriptionError(file, `cannot be read as JSON: ${errorMessage(error)}`, { cause: error });
  }
  return settingsFromJson(content, file);
}

/** The settings in a JSON value. @param source its name in messages @throws {JobDescriptionError} naming the field */
export function settingsFromJson(content: unknown, source: string): JobSettings {
  return readFields(content, source, fields, ': ');
}

/** Reads the known fields of an object; one that is null counts as not given, a stranger is refused. */
function readFields(value: unknown, where: string, known: Readonly<Record<string, Read>>, joint: string): Fields {
  const entries = Object.entries(asObject(value, where)).flatMap(([name, content]): [string, unknown][] => {
    const read = Object.hasOwn(known, name) ? known[name] : undefined;
    if (read === undefined) {
      throw new JobDescriptionError(
        `${where}${joint}${name}`,
        `no such field; known are ${Object.keys(known).join(', ')}`,
      );
    }
    return content === null ? [] : [[name, read(content, `${where}${joint}${name}`)]];
  });
  return Object.fromEntries(entries);
}

function readInput(value: unknown, where: string): InputSetting {
  if (typeof value === 'string') {
    return { path: readText(value, where), datasetType: null };
  }
  const { path, datasetType } = readFields(value, where, { path: readText, datasetType: readText }, '.');
  return { path: required(path, `${where}.path`) as string, datasetType: (datasetType ?? null) as string | null };
}

function readOutput(value: unknown, where: string): OutputSetting {
  const known = {
    path: readText,
    glob: readText,
    datasetType: readText,
    dataId: readDataId,
    metadata: readMetadata,
    mayBeAbsent: readBoolean,
    mayBeEmpty: readBoolean,
  };
  const { path, glob, ...rest } = readFields(value, where, known, '.');
  if ((path === undefined) === (glob === undefined)) {
    throw new JobDescriptionError(where, 'expected either a path or a glob');
  }
  required(rest['datasetType'], `${where}.datasetType`);
  const defaults = { dataId: null, metadata: {}, mayBeAbsent: false, mayBeEmpty: false };
  return { ...defaults, ...rest, path: path ?? glob, isGlob: path === undefined } as OutputSetting;
}

/** Metadata of a file: texts, numbers and nulls by key. @throws {JobDescriptionError} */
export function readMetadata(value: unknown, where: string): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(asObject(value, where)).map(([key, content]) => {
      if (content === null || typeof content === 'string') {
        return [key, content];
      }
      if (typeof content === 'number' || typeof content === 'boolean') {
        return [key, String(content)];
      }
      throw new JobDescriptionError(
        `${where}.${key}`,
        `expected a text, a number or null, found ${values.shown(content)}`,
      );
    }),
  );
}

function readBatchJob(value: unknown, where: string): BatchJob {
  const known = {
    scheduler: readText,
    id: readText,
    arrayIndex: (index: unknown, at: string) => readInteger(index, at, 0),
  };
  const { scheduler, id, arrayIndex } = readFields(value, where, known, '.');
  return {
    scheduler: required(scheduler, `${where}.scheduler`) as string,
    id: required(id, `${where}.id`) as string,
    arrayIndex: (arrayIndex ?? null) as number | null,
  };
}

function readDataId(value: unknown, where: string): DataId {
  return values.dataId(where, [JSON.stringify(asObject(value, where))]);
}

function readText(value: unknown, where: string): string {
  return values.text(where, readAnyText(value, where));
}

function readAnyText(value: unknown, where: string): string {
  if (typeof value !== 'string') {
    throw new JobDescriptionError(where, `expected a text, found ${values.shown(value)}`);
  }
  return value;
}

function readInteger(value: unknown, where: string, least: number, most?: number): number {
  return values.integer(where, typeof value === 'number' ? String(value) : readAnyText(value, where), least, most);
}

function readSeconds(value: unknown, where: string): number {
  return values.seconds(where, typeof value === 'number' ? String(value) : readAnyText(value, where));
}

function readBoolean(value: unknown, where: string): boolean {
  if (typeof value !== 'boolean') {
    throw new JobDescriptionError(where, `expected true or false, found ${values.shown(value)}`);
  }
  return value;
}

function readList<T>(value: unknown, where: string, read: (element: unknown, where: string) => T): T[] {
  if (!Array.isArray(value)) {
    throw new JobDescriptionError(where, `expected a list, found ${values.shown(value)}`);
  }
  return value.map((element, index) => read(element, `${where}[${String(index)}]`));
}

function asObject(value: unknown, where: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new JobDescriptionError(where, `expected an object, found ${values.shown(value)}`);
  }
  return value as Fields;
}

function required<T>(value: T | undefined, where: string): T {
  if (value === undefined) {
    throw new JobDescriptionError(where, 'is missing');
  }
  return value;
}
