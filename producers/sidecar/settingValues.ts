/** Reading single settings from text, the same for flags, variables and files. */
import { errorMessage } from '../../schemas/systemError';
import type { BatchJob, DataId } from '../../schemas';
import { parseDataId } from '../../schemas/dataId';
import { JobDescriptionError } from './errors';

/** A whole number in a range. @throws {JobDescriptionError} */
export function integer(where: string, text: string, least: number, most = 2 ** 31 - 1): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) {
    throw new JobDescriptionError(
      where,
      `expected a whole number from ${String(least)} to ${String(most)}, found ${shown(text)}`,
    );
  }
  return value;
}

/** A duration, seconds with or without a fraction. @throws {JobDescriptionError} */
export function seconds(where: string, text: string): number {
  const value = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) {
    throw new JobDescriptionError(where, `expected a number of seconds such as 30 or 0.5, found ${shown(text)}`);
  }
  return value;
}

/** A SHA-256. @throws {JobDescriptionError} */
export function sha256Text(where: string, text: string): string {
  const lower = text.toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(lower)) {
    throw new JobDescriptionError(where, `expected a SHA-256 of 64 hexadecimal digits, found ${shown(text)}`);
  }
  return lower;
}

/** A text that says something. @throws {JobDescriptionError} */
export function text(where: string, value: string): string {
  if (value === '' || value.includes('\0')) {
    throw new JobDescriptionError(where, 'expected a text that is not empty and holds no NUL');
  }
  return value;
}

/** A data ID from `key=value` texts or JSON. @throws {JobDescriptionError} */
export function dataId(where: string, texts: readonly string[]): DataId {
  try {
    return parseDataId(texts);
  } catch (error) {
    throw new JobDescriptionError(where, errorMessage(error), { cause: error });
  }
}

/** `SCHEDULER:ID` or `SCHEDULER:ID[INDEX]`. @throws {JobDescriptionError} */
export function batchJob(where: string, value: string): BatchJob {
  const match = /^([^:]+):(.+?)(?:\[(\d{1,9})\])?$/.exec(value);
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new JobDescriptionError(where, `expected SCHEDULER:ID or SCHEDULER:ID[INDEX], found ${shown(value)}`);
  }
  return { scheduler: match[1], id: match[2], arrayIndex: match[3] === undefined ? null : Number(match[3]) };
}

/** `KEY=VALUE`, or `KEY` alone for a key that has no value. @throws {JobDescriptionError} */
export function metadataEntry(where: string, value: string): [string, string | null] {
  const at = value.indexOf('=');
  const key = at === -1 ? value : value.slice(0, at);
  if (key === '') {
    throw new JobDescriptionError(where, `expected KEY=VALUE, found ${shown(value)}`);
  }
  return [key, at === -1 ? null : value.slice(at + 1)];
}

/** A value for a message, cut where it is long. */
export function shown(value: unknown): string {
  const json = value === undefined ? 'nothing' : JSON.stringify(value);
  return json.length > 80 ? `${json.slice(0, 77)}...` : json;
}
