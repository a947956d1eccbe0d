/** The parts that records of several codes share: how a run ended, what it used, the table of resources, where it ran. */
import { constants } from 'node:os';
import { ImportFormatError, type Place } from '../errors';
import type { Line } from '../lines';

/** How a process ended: by itself with a code, or by a signal. */
export interface Termination {
  readonly exitCode: number | null;
  /** For example SIGKILL. */
  readonly signal: string | null;
}

/** CPU time, microseconds; the log counts whole seconds. */
export interface CpuUsage {
  readonly userCpuMicros: number;
  readonly systemCpuMicros: number;
}

/** One row of the table "Partitionable Resources"; null where the column is blank or holds no number. */
export interface ResourceRow {
  readonly usage: number | null;
  readonly request: number | null;
  readonly allocated: number | null;
}

const signalNames = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

/** The name of a signal, for example SIGKILL for 9, or `signal 77` for one that has none here. */
export function signalName(number: number): string {
  return signalNames.get(number) ?? `signal ${String(number)}`;
}

/**
 * The line "(1) Normal termination (return value N)" or "(0) Abnormal termination (signal N)".
 * @throws {ImportFormatError} where none of the lines is one
 */
export function findTermination(body: readonly Line[], place: Place): Termination {
  for (const { text } of body) {
    const normal = /^\s*\(1\) Normal termination \(return value (-?\d+)\)/.exec(text);
    if (normal !== null && isInt32(Number(normal[1]))) {
      return { exitCode: Number(normal[1]), signal: null };
    }
    const abnormal = /^\s*\(0\) Abnormal termination \(signal (\d+)\)/.exec(text);
    if (abnormal !== null) {
      return { exitCode: null, signal: signalName(Number(abnormal[1])) };
    }
  }
  throw new ImportFormatError(
    body[0] ?? place,
    '"(1) Normal termination (return value N)" or "(0) Abnormal termination (signal N)"',
    body[0]?.text ?? 'the end of the record',
  );
}

function isInt32(number: number): boolean {
  return number === (number | 0);
}

const usagePattern = /^\s*Usr (\d+) (\d+):(\d+):(\d+), Sys (\d+) (\d+):(\d+):(\d+)\s+-\s+(.+?)\s*$/;

/**
 * The CPU times of a line "Usr D HH:MM:SS, Sys D HH:MM:SS  -  Run Remote Usage".
 * @param label for example "Run Remote Usage": what this run used where it ran; "Total" adds the job's earlier runs, and
 *   "Local" is the watching shadow's own use
 * @throws {ImportFormatError} where no line has the label
 */
export function findUsage(body: readonly Line[], label: string, place: Place): CpuUsage {
  for (const { text } of body) {
    const match = usagePattern.exec(text);
    if (match !== null && match[9] === label) {
      const [userDays, userHours, userMinutes, userSeconds, ...system] = match.slice(1, 9).map(Number);
      const [systemDays, systemHours, systemMinutes, systemSeconds] = system;
      return {
        userCpuMicros: micros(userDays, userHours, userMinutes, userSeconds),
        systemCpuMicros: micros(systemDays, systemHours, systemMinutes, systemSeconds),
      };
    }
  }
  const last = body.at(-1);
  throw new ImportFormatError(
    place,
    `a line "Usr D HH:MM:SS, Sys D HH:MM:SS  -  ${label}" in this record`,
    last === undefined ? 'a record of one line' : `a record that ends ${last.text}`,
  );
}

function micros(days = 0, hours = 0, minutes = 0, seconds = 0): number {
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000_000;
}

/**
 * The table of resources by name (Cpus, Memory, Disk, TimeExecute …); empty where the record has none. Cells may be
 * blank, so they are told by their columns, whose right edges the heading gives, as HTCondor itself reads them.
 */
export function findResources(body: readonly Line[]): ReadonlyMap<string, ResourceRow> {
  const start = body.findIndex((line) => /^\s*(Partitionable )?Resources\s*:/.test(line.text));
  const heading = body[start]?.text;
  const rows = new Map<string, ResourceRow>();
  if (heading === undefined) {
    return rows;
  }
  const cells = heading.slice(heading.indexOf(':') + 1);
  const edges = ['Usage', 'Request', 'Allocated'].map((title) => {
    const at = cells.indexOf(title);
    return at < 0 ? 0 : at + title.length;
  });
  const [usageEdge = 0, requestEdge = 0, allocatedEdge = 0] = edges;
  for (const { text } of body.slice(start + 1)) {
    const row = /^\s+(\w+)(?: \([^)]*\))?\s*:/.exec(text);
    if (row?.[1] === undefined) {
      break;
    }
    const values = text.slice(text.indexOf(':') + 1);
    rows.set(row[1], {
      usage: numberIn(values.slice(0, usageEdge)),
      request: numberIn(values.slice(usageEdge, requestEdge)),
      allocated: numberIn(values.slice(requestEdge, allocatedEdge)),
    });
  }
  return rows;
}

/** A cell's number; cells may also hold an expression that was never evaluated, which is no measurement. */
function numberIn(cell: string): number | null {
  const text = cell.trim();
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : null;
}

/**
 * The largest memory a resource table tells, bytes. HTCondor's megabytes are 2^20 bytes, rounded up from what its
 * starter sampled: a 0 means that the run ended before the first sample, which is no measurement.
 */
export function memoryUsageBytes(resources: ReadonlyMap<string, ResourceRow>): number | null {
  const usage = resources.get('Memory')?.usage ?? null;
  return usage === null || usage <= 0 ? null : Math.round(usage * 1_048_576);
}

/**
 * The host of an execute record: the alias within the address, else the part of the slot's name behind the last @, else
 * the address itself.
 */
export function hostName(address: string, slotName: string | null): string | null {
  const alias = /[?&]alias=([^&>]+)/.exec(address)?.[1];
  if (alias !== undefined) {
    return decoded(alias);
  }
  const slotHost = slotName?.split('@').at(-1);
  if (slotName?.includes('@') === true && slotHost !== undefined && slotHost !== '') {
    return slotHost;
  }
  const bare = /^<?(\[[^\]]+\]|[^:?>\s]+)/.exec(address.trim())?.[1];
  return bare === undefined || bare === '' ? null : bare;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** "Code N Subcode M" of a body line or headline; null where there is none. */
export function findHoldCodes(texts: readonly string[]): { readonly code: number; readonly subcode: number } | null {
  for (const text of texts) {
    const match = /\bCode (-?\d+) Subcode (-?\d+)\s*$/.exec(text);
    if (match !== null) {
      return { code: Number(match[1]), subcode: Number(match[2]) };
    }
  }
  return null;
}

/**
 * The DAG node that a record's notes name: "DAG Node: X", or DAGNodeName in the ClassAd that newer versions write there.
 */
export function findDagNode(body: readonly Line[]): string | null {
  for (const { text } of body) {
    const plain = /^\s*DAG Node: (.*\S)\s*$/.exec(text);
    if (plain?.[1] !== undefined) {
      return plain[1];
    }
    const classAd = /^\s*\[.*\bDAGNodeName\s*=\s*"((?:[^"\\]|\\.)*)"/.exec(text);
    if (classAd?.[1] !== undefined) {
      return classAd[1].replace(/\\(.)/g, '$1');
    }
  }
  return null;
}
