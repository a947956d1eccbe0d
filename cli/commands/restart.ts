/** `tractledger restart`: what is left to do of a unit, why, what that saves; and doing it. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { attemptsUpTo } from '../../consumers/queries/attempts';
import type { ViewReader } from '../../consumers/queries/viewReader';
import { checkStanding, type StandingFinding } from '../../consumers/restart/checkStanding';
import {
  latestEnvironment,
  noWishes,
  planRestart,
  readGround,
  standingFiles,
  type RestartPlan,
  type RestartScope,
  type RestartWishes,
} from '../../consumers/restart/planRestart';
import { hasOtherTables } from '../../consumers/restart/otherTables';
import { doneNodes, rescueFile } from '../../consumers/restart/rescueFile';
import { restartJson } from '../../consumers/restart/restartJson';
import { findingKey } from '../../consumers/restart/standing';
import { loadPipeline, type Pipeline } from '../../pipelines/loadPipeline';
import { loadDag } from '../../producers/importers/htcondor/loadDag';
import { pruneDag } from '../../producers/importers/htcondor/pruneDag';
import { environmentDigest, readEnvironmentFile, seenEnvironment } from '../../producers/runner/environment';
import { exits } from '../command';
import { UsageError } from '../errors';
import { exitCodes, type ExitCode } from '../exitCodes';
import { writeJson, writeOutput } from '../output/lines';
import { startProgress } from '../output/progress';
import { escapeControls } from '../output/terminal';
import { formatCounted } from '../output/units';
import { reconcileOutbox, refuseLife, refuseStrangers, runRestart } from '../restart/execute';
import { explainJob, explanationText } from '../restart/explain';
import { addRestartOptions, checkOptions, isPlanOnly, type RestartCommandOptions } from '../restart/options';
import { restartTable } from '../restart/table';
import { withViews } from '../withViews';

const help = `
Examples:
  tractledger restart HSC-RC1 tract=9813 --definition hsc-rc1.yaml --plan-only
  tractledger restart HSC-RC1 tract=9813 --definition hsc-rc1.yaml --root /lustre/hsc --jobs 8
  tractledger restart HSC-RC1 tract=9813 --definition hsc-rc1.yaml --check-files size --root /lustre/hsc --plan-only
  tractledger restart HSC-RC1 tract=9813 --definition hsc-rc1.yaml --explain 'processCcd {"ccd":49,"visit":1228}'
  tractledger restart tiny run1 --from-ledger --format rescue > tiny.dag.rescue002

A job runs again only if an output of it is needed and not usable, or is not what it would be now; every job that runs has
one reason. What an HTCondor run goes on with by a rescue file or a pruned DAG keeps its old paths: it is the same attempt,
whose new tries come when its log is imported again. consumers/restart/README.md of the sources has all the rules.`;

/** Adds the command's arguments, options, help and action. */
export function define(command: Command): void {
  addRestartOptions(
    command
      .description('Tell what is left to do of a unit and why, and run it on this machine as the next attempt.')
      .argument('<campaign>', 'the campaign')
      .argument('<unit>', 'the unit, e.g. tract=9813'),
  )
    .addHelpText('after', help)
    .action(exits(restart));
}

async function restart(campaign: string, unit: string, options: RestartCommandOptions): Promise<ExitCode> {
  checkOptions(options);
  const pipeline = options.definition === undefined ? null : loadPipeline(options.definition);
  const planOnly = isPlanOnly(options);
  if (!planOnly) {
    await reconcileOutbox(options);
  }
  const { planned, findings, earlier, explanation } = await withViews(options, async ({ views }) => {
    const made = await plan(views, { campaign, unit }, pipeline, options);
    if (pipeline !== null) {
      warnOfTables(views, made.planned, pipeline, options.definition ?? '');
    }
    const { explain } = options;
    const { scope, lastAttempt } = made.planned.ground;
    const earlier = attemptsUpTo(views, scope, lastAttempt);
    return { ...made, earlier, explanation: explain === undefined ? null : explainJob(views, made.planned, explain) };
  });
  if (!planOnly) {
    refuseLife(planned, options.force === true);
    refuseStrangers(planned, options.force === true);
    return runRestart(planned, { findings, earlier }, options);
  }
  warnOfLife(planned);
  if (explanation === null) {
    await tell(planned, options);
  } else {
    await (options.json === true ? writeJson(explanation) : writeOutput(explanationText(explanation)));
  }
  return exitCodes.done;
}

