/** `tractledger verify`: the checks of DRP-00-05 as one report. */
import { createHash } from 'node:crypto';
import { Option, type Command } from 'commander';
import type { Definition } from '../../pipelines/definition';
import { loadPipeline } from '../../pipelines/loadPipeline';
import type { VerificationReport } from '../../consumers/verification/report';
import { verifyCampaign } from '../../consumers/verification/verify';
import { campaignNamed, chosenCampaign } from '../chosenCampaign';
import { exits } from '../command';
import { UsageError } from '../errors';
import { exitCodes } from '../exitCodes';
import { addSignatureOptions, appendFact, operatorName, type FactOptions } from '../operatorFacts';
import { writeOutput } from '../output/lines';
import { briefReport } from '../verify/brief';
import { junitReport } from '../verify/junit';
import { markdownReport } from '../verify/markdown';
import { addReadingOptions, withViews, type ReadingOptions } from '../withViews';

const formats = ['markdown', 'json', 'junit'] as const;

interface VerifyOptions extends ReadingOptions, Pick<FactOptions, 'ticket' | 'by'> {
  readonly unit?: string;
  readonly all?: boolean;
  readonly brief?: boolean;
  readonly pipeline?: string;
  readonly strict?: boolean;
  readonly format?: (typeof formats)[number];
  readonly record?: boolean;
}

/** Findings of one check and unit that are listed without --all. */
const listedEach = 20;

const help = `
Examples:
  tractledger verify HSC-RC1 --brief
  tractledger verify HSC-RC1 > report.md
  tractledger verify HSC-RC1 --unit tract=9813 --format junit > report.xml
  tractledger verify HSC-RC1 --all --json | jq '.checks[] | select(.verdict == "fail")'

The latest attempt of each unit is held against the pipeline definition that it was planned from. Losses and absences
within the rates that the definition tolerates are accepted. What nobody states an expectation for is not judged; with
--strict it fails. The exit status is 1 on fail. docs/verification.md says what each check means.`;

/** Adds the command's argument, options, help and action. */
export function define(command: Command): void {
  command
    .description('Verify a campaign by DRP-00-05: files, metadata, provenance, runtime metrics, anomalies.')
    .argument('[campaign]', 'the campaign; as --campaign')
    .option('--unit <name>', 'only this unit, e.g. tract=9813')
    .addOption(new Option('--all', `every finding instead of the first ${String(listedEach)} of each check`))
    .option('--brief', 'one screen: the verdicts and what is wrong; with --all as long as it takes')
    .option('--pipeline <file>', 'hold it against this definition instead of those that the ledger holds')
    .option('--strict', 'what cannot be judged fails')
    .addOption(new Option('--format <name>', 'the form of the report (default: markdown)').choices([...formats]))
    .option('--record', 'append the verdict to the ledger, with the digest of the report as JSON')
    .addHelpText('after', help);
  addReadingOptions(addSignatureOptions(command)).action(exits(verify));
}

async function verify(argument: string | undefined, options: VerifyOptions, command: Command): Promise<0 | 1> {
  const campaign = campaignNamed(argument, options, command);
  const format = formatOf(options);
  const definition = options.pipeline === undefined ? undefined : loadPipeline(options.pipeline).definition;
  const report = await withViews(options, (current) => {
    const chosen = chosenCampaign(current, campaign === undefined ? options : { ...options, campaign });
    return Promise.resolve(verifyCampaign(current.views, { campaign: chosen, ...question(options, definition) }));
  });
  if (options.record === true) {
    await record(report, options);
  }
  await writeOutput(format(report));
  return report.verdict === 'fail' ? exitCodes.checkFailed : exitCodes.done;
}

function question(
  options: VerifyOptions,
  definition: Definition | undefined,
): {
  unit?: string;
  definition?: Definition;
  strict: boolean;
  listedEach: number;
} {
  const { unit, strict = false, all = false } = options;
  return {
    ...(unit === undefined ? {} : { unit }),
    ...(definition === undefined ? {} : { definition }),
    strict,
    listedEach: all ? Infinity : listedEach,
  };
}

/** @throws {UsageError} where the options name two forms */
function formatOf({ format, json, brief, all }: VerifyOptions): (report: VerificationReport) => string {
  const named = format ?? (json === true ? 'json' : 'markdown');
  if ((json === true && named !== 'json') || (brief === true && named !== 'markdown')) {
    throw new UsageError('a report has one form: --json, --brief or --format');
  }
  return brief === true
    ? (report) => briefReport(report, all)
    : { markdown: markdownReport, json: jsonReport, junit: junitReport }[named];
}

function jsonReport(report: VerificationReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** Appends CheckConcluded and says so on standard error, so that the report stays what it is. */
async function record(report: VerificationReport, options: VerifyOptions): Promise<void> {
  const { campaign, testCase, verdict, units } = report;
  const { unit = null } = options;
  const attempt = unit === null ? null : (units[0]?.attempt ?? null);
  const { producer } = await appendFact(
    options,
    { campaign, unit, attempt },
    {
      type: 'CheckConcluded',
      testCase,
      verdict,
      reportDigest: createHash('sha256').update(jsonReport(report)).digest('hex'),
      concludedBy: operatorName(options),
      ticket: options.ticket ?? null,
    },
  );
  process.stderr.write(`tractledger: CheckConcluded (${verdict}) stored as event 1 of ${producer}\n`);
}
