/** Canonical data IDs and the names of jobs. */
import { errorMessage } from './systemError';
import { compareUtf8 } from './utf8';

/** A dimension's value. */
export type DataIdValue = string | number;

/** The dimensions that tell one piece of data, for example `{ visit: 1228, ccd: 49 }`. */
export type DataId = Readonly<Record<string, DataIdValue>>;

/** A data ID that cannot be read, with what was expected. */
export class DataIdError extends Error {
  override readonly name = 'DataIdError';
}

/**
 * JSON with keys sorted by their UTF-8 bytes.
 * @throws {DataIdError} for a number that is no integer below 2^53
 */
export function canonicalDataId(dataId: DataId): string {
  const keys = Object.keys(dataId);
  return dataIdMaker(keys)(Object.values(dataId));
}

/**
 * Makes canonical data IDs of many rows over the same dimensions.
 * @param dimensions each once
 * @returns a function that takes the values in the order of the dimensions, and throws as {@link canonicalDataId} does
 */
export function dataIdMaker(dimensions: readonly string[]): (values: readonly DataIdValue[]) => string {
  return rowWriter('', dimensions);
}

/** As {@link dataIdMaker}, makes the names of a task's jobs; for a task without dimensions the one name it has. */
export function jobNameMaker(task: string, dimensions: readonly string[]): (values: readonly DataIdValue[]) => string {
  return dimensions.length === 0 ? () => jobName(task, null) : rowWriter(jobName(task, ''), dimensions);
}

/** Canonical data IDs, each with the same text before it. */
function rowWriter(before: string, dimensions: readonly string[]): (values: readonly DataIdValue[]) => string {
  const fields = dimensions
    .map((name, place) => ({ name, place, quoted: `${JSON.stringify(name)}:` }))
    .sort((a, b) => compareUtf8(a.name, b.name));
  // Joined and not added one after another: V8 keeps every sum as a string of its own until somebody reads the last.
  const pieces = fields.flatMap(({ quoted }, index) => [`${index === 0 ? `${before}{` : ','}${quoted}`, '']);
  pieces.push(fields.length === 0 ? `${before}{}` : '}');
  return (values) => {
    let at = 1;
    for (const { name, place } of fields) {
      const value = values[place];
      if (typeof value !== 'string' && !Number.isSafeInteger(value)) {
        throw new DataIdError(`${name} is ${String(value)}; a data ID's value is a text or an integer below 2^53`);
      }
      pieces[at] = typeof value === 'number' ? String(value) : JSON.stringify(value);
      at += 2;
    }
    return pieces.join('');
  };
}

/** A value from untyped text: an integer only when it is canonical decimal below 2^53 (`7`, not `007`), else the text. */
export function untypedValue(text: string): DataIdValue {
  const number = Number(text);
  return /^(0|-?[1-9]\d*)$/.test(text) && Number.isSafeInteger(number) ? number : text;
}

/**
 * A data ID from a flag: JSON (`{"visit":1228}`) or `key=value` pairs, one text each, so that commas, equals signs and
 * quotes in values need no escaping (`visit=1228` `filter=HSC-I`).
 * @throws {DataIdError} saying what was expected
 */
export function parseDataId(texts: readonly string[]): DataId {
  const entries = texts.flatMap((text): [string, DataIdValue][] => {
    if (text.trimStart().startsWith('{')) {
      return Object.entries(parseJson(text));
    }
    const at = text.indexOf('=');
    if (at < 1) {
      throw new DataIdError(`${JSON.stringify(text)} is no data ID; expected key=value or a JSON object`);
    }
    return [[text.slice(0, at), untypedValue(text.slice(at + 1))]];
  });
  const seen = new Set<string>();
  for (const [key] of entries) {
    if (seen.has(key)) {
      throw new DataIdError(`the data ID names ${key} twice`);
    }
    seen.add(key);
  }
  return Object.fromEntries(entries);
}

/** The name of a job: task and canonical data ID; the task alone for a job without one. */
export function jobName(task: string, dataId: string | null): string {
  return dataId === null ? task : `${task} ${dataId}`;
}

function parseJson(text: string): DataId {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new DataIdError(`the data ID ${text} is not JSON: ${errorMessage(error)}`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new DataIdError(`the data ID ${text} is not a JSON object`);
  }
  for (const [key, value] of Object.entries(parsed)) {
    if (typeof value !== 'string' && !Number.isSafeInteger(value)) {
      throw new DataIdError(`${key} is ${JSON.stringify(value)}; a data ID's value is a text or an integer below 2^53`);
    }
  }
  return parsed as DataId;
}
