/** `tractledger plan`: what a definition and its tables say should happen becomes events. */
import { Option, type Command } from 'commander';
import { noJobsText, unmetText } from '../../pipelines/checkPlan';
import { commandOf } from '../../pipelines/command';
import { PlanError } from '../../pipelines/errors';
import { loadPipeline } from '../../pipelines/loadPipeline';
import { makePlan } from '../../pipelines/makePlan';
import type { Plan, PlannedFile, PlannedJob } from '../../pipelines/plan';
import { planNumbers } from '../../pipelines/planNumbers';
import { storePlan } from '../../producers/planner/storePlan';
import { exits } from '../command';
import type { CommonOptions } from '../commonOptions';
import { UsageError } from '../errors';
import { exitCodes } from '../exitCodes';
import { naturalNumber } from '../optionValues';
import { LineWriter, writeJson, writeOutput } from '../output/lines';
import { startProgress } from '../output/progress';
import { escapeControls } from '../output/terminal';
import { formatCount, formatCounted } from '../output/units';
import { withLedgerToWrite } from '../withLedger';

interface PlanOptions extends CommonOptions {
  readonly campaign?: string;
  readonly unit?: string;
  readonly attempt: number;
  readonly list?: boolean;
}

const help = `
Examples:
  tractledger plan coadd.yaml --campaign HSC-RC1 --unit tract=9813
  tractledger plan coadd.yaml --campaign HSC-RC1 --unit tract=9813 --list | jq -r .job

The same definition, tables, campaign, unit and attempt give the same plan: planning again adds nothing.`;

/** Adds the command's arguments, options, help and action. */
export function define(command: Command): void {
  command
    .description(
      'Plan an attempt of a unit: its jobs, the files they read and write, and how many files of each dataset type are ' +
        'expected, basis plan.',
    )
    .argument('<file>', 'the pipeline definition, a YAML file')
    .addOption(new Option('--campaign <name>', 'the campaign that is planned').env('TRACTLEDGER_CAMPAIGN'))
    .option('--unit <name>', 'the unit that is planned, e.g. tract=9813')
    .option('--attempt <number>', 'the number of the attempt', naturalNumber, 1)
    .option('--list', 'print each job with its command and files as a line of JSON, and store nothing')
    .addHelpText('after', help)
    .action(exits(plan));
}

async function plan(file: string, options: PlanOptions): Promise<0> {
  const { campaign = '', unit = '', attempt } = options;
  if (campaign === '' || unit === '') {
    throw new UsageError('what is to be planned? Say --campaign NAME and --unit NAME');
  }
  const made = makePlan(loadPipeline(file), { campaign, unit, attempt });
  refuseUnmet(made);
  if (options.list === true) {
    await list(made);
    return exitCodes.done;
  }
  const bar = startProgress('storing events', null);
  try {
    const stored = await withLedgerToWrite(options, (ledger) => storePlan(ledger, made, bar.update));
    bar.stop();
    const numbers = { ...planNumbers(made), ...stored };
    if (options.json === true) {
      await writeJson({ campaign, unit, attempt, digest: made.pipeline.digest, ...numbers });
    } else {
      const files = [...made.expected.values()].reduce((sum, count) => sum + count, 0);
      const about = `${campaign}, ${unit}, attempt ${String(attempt)}`;
      const events = `${formatCounted(stored.events, 'event')}, ${formatCount(stored.stored)} of them new`;
      await writeOutput(
        `${escapeControls(about)}: ${formatCounted(numbers.jobs, 'job')} to make ${formatCounted(files, 'file')}; ${events}\n`,
      );
    }
    return exitCodes.done;
  } finally {
    bar.stop();
  }
}

/** A plan that cannot come out even if nothing fails is no plan. */
function refuseUnmet(plan: Plan): void {
  const { jobs, unmet } = plan;
  if (jobs.length === 0) {
    throw new PlanError(noJobsText(plan));
  }
  if (unmet.length > 0) {
    throw new PlanError(`nothing is planned: ${unmet.map(unmetText).join('\n')}`);
  }
}

async function list({ jobs }: Plan): Promise<void> {
  const writer = new LineWriter();
  for (const job of jobs) {
    await writer.line(JSON.stringify(listed(job)));
  }
  await writer.flush();
}

function listed({ name, task, dataId, row, inputs, outputs, upstream }: PlannedJob): object {
  const read = pathsByType(task.inputs, inputs);
  const written = pathsByType(task.outputs, outputs);
  const values = new Map(task.dimensions.map((dimension, place) => [dimension, row[place] ?? '']));
  return {
    job: name,
    task: task.name,
    dataId: dataId === null ? null : (JSON.parse(dataId) as unknown),
    kind: task.kind,
    argv: commandOf(task, { dataId: values, inputs: read, outputs: written }),
    inputs: Object.fromEntries(read),
    outputs: Object.fromEntries(written),
    upstreamJobs: upstream.map((job) => job.name),
  };
}

function pathsByType(
  uses: readonly { readonly datasetType: string }[],
  files: readonly (readonly PlannedFile[])[],
): ReadonlyMap<string, readonly string[]> {
  return new Map(uses.map(({ datasetType }, place) => [datasetType, (files[place] ?? []).map(({ path }) => path)]));
}