/** The plan; with a look at the disk between a first one, which says where to look, and the one that counts. */
async function plan(
  views: ViewReader,
  scope: RestartScope,
  pipeline: Pipeline | null,
  options: RestartCommandOptions,
): Promise<{ readonly planned: RestartPlan; readonly findings: readonly StandingFinding[] }> {
  const wishes = wishesOf(views, scope, pipeline, options);
  const decide = (findings: RestartWishes['findings']): RestartPlan =>
    views.snapshot(() => planRestart(readGround(views, scope, pipeline), { ...wishes, findings }));
  const first = decide(noWishes.findings);
  const { checkFiles, root } = options;
  if (checkFiles === 'none' || root === undefined) {
    return { planned: first, findings: [] };
  }
  const files = [...standingFiles(first)];
  const bar = startProgress('looking at files', files.length);
  try {
    const acceptMissing = options.acceptMissing === true;
    const found = await checkStanding(files, { root, level: checkFiles, acceptMissing, onProgress: bar.update });
    const planned = decide(new Map(found.map((finding) => [findingKey(finding), finding.result])));
    return { planned, findings: found.filter(({ result }) => result !== 'match') };
  } finally {
    bar.stop();
  }
}

function wishesOf(
  views: ViewReader,
  { campaign }: RestartScope,
  pipeline: Pipeline | null,
  options: RestartCommandOptions,
): RestartWishes {
  const words = options.environment === undefined ? {} : readEnvironmentFile(options.environment);
  // Where there is no definition to run here, jobs run where they ran last.
  const here = pipeline === null ? null : environmentDigest(seenEnvironment(process.env, words));
  return {
    ...noWishes,
    asked: new Set(options.job ?? []),
    environment: here ?? latestEnvironment(views, campaign),
    ifEnvironmentChanged: options.ifEnvironmentChanged === true,
    spreadRemakes: options.spreadRemakes === true,
  };
}

async function tell(planned: RestartPlan, options: RestartCommandOptions): Promise<void> {
  const format = options.json === true ? 'json' : options.format;
  switch (format) {
    case 'json':
      await writeJson(restartJson(planned));
      return;
    case 'rescue':
      await writeOutput(rescueFile(planned, new Date()));
      sayItContinues(planned);
      return;
    case 'dag':
      await writeOutput(prunedDag(planned, options.dag ?? ''));
      sayItContinues(planned);
      return;
    case 'table':
      await writeOutput(restartTable(planned));
  }
}

function prunedDag(planned: RestartPlan, file: string): string {
  const dag = loadDag(file);
  const done = new Set(doneNodes(planned));
  const stranger = [...done].find((name) => !dag.nodes.has(name));
  if (stranger !== undefined) {
    throw new UsageError(`${file} has no node ${stranger}: is it the DAG of ${planned.ground.scope.unit}?`);
  }
  return pruneDag(readFileSync(file, 'utf8'), dag, done);
}

function sayItContinues({ ground }: RestartPlan): void {
  process.stderr.write(
    `tractledger: this continues attempt ${String(ground.lastAttempt)} under the same paths: import its log again to see the new tries\n`,
  );
}

function warnOfTables(views: ViewReader, { ground }: RestartPlan, pipeline: Pipeline, file: string): void {
  const { scope, lastAttempt } = ground;
  if (hasOtherTables(views, scope, lastAttempt, pipeline)) {
    process.stderr.write(
      escapeControls(
        `tractledger: ${file} is the definition of attempt ${String(lastAttempt)} with other tables: what only they tell of ` +
          `is planned too; of a simulated campaign, simulate --write-pipeline writes the tables, and --from-ledger needs none`,
      ) + '\n',
    );
  }
}

function warnOfLife({ ground }: RestartPlan): void {
  const [first] = ground.alive;
  if (first !== undefined) {
    process.stderr.write(
      escapeControls(
        `tractledger: ${formatCounted(ground.alive.length, 'execution')} may still be running, e.g. ${first.execution} of ` +
          `${first.job}${first.host === null ? '' : ` on ${first.host}`}; the plan takes them for lost`,
      ) + '\n',
    );
  }
}
