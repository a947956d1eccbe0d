/** `tractledger status`: how far a campaign is. */
import type { Command } from 'commander';
import { chooseCampaign, listCampaigns } from '../../consumers/queries/attempts';
import { queryHolds, type Hold } from '../../consumers/queries/holds';
import { viewsPosition } from '../../consumers/queries/lag';
import { queryStatus, type TaskStatus, type UnitStatus } from '../../consumers/queries/status';
import { jobStates } from '../../projections/jobs/jobState';
import { addAttemptOptions, attemptChoice, attemptName, type AttemptOptions } from '../attemptOptions';
import { exits } from '../command';
import { exitCodes } from '../exitCodes';
import { writeJson, writeOutput } from '../output/lines';
import { expectedLine } from '../output/expected';
import { outputTarget, renderTable, type Column } from '../output/table';
import { escapeControls } from '../output/terminal';
import { formatCount } from '../output/units';
import { addReadingOptions, withViews, type CurrentViews } from '../withViews';

const help = `
Examples:
  tractledger status
  tractledger status --campaign HSC-RC1 --unit tract=9813 --all-attempts
  tractledger status --json | jq '.units[].tasks[] | select(.failed > 0)'

Every job of an attempt is in exactly one state. Below the jobs stand the files that there are, and how many are expected
by an operator, the plan and an earlier campaign (reference). Above them stands what keeps jobs from being started. With --json lagEvents says how many events the views have not taken in
yet: 0, unless another process keeps the views or --no-project is given; null where the ledger cannot tell.`;

/** Adds the command's options, help and action. */
export function define(command: Command): void {
  command.description('Show how far a campaign is: the jobs of each task by state.').addHelpText('after', help);
  addReadingOptions(addAttemptOptions(command)).action(exits(status));
}

async function status(options: AttemptOptions): Promise<0> {
  return withViews(options, async (current) => {
    await (options.json === true ? printJson(current, options) : printTables(current, options));
    return exitCodes.done;
  });
}

async function printJson({ views, lagEvents }: CurrentViews, options: AttemptOptions): Promise<void> {
  const { campaign, position, units } = views.snapshot(() => {
    const chosen = chooseCampaign(views, options.campaign);
    return {
      campaign: chosen,
      position: viewsPosition(views),
      units: chosen === null ? [] : queryStatus(views, chosen, attemptChoice(options)),
    };
  });
  await writeJson({ campaign, position, lagEvents, units });
}

/** For people: every campaign, unless one is named. */
async function printTables({ views }: CurrentViews, options: AttemptOptions): Promise<void> {
  const named = options.campaign === undefined ? listCampaigns(views) : [chooseCampaign(views, options.campaign) ?? ''];
  const parts = named.map((campaign) => {
    const units = queryStatus(views, campaign, attemptChoice(options));
    const holds = queryHolds(views, campaign, true).map((hold) => `${holdLine(hold)}\n`);
    return `campaign ${escapeControls(campaign)}\n${holds.join('')}\n${renderUnits(units)}\n`;
  });
  await writeOutput(parts.length === 0 ? 'no event is about a campaign yet\n' : parts.join('\n'));
}

/** Why jobs wait that could run, and what ends that. */
function holdLine({ hold, unit, host, why, ticket, heldBy }: Hold): string {
  const what = [unit ?? 'all units', ...(host === null ? [] : [`on ${host}`])].join(' ');
  const grounds = [why, ticket].filter((text) => text !== null).join(', ');
  const words = `${what} held by ${heldBy ?? 'somebody'}${grounds === '' ? '' : `: ${grounds}`}`;
  return `${escapeControls(words)}; release it with \`tractledger hold --release ${hold}\``;
}

function renderUnits(units: readonly UnitStatus[]): string {
  if (units.length === 0) {
    return 'no job is known yet';
  }
  // Columns in which nothing stands anywhere would only take room.
  const shown = jobStates.filter((state) => units.some(({ tasks }) => tasks.some((task) => task[state] > 0)));
  const columns: Column[] = [
    { title: 'task', shrinks: true },
    { title: 'jobs', align: 'right' },
    ...shown.map((state) => ({ title: state, align: 'right' as const })),
  ];
  return units.map((unit) => renderUnit(unit, columns, shown)).join('\n\n');
}

function renderUnit(
  { unit, attempt, outcome, tasks, files }: UnitStatus,
  columns: readonly Column[],
  shown: readonly (keyof TaskStatus)[],
): string {
  const head = escapeControls(attemptName(unit, attempt)) + (outcome === null ? '' : `  (${escapeControls(outcome)})`);
  if (tasks.length === 0) {
    return `${head}\nno job is known yet`;
  }
  const countOf = (task: TaskStatus, state: keyof TaskStatus): number => Number(task[state]);
  const line = (name: string, of: readonly TaskStatus[]): string[] => {
    const sum = (states: readonly (keyof TaskStatus)[]): string =>
      formatCount(
        of.reduce((total, task) => total + states.reduce((inner, state) => inner + countOf(task, state), 0), 0),
      );
    return [name, sum(jobStates), ...shown.map((state) => sum([state]))];
  };
  const rows = tasks.map((task) => line(task.task === '' ? '(task unknown)' : task.task, [task]));
  const table = renderTable(columns, [...rows, line('all', tasks)], outputTarget());
  return `${head}\n${table}${isToldOf(files) ? `\n${expectedLine(files)}` : ''}`;
}

/** Where nobody counts files, a line of zeros would only take room. */
function isToldOf({ actual, expectedByBasis }: UnitStatus['files']): boolean {
  return actual > 0 || Object.values(expectedByBasis).some((told) => told !== null);
}
