/** `tractledger lineage`: the ancestors or descendants of a file. */
import { Option, type Command } from 'commander';
import { queryLineage, type LineageQuestion } from '../../consumers/queries/lineage';
import { chosenCampaign } from '../chosenCampaign';
import { exits } from '../command';
import { exitCodes } from '../exitCodes';
import { naturalNumber, uuid } from '../optionValues';
import { lineageDot } from '../output/lineageDot';
import { lineageTree } from '../output/lineageTree';
import { LineWriter, writeJson } from '../output/lines';
import { addReadingOptions, withViews, type ReadingOptions } from '../withViews';

interface LineageOptions extends ReadingOptions {
  readonly up?: boolean;
  readonly down?: boolean;
  readonly depth?: number;
  readonly execution?: string;
  readonly format: 'tree' | 'json' | 'dot';
}

const help = `
Examples:
  tractledger lineage deepCoadd/HSC-I/9813/4,4.fits
  tractledger lineage raw/1228/49.fits --down --depth 2
  tractledger lineage deepCoadd/HSC-I/9813/4,4.fits --format dot | dot -Tsvg > lineage.svg

A path that was written more than once means the version that counts now, unless --execution names another. The JSON
form lists files and executions with the PROV relations between them, used and wasGeneratedBy.`;

/** Adds the command's arguments, options, help and action. */
export function define(command: Command): void {
  command
    .description('Show what a file was made from, or what was made from it.')
    .argument('<path>', 'the logical path of the file')
    .addOption(new Option('--up', 'what it was made from (the default)').conflicts('down'))
    .option('--down', 'what was made from it')
    .option('--depth <number>', 'go through so many executions at the most (default: to the end)', naturalNumber)
    .option('--execution <uuid>', 'the version that this execution wrote', uuid)
    .addOption(new Option('--format <form>', 'how to show it').choices(['tree', 'json', 'dot']).default('tree'))
    .addHelpText('after', help);
  addReadingOptions(command).action(exits(lineage));
}

async function lineage(path: string, options: LineageOptions): Promise<0> {
  return withViews(options, async (current) => {
    const { depth, execution } = options;
    const question: LineageQuestion = {
      campaign: chosenCampaign(current, options),
      path,
      direction: options.down === true ? 'down' : 'up',
      ...(depth === undefined ? {} : { depth }),
      ...(execution === undefined ? {} : { execution }),
    };
    const found = queryLineage(current.views, question);
    if (options.json === true || options.format === 'json') {
      await writeJson(found);
      return exitCodes.done;
    }
    const writer = new LineWriter();
    for (const line of options.format === 'dot' ? lineageDot(found) : lineageTree(found)) {
      await writer.line(line);
    }
    await writer.flush();
    return exitCodes.done;
  });
}
