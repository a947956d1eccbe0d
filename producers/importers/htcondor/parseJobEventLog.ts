/**
 * HTCondor's job event log (also called user log; DAGMan's `.nodes.log` is one): records into typed events.
 *
 * Source of the format: HTCondor's manual, "In the Job Event Log File", and the readers and writers of HTCondor 25
 * (condor_utils/condor_event.cpp).
 */
import { ImportFormatError, type Place } from '../errors';
import type { Line } from '../lines';
import { parseLocalTime, type LocalTime } from '../localTime';
import { eventCode } from './eventCodes';

import { RecordReader, type RawRecord } from './readRecords';
import {
  findDagNode,
  findHoldCodes,
  findResources,
  findTermination,
  findUsage,
  hostName,
  type CpuUsage,
  type ResourceRow,
  type Termination,
} from './recordParts';

/** What every event has. */
export interface LogEventBase {
  readonly place: Place;
  readonly code: number;
  readonly cluster: number;
  readonly proc: number;
  readonly subproc: number;
  readonly time: LocalTime;
}

/** What one record says. */
export type LogEventContent =
  | { readonly kind: 'submitted'; readonly dagNode: string | null }
  | { readonly kind: 'executing'; readonly host: string | null; readonly slotName: string | null }
  | { readonly kind: 'executableError'; readonly message: string }
  | {
      readonly kind: 'evicted';
      readonly checkpointed: boolean;
      /** How the run ended where it had ended and its policy put it into the queue again; else null. */
      readonly requeued: Termination | null;
      readonly usage: CpuUsage;
      readonly resources: ReadonlyMap<string, ResourceRow>;
      readonly reason: string | null;
      readonly reasonCode: number | null;
    }
  | {
      readonly kind: 'terminated';
      readonly termination: Termination;
      readonly runRemoteUsage: CpuUsage;
      readonly totalRemoteUsage: CpuUsage;
      readonly resources: ReadonlyMap<string, ResourceRow>;
      /** "Job terminated of its own accord at …": in UTC whatever the timestamps are in; null where the log has none. */
      readonly ownAccordAt: LocalTime | null;
    }
  | { readonly kind: 'imageSize'; readonly residentSetBytes: number | null; readonly memoryBytes: number | null }
  | { readonly kind: 'shadowException'; readonly message: string | null }
  | { readonly kind: 'aborted'; readonly reason: string | null }
  | {
      readonly kind: 'held';
      readonly reason: string | null;
      readonly reasonCode: number | null;
      readonly reasonSubcode: number | null;
    }
  | { readonly kind: 'released'; readonly reason: string | null }
  | { readonly kind: 'postScript'; readonly termination: Termination; readonly dagNode: string | null }
  | { readonly kind: 'reconnectFailed'; readonly reason: string | null }
  | { readonly kind: 'preSkipped'; readonly dagNode: string }
  | { readonly kind: 'clusterSubmitted'; readonly dagNode: string | null }
  | { readonly kind: 'clusterRemoved' }
  | { readonly kind: 'dataflowSkipped'; readonly reason: string | null }
  | { readonly kind: 'ignored'; readonly name: string; readonly because: string }
  | { readonly kind: 'unknown' };

/** One record's event. */
export type LogEvent = LogEventBase & LogEventContent;

/**
 * The events of a log, record by record; an incomplete last record is not among them.
 * @throws {ImportFormatError} at the first line that is not what it should be
 */
export function* parseJobEventLog(lines: Iterable<Line>): Generator<LogEvent, void> {
  const reader = new RecordReader();
  for (const line of lines) {
    const record = reader.push(line);
    if (record !== undefined) {
      yield parseRecord(record);
    }
  }
}

/**
 * The event of one record.
 * @throws {ImportFormatError} where its body lacks what an event of its code must have
 */
export function parseRecord(record: RawRecord): LogEvent {
  const { place, code, cluster, proc, subproc, time } = record;
  return { place, code, cluster, proc, subproc, time, ...content(record) };
}

function content(record: RawRecord): LogEventContent {
  const known = eventCode(record.code);
  if (known === undefined) {
    return { kind: 'unknown' };
  }
  if (known.ignoredBecause !== null) {
    return { kind: 'ignored', name: known.name, because: known.ignoredBecause };
  }
  return parsers[record.code]?.(record) ?? { kind: 'unknown' };
}

/** One parser a code that {@link eventCode} does not ignore. */
const parsers: Readonly<Record<number, (record: RawRecord) => LogEventContent>> = {
  0: (record) => ({ kind: 'submitted', dagNode: findDagNode(record.body) }),
  1: executing,
  2: (record) => ({ kind: 'executableError', message: record.headline }),
  4: evicted,
  5: terminated,
  6: imageSize,
  7: (record) => ({ kind: 'shadowException', message: firstText(record.body) }),
  9: (record) => ({ kind: 'aborted', reason: firstText(record.body) }),
  12: held,
  13: (record) => ({ kind: 'released', reason: firstText(record.body) }),
  16: (record) => ({
    kind: 'postScript',
    termination: findTermination(record.body, record.place),
    dagNode: findDagNode(record.body),
  }),
  24: (record) => ({ kind: 'reconnectFailed', reason: firstText(record.body) }),
  34: preSkipped,
  35: (record) => ({ kind: 'clusterSubmitted', dagNode: findDagNode(record.body) }),
  36: () => ({ kind: 'clusterRemoved' }),
  46: (record) => ({ kind: 'dataflowSkipped', reason: firstText(record.body) }),
};

