/** `tractledger simulate`: a campaign of any size as events, without running anything. */
import { Argument, InvalidArgumentError, Option, type Command } from 'commander';
import { faultNames, type Fault } from '../../producers/simulator/faults';
import { simulateHscRc1 } from '../../producers/simulator/simulateHscRc1';
import { writeScaledPipeline } from '../../producers/simulator/writePipeline';
import { exits } from '../command';
import type { CommonOptions } from '../commonOptions';
import { exitCodes } from '../exitCodes';
import { naturalNumber } from '../optionValues';
import { writeJson, writeOutput } from '../output/lines';
import { startProgress } from '../output/progress';
import { escapeControls } from '../output/terminal';
import { formatCounted, formatCount } from '../output/units';
import { withLedgerToWrite } from '../withLedger';

interface SimulateOptions extends CommonOptions {
  readonly campaign: string;
  readonly seed: number;
  readonly scale: number;
  readonly unit?: readonly string[];
  readonly faults?: ReadonlySet<Fault>;
  readonly rate?: number;
  readonly writePipeline?: string;
}

const faultLines = Object.entries(faultNames).map(([name, what]) => `  ${name.padEnd(17)} ${what}`);

const help = `
Examples:
  tractledger simulate hsc-rc1
  tractledger simulate hsc-rc1 --scale 0.1 --faults outage,nodeLoss,permanentFailure
  tractledger simulate hsc-rc1 --scale 0.05 --rate 2000
  tractledger simulate hsc-rc1 --scale 0.2 --unit tract=9813 --write-pipeline small

hsc-rc1 is the campaign of the test report DMTR-51: three tracts, 58,574 executions. Without faults and at scale 1 the
report's Tables 1, 2 and 3 come out to the last digit. The same options give the same events: again adds nothing.

Faults:
${faultLines.join('\n')}`;

/** Adds the command's arguments, options, help and action. */
export function define(command: Command): void {
  command
    .description('Write a whole campaign into the ledger without running anything: always the same for the same seed.')
    .addArgument(new Argument('<what>', 'the campaign').choices(['hsc-rc1']))
    .addOption(new Option('--campaign <name>', 'the name it gets').env('TRACTLEDGER_CAMPAIGN').default('HSC-RC1'))
    .option('--seed <number>', 'draws other run times, sizes and faults', naturalNumber, 1)
    .option('--scale <factor>', 'how many times as large as the real one, 0.01 to 100', scaleFactor, 1)
    .option('--unit <names...>', 'only these units, e.g. tract=9813')
    .addOption(new Option('--faults <list>', 'what goes wrong, separated by commas; see below').argParser(faultList))
    .addOption(
      new Option(
        '--rate <events>',
        'how many events a second, to watch it live (default: as fast as it goes)',
      ).argParser(naturalNumber),
    )
    .option('--write-pipeline <folder>', 'also write the definition and its tables, as scaled, into this folder')
    .addHelpText('after', help)
    .action(exits(simulate));
}

async function simulate(_what: string, options: SimulateOptions): Promise<0> {
  const { campaign, seed, scale, unit: units = null, faults = new Set<Fault>(), rate = null } = options;
  if (options.writePipeline !== undefined) {
    writeScaledPipeline(scale, options.writePipeline);
  }
  const bar = startProgress('storing events', null);
  try {
    const result = await withLedgerToWrite(options, (ledger) =>
      simulateHscRc1(ledger, { campaign, seed, scale, units, faults, eventsPerSecond: rate, onProgress: bar.update }),
    );
    bar.stop();
    if (options.json === true) {
      await writeJson({ campaign, seed, scale, ...result });
    } else {
      const lines = result.units.map(({ unit, jobs }) => `${unit}: ${formatCounted(jobs, 'job')}\n`);
      const events = `${formatCounted(result.events, 'event')}, ${formatCount(result.stored)} of them new`;
      await writeOutput(`${lines.join('')}${escapeControls(campaign)}: ${events}\n`);
    }
    sayWhereTablesAre(options);
    return exitCodes.done;
  } finally {
    bar.stop();
  }
}

/** A ledger holds a definition's text and not its tables, and of a scaled campaign no package has them. */
function sayWhereTablesAre({ scale, writePipeline }: SimulateOptions): void {
  if (scale !== 1 && writePipeline === undefined) {
    process.stderr.write(
      'tractledger: plan, run and restart --definition need the tables of this scale, not those of the package: ' +
        'the same command with --write-pipeline FOLDER writes them; restart --from-ledger needs none\n',
    );
  }
}

function scaleFactor(text: string): number {
  const factor = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || factor < 0.01 || factor > 100) {
    throw new InvalidArgumentError('Expected a number from 0.01 to 100.');
  }
  return factor;
}

function faultList(text: string): ReadonlySet<Fault> {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !Object.hasOwn(faultNames, name));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(
      `Expected some of ${Object.keys(faultNames).join(', ')}, found ${JSON.stringify(unknown)}.`,
    );
  }
  return new Set(names as Fault[]);
}
