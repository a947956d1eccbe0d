/** `tractledger project`: the views brought up to date, once or all the time. */
import type { Command } from 'commander';
import { followLedger, project, type ProjectorOptions } from '../../consumers/projector/projector';
import { queryLag } from '../../consumers/queries/lag';
import { StateStore } from '../../consumers/sqliteStore/stateStore';
import type { Ledger } from '../../ledger/port';
import { allProjections } from '../../projections';
import { exits } from '../command';
import { addViewsOption, viewsPath, type CommonOptions } from '../commonOptions';
import { exitCodes } from '../exitCodes';
import { asViewsError } from '../viewsError';
import { createLog } from '../log';
import { writeJson, writeOutput } from '../output/lines';
import { formatCount, formatCounted } from '../output/units';
import { catchUpProgress } from '../catchUpProgress';
import { untilInterrupted } from '../untilInterrupted';
import { withLedger, withLedgerToWrite } from '../withLedger';

interface ProjectOptions extends CommonOptions {
  readonly follow?: boolean;
  readonly makeLedger?: boolean;
  readonly setAsideUnknown?: boolean;
}

const help = `
Examples:
  tractledger project
  tractledger project --follow --log-level debug

Rows, marks and checkpoint change in one transaction: it may be killed at any instant and goes on where it was. Views
have one writer; while one follows, reading commands read what it keeps.`;

/** Adds the command's options, help and action. */
export function define(command: Command): void {
  command
    .description('Bring the views up to the end of the ledger; with --follow keep them there.')
    .option('--follow', 'go on with what comes, until interrupted')
    .option('--make-ledger', 'make the ledger where there is none yet; for services that start before the first event')
    .option(
      '--set-aside-unknown',
      'set events of types unknown here aside instead of stopping; digests do not hold until a rebuild has read them',
    )
    .addHelpText('after', help);
  addViewsOption(command).action(exits(run));
}

async function run(options: ProjectOptions): Promise<0> {
  const file = viewsPath(options);
  const withIt = options.makeLedger === true ? withLedgerToWrite : withLedger;
  return withIt(options, async (ledger) => {
    const store = StateStore.openForWriting(file);
    try {
      await (options.follow === true ? follow(ledger, store, options) : once(ledger, store, options));
    } catch (error) {
      throw asViewsError(error, file, options);
    } finally {
      store.close();
    }
    return exitCodes.done;
  });
}

async function once(ledger: Ledger, store: StateStore, options: ProjectOptions): Promise<void> {
  const progress = await catchUpProgress(ledger, store);
  let events: number;
  try {
    events = await project({ ...projectorOptions(ledger, store, options), onCommit: progress.update });
  } finally {
    progress.stop();
  }
  const { position, lagEvents } = await queryLag(store, ledger);
  const quarantined = store.quarantined().length;
  if (options.json === true) {
    await writeJson({ views: store.file, events, position, lagEvents, quarantined });
  } else {
    const aside = quarantined === 0 ? '' : `, ${formatCount(quarantined)} more set aside`;
    await writeOutput(`the views at ${store.file} hold ${formatCounted(events, 'event')}${aside}\n`);
  }
}

async function follow(ledger: Ledger, store: StateStore, options: ProjectOptions): Promise<void> {
  const log = createLog({ level: options.logLevel, service: true });
  const signal = untilInterrupted();
  log.info({ ledger: ledger.address, views: store.file }, 'keeping the views');
  const projector: ProjectorOptions = {
    ...projectorOptions(ledger, store, options),
    onCommit: (events, position) => {
      log.debug({ events, position }, 'committed');
    },
    onTrouble: (error) => {
      log.warn({ problem: error.message }, 'the ledger does not answer; trying again');
    },
  };
  await followLedger(projector, signal);
  log.info({ position: (await queryLag(store, ledger)).position }, 'stopped');
}

function projectorOptions(ledger: Ledger, store: StateStore, { setAsideUnknown }: ProjectOptions): ProjectorOptions {
  const unknownEvents = setAsideUnknown === true ? 'quarantine' : 'stop';
  return { ledger, store, projections: allProjections, unknownEvents };
}
