/** The views for the length of a reading command: brought up to date first, unless somebody else keeps them so. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Option, type Command } from 'commander';
import { project } from '../consumers/projector/projector';
import { queryLag, type Lag } from '../consumers/queries/lag';
import { StateStoreBusyError, StateStoreError } from '../consumers/sqliteStore/errors';
import { StateStore } from '../consumers/sqliteStore/stateStore';
import { LedgerError } from '../ledger/errors';
import { openLedger } from '../ledger/openLedger';
import type { Ledger } from '../ledger/port';
import { allProjections } from '../projections';
import { addViewsOption, viewsPath, type CommonOptions } from './commonOptions';
import { catchUpProgress } from './catchUpProgress';
import { asViewsError } from './viewsError';
import { formatCounted } from './output/units';
import { withLedger } from './withLedger';

/** The options of every command that reads views. */
export interface ReadingOptions extends CommonOptions {
  readonly campaign?: string;
  /** False with --no-project. */
  readonly project: boolean;
}

/** The views and how far they are behind. */
export interface CurrentViews extends Lag {
  readonly views: StateStore;
}

/** How long to wait for another process that is bringing the views up to date, milliseconds. */
const patienceMillis = 10_000;
const lookAgainMillis = 25;

/** Adds --campaign, --no-project and --views. */
export function addReadingOptions(command: Command): Command {
  return addProjectOption(
    command.addOption(
      new Option('--campaign <name>', 'the campaign (default: the only one)').env('TRACTLEDGER_CAMPAIGN'),
    ),
  );
}

/** Adds --no-project and --views, for commands that are about all campaigns. */
export function addProjectOption(command: Command): Command {
  return addViewsOption(
    command.option('--no-project', 'read the views as they are instead of bringing them up to date first'),
  );
}

/**
 * Brings the views up to date, reads them, and says on standard error how far behind they are where they are.
 * @throws {StateStoreError} where there are no views and none can be made, and what the ledger throws
 */
export async function withViews<Result>(
  options: ReadingOptions,
  work: (current: CurrentViews) => Promise<Result>,
): Promise<Result> {
  const file = viewsPath(options);
  try {
    return await (options.project
      ? withLedger(options, async (ledger) => reading(await currentViews(ledger, file), ledger, work))
      : readAsTheyAre(file, options, work));
  } catch (error) {
    throw asViewsError(error, file, options);
  }
}

/** The ledger is asked only how far the views are behind, and may be away. */
async function readAsTheyAre<Result>(
  file: string,
  options: ReadingOptions,
  work: (current: CurrentViews) => Promise<Result>,
): Promise<Result> {
  const views = openReadable(file);
  const ledger = await openLedger(options.ledger, { mustExist: true }).catch(nullIfAway);
  try {
    return await reading(views, ledger, work);
  } finally {
    await ledger?.close();
  }
}

async function reading<Result>(
  views: StateStore,
  ledger: Ledger | null,
  work: (current: CurrentViews) => Promise<Result>,
): Promise<Result> {
  try {
    const lag = await queryLag(views, ledger);
    warnOfLag(lag, views.quarantined().length);
    return await work({ views, ...lag });
  } finally {
    views.close();
  }
}

/** Views that hold all that the ledger held at the call, or what there is where their keeper takes too long. */
async function currentViews(ledger: Ledger, file: string): Promise<StateStore> {
  const end = await ledger.end();
  for (const deadline = Date.now() + patienceMillis; ;) {
    if (await projectUnlessBusy(ledger, file)) {
      return openReadable(file);
    }
    const isLate = Date.now() > deadline;
    const views = isLate ? openReadable(file) : openIfReadable(file);
    if (views !== null) {
      if (isLate || (await queryLag(views, ledger, end)).lagEvents === 0) {
        return views;
      }
      views.close();
    }
    await sleep(lookAgainMillis);
  }
}

/** False where another process keeps the views, or this user may only read them. */
async function projectUnlessBusy(ledger: Ledger, file: string): Promise<boolean> {
  let store: StateStore;
  try {
    store = StateStore.openForWriting(file);
  } catch (error) {
    if (error instanceof StateStoreBusyError || (error instanceof StateStoreError && isReadable(file))) {
      return false;
    }
    throw error;
  }
  try {
    await catchUp(ledger, store);
    return true;
  } finally {
    store.close();
  }
}

async function catchUp(ledger: Ledger, store: StateStore): Promise<void> {
  const progress = await catchUpProgress(ledger, store);
  try {
    await project({ ledger, store, projections: allProjections, onCommit: progress.update });
  } finally {
    progress.stop();
  }
}

/** @throws {StateStoreError} where there are no views, or another version of this program made them */
function openReadable(file: string): StateStore {
  const views = StateStore.openForReading(file);
  const unfit = allProjections.find(({ name, version }) => views.progress(name)?.version !== version);
  if (unfit !== undefined) {
    views.close();
    throw new StateStoreError(
      `the views at ${file} have no view ${unfit.name} of version ${String(unfit.version)}; make it with \`tractledger project\``,
    );
  }
  return views;
}

function openIfReadable(file: string): StateStore | null {
  try {
    return openReadable(file);
  } catch (error) {
    if (error instanceof StateStoreError) {
      return null;
    }
    throw error;
  }
}

function isReadable(file: string): boolean {
  const views = openIfReadable(file);
  views?.close();
  return views !== null;
}

function nullIfAway(error: unknown): null {
  if (error instanceof LedgerError) {
    return null;
  }
  throw error;
}

function warnOfLag({ lagEvents }: Lag, quarantined: number): void {
  if (lagEvents === null) {
    process.stderr.write('tractledger: how far the views are behind the ledger cannot be told\n');
  } else if (lagEvents > 0) {
    process.stderr.write(`tractledger: the views are ${formatCounted(lagEvents, 'event')} behind the ledger\n`);
  }
  if (quarantined > 0) {
    process.stderr.write(
      `tractledger: ${formatCounted(quarantined, 'event')} of types unknown here set aside; what is shown lacks them. ` +
        'Update tractledger, then run `tractledger rebuild`\n',
    );
  }
}
