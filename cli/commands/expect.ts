/** `tractledger expect`: how many files there should be, as an earlier campaign or an operator says. */
import { readFile } from 'node:fs/promises';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { errorMessage } from '../../schemas/systemError';
import { listDatasetTypes, listUnits } from '../../consumers/queries/concerned';
import { queryExpectations, queryOutcome } from '../../consumers/queries/expectations';
import type { ViewReader } from '../../consumers/queries/viewReader';
import { PipelineFileError } from '../../pipelines/errors';
import { someOf } from '../../pipelines/someNames';
import {
  declareExpectations,
  type Expectation,
  type ExpectationSource,
  type NumberedExpectation,
} from '../../producers/expectations/declareExpectations';
import { readExpectations } from '../../producers/expectations/readExpectations';
import { exits } from '../command';
import { UsageError } from '../errors';
import { exitCodes } from '../exitCodes';
import { addSignatureOptions, factScope, operatorName, stored, type FactOptions } from '../operatorFacts';
import { writeJson, writeOutput } from '../output/lines';
import { escapeControls } from '../output/terminal';
import { formatCount, formatCounted } from '../output/units';
import { withLedgerToWrite } from '../withLedger';
import { addProjectOption, withViews, type ReadingOptions } from '../withViews';

interface ExpectOptions extends FactOptions, Pick<ReadingOptions, 'project'> {
  readonly ledger: string;
  readonly fromCampaign?: string;
  readonly csv?: string;
  readonly datasetType?: string;
  readonly count?: number | 'unknown';
  readonly basis?: ExpectationSource['basis'];
}

const help = `
Examples:
  tractledger expect --campaign HSC-RC1 --from-campaign HSC-RC1-w26 --ticket DM-10404
  tractledger expect --campaign HSC-RC1 --csv weekly.csv
  tractledger expect --campaign HSC-RC1 --unit tract=9813 --dataset-type calexp --count 24095 --basis operator
  tractledger expect --campaign HSC-RC1 --unit tract=9813 --count unknown --basis operator

A CSV file has the columns unit,datasetType,count: an empty dataset type is the total over all of them, an empty count
says that it is unknown. What is stated already is not stated again; what differs takes the place of the statement
before it on the same basis. Expectations of another basis, such as the plan's, stay beside it.`;

/** Adds the command's options, help and action. */
export function define(command: Command): void {
  command.description('State how many files are expected, beside what the plan says.').addHelpText('after', help);
  addSignatureOptions(
    addProjectOption(command)
      .addOption(new Option('--campaign <name>', 'the campaign it is about').env('TRACTLEDGER_CAMPAIGN'))
      .option('--from-campaign <name>', 'as many as came out there, by unit and dataset type; basis reference')
      .option('--csv <file>', 'as a table says; basis reference unless --basis says otherwise')
      .option('--unit <name>', 'the unit it is about, e.g. tract=9813')
      .option('--dataset-type <name>', 'the dataset type it is about (default with --count: the total over all)')
      .option('--count <number>', 'how many, or unknown', countOrUnknown)
      .addOption(new Option('--basis <name>', 'on what it rests').choices(['reference', 'operator'])),
  ).action(exits(expect));
}

async function expect(options: ExpectOptions): Promise<0> {
  const source = sourceOf(options);
  const fromTable = await tableOf(options);
  // Made where it is not there yet, as with every fact: expectations may be the first thing that is known.
  await withLedgerToWrite(options, (ledger) => ledger.end());
  const { fresh, unchanged, unheardOf } = await withViews({ ...options, project: options.project }, ({ views }) =>
    Promise.resolve(
      views.snapshot(() => ({
        ...newStatements(views, source, fromTable ?? outcomeElsewhere(views, options, source)),
        unheardOf: fromTable === null ? [] : unheardOfIn(views, source.campaign, fromTable),
      })),
    ),
  );
  unheardOf.forEach((name) => {
    process.stderr.write(`tractledger: warning: ${escapeControls(name)}\n`);
  });
  const {
    producer,
    stored: count,
    position,
  } = await withLedgerToWrite(options, (ledger) => declareExpectations(ledger, fresh, source));
  const { campaign, basis } = source;
  if (options.json === true) {
    const statements = fresh.map((statement) => ({ ...statement, basis }));
    await writeJson({ campaign, basis, producer, stored: count, unchanged, position, expectations: statements });
  } else {
    const same = unchanged === 0 ? '' : `; ${formatCount(unchanged)} ${unchanged === 1 ? 'was' : 'were'} stated before`;
    await writeOutput(
      `${formatCounted(count, 'expectation')} stored for ${escapeControls(campaign)}, basis ${basis}${same}\n`,
    );
  }
  return exitCodes.done;
}