function executing(record: RawRecord): LogEventContent {
  const match = /^Job executing on host: (.*)$/.exec(record.headline);
  if (match?.[1] === undefined) {
    throw new ImportFormatError(record.place, '"Job executing on host: ADDRESS"', record.headline);
  }
  const slotLine = record.body.find((line) => /^\s*SlotName\s*[:=]/.test(line.text))?.text;
  const slotName =
    slotLine
      ?.replace(/^\s*SlotName\s*[:=]\s*/, '')
      .replace(/^"|"$/g, '')
      .trim() ?? '';
  return {
    kind: 'executing',
    host: hostName(match[1], slotName === '' ? null : slotName),
    slotName: slotName === '' ? null : slotName,
  };
}

function evicted(record: RawRecord): LogEventContent {
  const { body, place, headline } = record;
  const how = /^\s*\((\d+)\) (.*)$/.exec(body[0]?.text ?? '');
  if (how === null) {
    throw new ImportFormatError(
      body[0] ?? place,
      '"(0) CPU times", "(1) Job was checkpointed." or "(0) Job terminated and was requeued"',
      body[0]?.text ?? 'the end of the record',
    );
  }
  const requeued = how[2]?.startsWith('Job terminated and was requeued') === true;
  return {
    kind: 'evicted',
    checkpointed: how[1] !== '0',
    requeued: requeued ? findTermination(body.slice(1), place) : null,
    usage: findUsage(body, 'Run Remote Usage', place),
    resources: findResources(body),
    reason: evictionReason(body),
    reasonCode: findHoldCodes([headline])?.code ?? null,
  };
}

/** The free text of an eviction: the line that is none of the known ones. */
function evictionReason(body: readonly Line[]): string | null {
  for (const { text } of body.slice(1)) {
    const trimmed = text.trim();
    if (/^(Partitionable )?Resources\s*:/.test(trimmed)) {
      return null;
    }
    if (trimmed !== '' && !/^(Usr \d|[\d.]+ {2}- {2}|\([01]\) )/.test(trimmed)) {
      return trimmed.replace(/^Reason: /, '');
    }
  }
  return null;
}

function terminated(record: RawRecord): LogEventContent {
  const { body, place } = record;
  const ownAccord = body
    .map(({ text }) => /\bJob terminated of its own accord at (\S+) /.exec(text)?.[1])
    .find(Boolean);
  return {
    kind: 'terminated',
    termination: findTermination(body, place),
    runRemoteUsage: findUsage(body, 'Run Remote Usage', place),
    totalRemoteUsage: findUsage(body, 'Total Remote Usage', place),
    resources: findResources(body),
    ownAccordAt: ownAccord === undefined ? null : (parseLocalTime(ownAccord) ?? null),
  };
}

function imageSize(record: RawRecord): LogEventContent {
  const value = (label: string): number | null => {
    const line = record.body.find(({ text }) => text.includes(`-  ${label} of job`));
    const number = /^\s*(\d+) {2}-/.exec(line?.text ?? '')?.[1];
    return number === undefined || Number(number) === 0 ? null : Number(number);
  };
  const residentKb = value('ResidentSetSize');
  const memoryMb = value('MemoryUsage');
  return {
    kind: 'imageSize',
    residentSetBytes: residentKb === null ? null : residentKb * 1024,
    memoryBytes: memoryMb === null ? null : memoryMb * 1_048_576,
  };
}

function held(record: RawRecord): LogEventContent {
  const codes = findHoldCodes(record.body.map((line) => line.text));
  const reason = firstText(record.body);
  return {
    kind: 'held',
    reason: reason === null || reason === 'Reason unspecified' || /^Code -?\d+ Subcode/.test(reason) ? null : reason,
    reasonCode: codes?.code ?? null,
    reasonSubcode: codes?.subcode ?? null,
  };
}

function preSkipped(record: RawRecord): LogEventContent {
  const dagNode = findDagNode(record.body);
  if (dagNode === null) {
    throw new ImportFormatError(record.place, 'a line "DAG Node: NAME" in this record', record.headline);
  }
  return { kind: 'preSkipped', dagNode };
}

/** The first line of a body that is a text, not a count of bytes. */
function firstText(body: readonly Line[]): string | null {
  return body.map((line) => line.text.trim()).find((text) => text !== '' && !/^[\d.]+ {2}- {2}/.test(text)) ?? null;
}
