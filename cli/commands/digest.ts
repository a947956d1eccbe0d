/** `tractledger digest`: one number for each view. */
import type { Command } from 'commander';
import { allProjections } from '../../projections';
import { exits } from '../command';
import { exitCodes } from '../exitCodes';
import { writeJson, writeOutput } from '../output/lines';
import { outputTarget, renderTable } from '../output/table';
import { addProjectOption, withViews, type ReadingOptions } from '../withViews';

const help = `
Examples:
  tractledger digest
  tractledger digest --json | jq -r '.views[] | "\\(.view) \\(.digest)"'

A digest is the SHA-256 over all rows of a view. Views of the same events have the same digests, in whatever order the
events came, so two machines that hold the same ledger can be compared.`;

/** Adds the command's options, help and action. */
export function define(command: Command): void {
  command.description('Print a digest of each view.').addHelpText('after', help);
  addProjectOption(command).action(exits(digest));
}

async function digest(options: ReadingOptions): Promise<0> {
  return withViews(options, async ({ views, position, lagEvents }) => {
    const digests = views.snapshot(() =>
      allProjections.map((projection) => ({
        view: projection.name,
        version: projection.version,
        digest: views.digest(projection),
      })),
    );
    const quarantined = views.quarantined().length;
    if (options.json === true) {
      await writeJson({ position, lagEvents, quarantined, views: digests });
    } else {
      const columns = [{ title: 'view' }, { title: 'version', align: 'right' as const }, { title: 'digest' }];
      const rows = digests.map((row) => [row.view, String(row.version), row.digest]);
      await writeOutput(`${renderTable(columns, rows, outputTarget())}\n`);
    }
    return exitCodes.done;
  });
}