/** @throws {UsageError} where the options name no campaign, or not one source */
function sourceOf(options: ExpectOptions): ExpectationSource {
  const { campaign } = factScope(options);
  const { fromCampaign, csv, count, datasetType, unit } = options;
  const given = [fromCampaign, csv, count].filter((option) => option !== undefined);
  if (given.length !== 1) {
    throw new UsageError('how many are expected? Say one of --from-campaign NAME, --csv FILE and --count NUMBER');
  }
  if (count !== undefined && unit === undefined) {
    throw new UsageError('which unit is this about? Say --unit NAME');
  }
  if (count === undefined && datasetType !== undefined) {
    throw new UsageError('--dataset-type belongs to --count');
  }
  if (csv !== undefined && unit !== undefined) {
    throw new UsageError('the table names its units; leave --unit out');
  }
  if (fromCampaign !== undefined && (fromCampaign === campaign || options.basis === 'operator')) {
    throw new UsageError('--from-campaign names another, earlier campaign; what came out there is a reference');
  }
  return {
    campaign,
    basis: options.basis ?? (count === undefined ? 'reference' : 'operator'),
    declaredBy: operatorName(options),
    ticket: stored(options.ticket),
  };
}

/** What the options or the table state; null where another campaign is to say it. */
async function tableOf({ csv, count, unit, datasetType }: ExpectOptions): Promise<Expectation[] | null> {
  if (csv !== undefined) {
    const bytes = await readFile(csv).catch((error: unknown) => {
      throw new PipelineFileError(csv, `cannot be read: ${errorMessage(error)}`, {
        cause: error,
      });
    });
    return readExpectations(csv, bytes);
  }
  return count === undefined
    ? null
    : [{ unit: unit ?? null, datasetType: datasetType ?? null, count: count === 'unknown' ? null : count }];
}

function outcomeElsewhere(views: ViewReader, options: ExpectOptions, { campaign }: ExpectationSource): Expectation[] {
  return queryOutcome(views, options.fromCampaign ?? campaign, options.unit);
}

/** Units and dataset types of which a campaign knows nothing although it knows of others: they may be mistyped. */
function unheardOfIn(views: ViewReader, campaign: string, expectations: readonly Expectation[]): string[] {
  const named = { unit: listUnits(views, campaign), 'dataset type': listDatasetTypes(views, campaign) };
  const asked = {
    unit: expectations.map(({ unit }) => unit),
    'dataset type': expectations.map(({ datasetType }) => datasetType),
  };
  return (['unit', 'dataset type'] as const).flatMap((noun) => {
    const names = [...new Set(asked[noun])].filter((name) => name !== null && !named[noun].includes(name));
    return names.length === 0 || named[noun].length === 0
      ? []
      : [`${campaign} knows no ${noun} ${someOf(names.map(String))} yet; it knows ${someOf(named[noun])}`];
  });
}

/** Those that are not in force already, each with its next revision. */
function newStatements(
  views: ViewReader,
  { campaign, basis }: ExpectationSource,
  expectations: readonly Expectation[],
): { fresh: NumberedExpectation[]; unchanged: number } {
  const key = ({ unit, datasetType }: Pick<Expectation, 'unit' | 'datasetType'>): string =>
    JSON.stringify([unit, datasetType]);
  const inForce = new Map(queryExpectations(views, campaign, basis).map((one) => [key(one), one]));
  const fresh = expectations
    .filter((one) => !inForce.has(key(one)) || inForce.get(key(one))?.count !== one.count)
    .map((one) => ({ ...one, revision: (inForce.get(key(one))?.revision ?? 0) + 1 }));
  return { fresh, unchanged: expectations.length - fresh.length };
}

function countOrUnknown(text: string): number | 'unknown' {
  const number = Number(text);
  if (text !== 'unknown' && !(/^\d+$/.test(text) && Number.isSafeInteger(number))) {
    throw new InvalidArgumentError('Expected a whole number from 0, or unknown.');
  }
  return text === 'unknown' ? text : number;
}
