/** What can be told about ledger, outbox and views. Nothing here throws: trouble is a finding. */
import { existsSync } from 'node:fs';
import { errorMessage } from '../schemas/systemError';
import { queryLag } from '../consumers/queries/lag';
import { StateStore } from '../consumers/sqliteStore/stateStore';
import { openLedger } from '../ledger/openLedger';
import type { Ledger, LedgerDamage } from '../ledger/port';
import { allProjections } from '../projections';
import { redactText } from '../schemas/redaction';
import { exitCodeOf } from './exitCodeOf';
import { exitCodes, type ExitCode } from './exitCodes';
import { fileSystemOf } from './fileSystem';
import { measureBacklog } from './outboxBacklog';
import { startProgress } from './output/progress';

/** What is wrong with one part, and the exit code that it means. */
export interface Problem {
  readonly message: string;
  readonly exitCode: ExitCode;
}

/** The ledger; null is what could not be told. */
export interface LedgerFindings {
  readonly address: string;
  /** Of an embedded ledger. */
  readonly fileSystem: string | null;
  readonly answers: boolean;
  readonly events: number | null;
  readonly position: string | null;
  /** Stretches that cannot be read; null where nobody looked. */
  readonly damages: readonly LedgerDamage[] | null;
  readonly problem: Problem | null;
}

/** The outbox of this node. */
export interface OutboxFindings {
  readonly file: string;
  readonly fileSystem: string | null;
  readonly exists: boolean;
  readonly waitingEvents: number | null;
  readonly problem: Problem | null;
}

/** The views; `keptVersion` is null for a view that has never been made. */
export interface ViewsFindings {
  readonly file: string;
  readonly fileSystem: string | null;
  readonly exists: boolean;
  readonly position: string | null;
  readonly lagEvents: number | null;
  readonly quarantined: number | null;
  readonly views: readonly { readonly view: string; readonly keptVersion: number | null; readonly version: number }[];
  readonly problem: Problem | null;
}

/** Opens the ledger, or says why it cannot be. */
export async function tryLedger(url: string): Promise<Ledger | Problem> {
  try {
    return await openLedger(url, { mustExist: true });
  } catch (error) {
    return problemOf(error);
  }
}

/** @param readAll whether to read every event and verify it */
export async function examineLedger(url: string, opened: Ledger | Problem, readAll: boolean): Promise<LedgerFindings> {
  const silent = {
    address: redactText(url),
    fileSystem: url.startsWith('sqlite:') ? fileSystemOf(url.slice('sqlite:'.length)) : null,
    answers: false,
    events: null,
    position: null,
    damages: null,
  };
  if ('exitCode' in opened) {
    return { ...silent, problem: opened };
  }
  try {
    const position = await opened.end();
    const events = await opened.countBetween(opened.start, position);
    const damages = readAll ? await readEverything(opened, events) : null;
    const { address } = opened;
    return { ...silent, address, answers: true, events, position, damages, problem: damageProblem(damages) };
  } catch (error) {
    return { ...silent, address: opened.address, problem: problemOf(error) };
  }
}

/** How much waits in the outbox. */
export async function examineOutbox(file: string): Promise<OutboxFindings> {
  const found = { file, fileSystem: fileSystemOf(file), exists: existsSync(file) };
  if (!found.exists) {
    return { ...found, waitingEvents: null, problem: null };
  }
  try {
    const outbox = await openLedger(`sqlite:${file}`, { mustExist: true });
    try {
      const { waitingEvents } = await measureBacklog(outbox);
      return { ...found, waitingEvents, problem: null };
    } finally {
      await outbox.close();
    }
  } catch (error) {
    return { ...found, waitingEvents: null, problem: problemOf(error) };
  }
}

/** How far the views are. */
export async function examineViews(file: string, opened: Ledger | Problem): Promise<ViewsFindings> {
  const none = allProjections.map(({ name, version }) => ({ view: name, keptVersion: null, version }));
  const found = { file, fileSystem: fileSystemOf(file), exists: existsSync(file) };
  const untold = { position: null, lagEvents: null, quarantined: null, views: none };
  if (!found.exists) {
    return { ...found, ...untold, problem: null };
  }
  try {
    const views = StateStore.openForReading(file);
    try {
      const kept = none.map((row) => ({ ...row, keptVersion: views.progress(row.view)?.version ?? null }));
      const lag = await queryLag(views, 'exitCode' in opened ? null : opened);
      return { ...found, ...lag, quarantined: views.quarantined().length, views: kept, problem: null };
    } finally {
      views.close();
    }
  } catch (error) {
    return { ...found, ...untold, problem: problemOf(error) };
  }
}

async function readEverything(ledger: Ledger, total: number | null): Promise<LedgerDamage[]> {
  const damages: LedgerDamage[] = [];
  const progress = startProgress('reading events', total);
  let events = 0;
  try {
    for await (const batch of ledger.read(ledger.start, { onDamage: (damage) => damages.push(damage) })) {
      events += batch.events.length;
      progress.update(events);
    }
    return damages;
  } finally {
    progress.stop();
  }
}

function damageProblem(damages: readonly LedgerDamage[] | null): Problem | null {
  const [first] = damages ?? [];
  const count = damages?.length ?? 0;
  return first === undefined
    ? null
    : {
        message: `${String(count)} of its parts cannot be read; the first: ${first.message}`,
        exitCode: exitCodes.damaged,
      };
}

function problemOf(error: unknown): Problem {
  return { message: redactText(errorMessage(error)), exitCode: exitCodeOf(error) };
}
