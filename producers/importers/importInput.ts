/**
 * What every importer does with what it read: check the whole of it, then store it.
 *
 * An import is made twice over the same bytes. The first pass reads, maps and encodes everything and stores nothing, so
 * that a malformed input is refused as a whole. The second appends from sequence 1: the ledger acknowledges what it
 * holds already and compares it byte for byte, so an import again adds nothing, a grown file only its growth, and a
 * changed beginning is a conflict.
 */
import { NIL } from 'uuid';
import type { Ledger } from '../../ledger/port';
import { SequenceConflictError } from '../../ledger/errors';
import { EventInvalidError, EventTooLargeToEncodeError } from '../../schemas';
import { encodeDraft, type Draft } from './drafts';
import { ImportConflictError, ImportFileError, ImportFormatError, ImportInterruptedError, type Place } from './errors';
import { inputProducer, noteProducer, type ImportKind, type ImportScope } from './identities';

/** What an import did. */
export interface ImportReport {
  readonly kind: ImportKind;
  readonly campaign: string;
  readonly unit: string;
  readonly attempt: number;
  /** The producer that this input is; null where it has no complete record yet. */
  readonly producer: string | null;
  /** The files read, oldest first. */
  readonly files: readonly string[];
  /** How many records the files hold. */
  readonly records: number;
  /** Records that tell nothing an event could say, by the reason and how many. */
  readonly ignored: Readonly<Record<string, number>>;
  /** How many events the input gives. */
  readonly read: number;
  /** How many of them this import stored. */
  readonly stored: number;
  /** How many were stored before. */
  readonly duplicates: number;
  /** The time zone its local times were read in; null where the file has none. */
  readonly timeZone: string | null;
  /** Where an incomplete last record begins that is left for a later import; null where there is none. */
  readonly leftForLater: Place | null;
  /** What the operator should know. */
  readonly warnings: readonly string[];
}

/** What reading an input through has found out, complete once the drafts have ended. */
export interface Findings {
  records: number;
  readonly ignored: Map<string, number>;
  readonly warnings: Set<string>;
  leftForLater: Place | null;
}

/** An input that can be read as often as needed, each time over the same bytes. */
export interface ImportInput {
  readonly scope: ImportScope;
  /** The file as the operator named it. */
  readonly file: string;
  readonly files: readonly string[];
  /** Whether the file is one record as a whole, as a plan is, and not a log that grows. */
  readonly isWhole: boolean;
  /** SHA-256 of the first complete record, and when it happened; null where there is none yet. */
  readonly first: { readonly digest: string; readonly occurredAtMicros: number } | null;
  readonly timeZone: string | null;
  /** The events of the input, in order, many at a time; what else it holds goes to the findings. */
  drafts(findings: Findings): AsyncIterable<readonly Draft[]> | Iterable<readonly Draft[]>;
}

/** Events an append takes at most, and bytes after which it is made in any case. */
const batchEvents = 1000;
const batchBytes = 4 << 20;

/** Nothing found yet. */
export function newFindings(): Findings {
  return { records: 0, ignored: new Map(), warnings: new Set(), leftForLater: null };
}

/** Counts a record that tells nothing an event could say. */
export function countIgnored(findings: Findings, reason: string): void {
  findings.ignored.set(reason, (findings.ignored.get(reason) ?? 0) + 1);
}

/**
 * Checks an input as a whole, then stores what of it is not stored.
 * @param onProgress called with the number of events done and the number there are
 * @throws {ImportFormatError} {@link ImportFileError} and nothing is stored; {@link ImportConflictError} where what is
 *   stored differs; {@link ImportInterruptedError} where storing stopped part of the way
 */
export async function importInput(
  ledger: Ledger,
  input: ImportInput,
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<ImportReport> {
  const { first } = input;
  const producer = first === null ? NIL : inputProducer(input.scope, first.digest);
  const { findings, events } = await storingNothing(check(input, producer));
  if (first === null) {
    return report(input, findings, null, { read: 0, stored: 0, duplicates: 0 });
  }
  const before = (await ledger.lastSequences([producer])).get(producer) ?? 0;
  if (before === 0) {
    await claimFile(ledger, input, first);
  }
  const counts = await store(ledger, input, producer, (done) => {
    onProgress(done, events);
  });
  if (before > counts.read) {
    findings.warnings.add(
      `the ledger holds ${String(before)} events of this input and the file gives only the first ${String(counts.read)}: ` +
        `it is an older copy, or was cut`,
    );
  }
  return report(input, findings, producer, counts);
}

/** Lets an error about a file's format say that nothing is stored, while nothing is. */
export async function storingNothing<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw error instanceof ImportFormatError ? error.withOutcome('nothing of this import is stored') : error;
  }
}

