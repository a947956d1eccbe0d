/** `tractledger rebuild`: the views made anew from the first event, or compared with what that would give. */
import type { Command } from 'commander';
import { checkViews, type ViewCheck } from '../../consumers/projector/checkViews';
import { rebuild, type ProjectorOptions } from '../../consumers/projector/projector';
import { queryLag } from '../../consumers/queries/lag';
import { StateStore } from '../../consumers/sqliteStore/stateStore';
import { allProjections } from '../../projections';
import { exits } from '../command';
import { addViewsOption, viewsPath, type CommonOptions } from '../commonOptions';
import { exitCodes, type ExitCode } from '../exitCodes';
import { asViewsError } from '../viewsError';
import { writeJson, writeOutput } from '../output/lines';
import { startProgress } from '../output/progress';
import { outputTarget, renderTable } from '../output/table';
import { formatCounted } from '../output/units';
import { withLedger } from '../withLedger';

interface RebuildOptions extends CommonOptions {
  readonly check?: boolean;
  readonly setAsideUnknown?: boolean;
}

const help = `
Examples:
  tractledger rebuild
  tractledger rebuild --check

Views are made anew beside those that are read, and take their place once they are complete. With --check they are made
beside them, compared and thrown away: exit code 1 says that a view is not what the ledger gives.`;

/** Adds the command's options, help and action. */
export function define(command: Command): void {
  command
    .description('Make the views anew from the first event of the ledger, or check that they are what it gives.')
    .option('--check', 'compare only, change nothing')
    .option('--set-aside-unknown', 'set events of types unknown here aside instead of stopping')
    .addHelpText('after', help);
  addViewsOption(command).action(exits(run));
}

async function run(options: RebuildOptions): Promise<ExitCode> {
  const file = viewsPath(options);
  return withLedger(options, async (ledger) => {
    const store = StateStore.openForWriting(file);
    const progress = startProgress('replaying', await ledger.countBetween(ledger.start, await ledger.end()));
    const unknownEvents = options.setAsideUnknown === true ? 'quarantine' : 'stop';
    const projector: ProjectorOptions = { ledger, store, projections: allProjections, unknownEvents };
    try {
      if (options.check === true) {
        const checks = await checkViews({ ...projector, onReplay: progress.update });
        progress.stop();
        return await printChecks(checks, options.json === true);
      }
      const events = await rebuild({ ...projector, onCommit: progress.update });
      progress.stop();
      const { position, lagEvents } = await queryLag(store, ledger);
      const quarantined = store.quarantined().length;
      await (options.json === true
        ? writeJson({ views: file, events, position, lagEvents, quarantined })
        : writeOutput(`the views at ${file} were made anew from ${formatCounted(events, 'event')}\n`));
      return exitCodes.done;
    } catch (error) {
      throw asViewsError(error, file, options);
    } finally {
      progress.stop();
      store.close();
    }
  });
}

async function printChecks(checks: readonly ViewCheck[], json: boolean): Promise<ExitCode> {
  const same = checks.every((check) => check.same);
  if (json) {
    await writeJson({ same, views: checks });
  } else {
    const columns = ['view', 'kept', 'replayed', 'result'].map((title) => ({ title }));
    const rows = checks.map((check) => [
      check.view,
      check.keptDigest.slice(0, 16),
      check.replayedDigest.slice(0, 16),
      check.same ? 'same' : 'DIFFERS',
    ]);
    const advice = same ? '' : 'a view is not what the ledger gives; make it anew with `tractledger rebuild`\n';
    await writeOutput(`${renderTable(columns, rows, outputTarget())}\n${advice}`);
  }
  return same ? exitCodes.done : exitCodes.checkFailed;
}
