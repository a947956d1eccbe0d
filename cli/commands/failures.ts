/** `tractledger failures`: why jobs fail. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { chooseAttempts } from '../../consumers/queries/attempts';
import {
  failureGroupings,
  queryFailures,
  type FailureGroup,
  type FailureGrouping,
} from '../../consumers/queries/failures';
import { chosenCampaign } from '../chosenCampaign';
import { exits } from '../command';
import { exitCodes } from '../exitCodes';
import { naturalNumber } from '../optionValues';
import { writeJson, writeOutput } from '../output/lines';
import { outputTarget, renderTable, type Column } from '../output/table';
import { formatCount, formatCounted, formatDuration, unknown } from '../output/units';
import { addReadingOptions, withViews, type ReadingOptions } from '../withViews';

interface FailuresOptions extends ReadingOptions {
  readonly by: readonly FailureGrouping[];
  readonly unit?: string;
  readonly attempt?: number;
}

const byDefault: readonly FailureGrouping[] = ['class', 'task', 'host'];

const help = `
Examples:
  tractledger failures
  tractledger failures --by host --unit tract=9813
  tractledger failures --json | jq '.failures[] | select(.permanence == "permanent")'

Counted are executions, of all attempts, that failed or were lost, also those of jobs that succeeded on a later try: the
CPU time is lost all the same. The job, execution and message are those of the last failure of the kind.`;

/** Adds the command's options, help and action. */
export function define(command: Command): void {
  command
    .description('Show why jobs fail: failed and lost executions by class, host and task, and the CPU time they cost.')
    .addOption(
      new Option('--by <list>', `group by ${failureGroupings.join(', ')}, comma-separated`)
        .argParser(parseGroupings)
        .default(byDefault, byDefault.join(',')),
    )
    .option('--unit <name>', 'only failures in this unit')
    .option('--attempt <number>', 'only failures in this attempt', naturalNumber)
    .addHelpText('after', help);
  addReadingOptions(command).action(exits(failures));
}

async function failures(options: FailuresOptions): Promise<0> {
  return withViews(options, async (current) => {
    const campaign = chosenCampaign(current, options);
    const { unit, attempt, by } = options;
    const choice = { ...(unit === undefined ? {} : { unit }), ...(attempt === undefined ? {} : { attempt }) };
    chooseAttempts(current.views, campaign, choice); // says so where there is no such unit or attempt
    const groups = queryFailures(current.views, campaign, by, choice);
    if (options.json === true) {
      await writeJson({ campaign, by, failures: groups });
    } else {
      await writeOutput(`${groups.length === 0 ? 'no execution failed or was lost' : render(groups, by)}\n`);
    }
    return exitCodes.done;
  });
}

interface Cell extends Column {
  readonly of: (group: FailureGroup) => string;
}

const groupingCells: Readonly<Record<FailureGrouping, readonly Cell[]>> = {
  class: [
    { title: 'class', of: ({ failureClass }) => failureClass ?? unknown },
    { title: 'permanence', of: ({ permanence }) => permanence ?? unknown },
  ],
  task: [{ title: 'task', shrinks: true, narrowestChars: 12, of: ({ task }) => task ?? unknown }],
  host: [{ title: 'host', shrinks: true, of: ({ host }) => host ?? unknown }],
  unit: [{ title: 'unit', of: ({ unit }) => unit ?? unknown }],
};

const countCells: readonly Cell[] = [
  { title: 'failures', align: 'right', of: ({ failures: count }) => formatCount(count) },
  { title: 'CPU lost', align: 'right', of: ({ cpuLostSeconds }) => formatDuration(cpuLostSeconds) },
  { title: 'not measured', align: 'right', of: ({ notMeasured }) => formatCount(notMeasured) },
  { title: 'last job', shrinks: true, narrowestChars: 20, of: ({ lastJob }) => lastJob },
  { title: 'last message', shrinks: true, narrowestChars: 20, of: ({ lastMessage }) => lastMessage ?? unknown },
];

function render(groups: readonly FailureGroup[], by: readonly FailureGrouping[]): string {
  const cells = [...by.flatMap((grouping) => groupingCells[grouping]), ...countCells];
  const rows = groups.map((group) => cells.map(({ of }) => of(group)));
  const all = groups.reduce((sum, group) => sum + group.failures, 0);
  const cpuSeconds = groups.reduce<number | null>(
    (sum, { cpuLostSeconds }) => (cpuLostSeconds === null ? sum : (sum ?? 0) + cpuLostSeconds),
    null,
  );
  const lost =
    cpuSeconds === null ? 'their CPU time was not measured' : `${formatDuration(cpuSeconds)} of CPU time lost`;
  const total = `${formatCounted(all, 'failure')}, ${lost}`;
  return `${renderTable(cells, rows, outputTarget())}\n${total}`;
}

function parseGroupings(text: string): FailureGrouping[] {
  return [...new Set(text.split(','))].map((name) => {
    const grouping = failureGroupings.find((known) => known === name);
    if (grouping === undefined) {
      throw new InvalidArgumentError(`Failures can be grouped by ${failureGroupings.join(', ')}.`);
    }
    return grouping;
  });
}