/** The first pass: everything is read and encoded, nothing stored. */
async function check(input: ImportInput, producer: string): Promise<{ findings: Findings; events: number }> {
  const findings = newFindings();
  let events = 0;
  try {
    for await (const drafts of input.drafts(findings)) {
      for (const draft of drafts) {
        events += 1;
        encodeDraft(draft, producer, events, input.scope);
      }
    }
  } catch (error) {
    if (error instanceof EventInvalidError || error instanceof EventTooLargeToEncodeError) {
      const problem = `gives an event that cannot be stored: ${error.message}; nothing of this import is stored`;
      throw new ImportFileError(input.file, problem, { cause: error });
    }
    throw error;
  }
  return { findings, events };
}

/** Notes in the ledger which file the attempt is told by; the same file with another first record is then a conflict. */
async function claimFile(ledger: Ledger, input: ImportInput, first: NonNullable<ImportInput['first']>): Promise<void> {
  const { scope, file, isWhole } = input;
  const producer = noteProducer(scope, isWhole ? null : file);
  const note: Draft = {
    occurredAtMicros: first.occurredAtMicros,
    event: {
      type: 'OperatorNoted',
      // A whole file is known by its content alone: a copy of it is the same input.
      text: isWhole
        ? `imported from a ${scope.kind} file with SHA-256 ${first.digest}`
        : `imported from the ${scope.kind} file ${file}, whose first record has SHA-256 ${first.digest}`,
      job: null,
      path: null,
      ticket: null,
      notedBy: 'tractledger import',
    },
  };
  try {
    await ledger.append(producer, 1, [encodeDraft(note, producer, 1, scope)]);
  } catch (error) {
    throw error instanceof SequenceConflictError
      ? conflict(input, error)
      : new ImportInterruptedError(input.file, 0, 0, error);
  }
}

interface Counts {
  read: number;
  stored: number;
  duplicates: number;
}

/** The second pass: appends every event under its sequence. */
async function store(
  ledger: Ledger,
  input: ImportInput,
  producer: string,
  onProgress: (done: number) => void,
): Promise<Counts> {
  const counts: Counts = { read: 0, stored: 0, duplicates: 0 };
  try {
    for await (const events of batches(input, producer)) {
      const result = await ledger.append(producer, counts.read + 1, events);
      counts.read += events.length;
      counts.stored += result.stored;
      counts.duplicates += result.duplicates;
      onProgress(counts.read);
    }
  } catch (error) {
    throw error instanceof SequenceConflictError
      ? conflict(input, error)
      : new ImportInterruptedError(input.file, counts.stored, counts.duplicates, error);
  }
  return counts;
}

async function* batches(input: ImportInput, producer: string): AsyncGenerator<Buffer[], void> {
  let batch: Buffer[] = [];
  let bytes = 0;
  let sequence = 0;
  for await (const drafts of input.drafts(newFindings())) {
    for (const draft of drafts) {
      sequence += 1;
      const event = encodeDraft(draft, producer, sequence, input.scope);
      batch.push(event);
      bytes += event.length;
      if ((batch.length >= batchEvents || bytes >= batchBytes) && !awaitsOutcome(draft)) {
        yield batch;
        batch = [];
        bytes = 0;
      }
    }
  }
  if (batch.length > 0) {
    yield batch;
  }
}

/** What an execution wrote and its outcome, which follows, are one append: no reader sees half of it. */
function awaitsOutcome({ event }: Draft): boolean {
  return event.type === 'FileProduced';
}

function conflict(input: ImportInput, cause: SequenceConflictError): ImportConflictError {
  const { scope, file, isWhole } = input;
  const attempt = `attempt ${String(scope.attempt)} of ${scope.unit} in campaign ${scope.campaign}`;
  const message = isWhole
    ? `${attempt} was imported from another ${scope.kind} file than ${file} is now, or with other options; nothing ` +
      `more is stored. What was planned or run anew is the unit's next attempt: give its number with --attempt`
    : `the beginning of ${file} changed since it was imported as ${attempt}, or it was imported with other options or ` +
      `another DAG file; nothing more is stored. ` +
      `A run that was started anew is the unit's next attempt: give its number with --attempt`;
  return new ImportConflictError(file, message, { cause });
}

function report(input: ImportInput, findings: Findings, producer: string | null, counts: Counts): ImportReport {
  const { kind, campaign, unit, attempt } = input.scope;
  return {
    kind,
    campaign,
    unit,
    attempt,
    producer,
    files: input.files,
    records: findings.records,
    ignored: Object.fromEntries([...findings.ignored].sort(([a], [b]) => (a < b ? -1 : 1))),
    ...counts,
    timeZone: input.timeZone,
    leftForLater: findings.leftForLater,
    warnings: [...findings.warnings],
  };
}
