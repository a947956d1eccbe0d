/** A restart plan from the views: everything that is decided, what it rests on and what it costs. */
import type { Task } from '../../pipelines/definition';
import type { Pipeline } from '../../pipelines/loadPipeline';
import { makePlan } from '../../pipelines/makePlan';
import type { Plan } from '../../pipelines/plan';
import { readDefinition } from '../../pipelines/readDefinition';
import { someOf } from '../../pipelines/someNames';
import { redactText } from '../../schemas';
import { chooseCampaign } from '../queries/attempts';
import { listUnits } from '../queries/concerned';
import type { ViewReader } from '../queries/viewReader';
import { estimateCpu, type CpuEstimates } from './costs';
import { decideRestart, type Decided } from './decide';
import { RestartError } from './errors';
import { compareTries, type PastExecution, type Version } from './history';
import type { RestartOptions } from './options';
import { readRecords } from './readRecords';
import { UnitHistory } from './unitHistory';
import type { Wanted } from './wanted';
import { wantedFromPlan } from './wantedFromPlan';
import { wantedFromViews } from './wantedFromViews';

/** What is restarted. */
export interface RestartScope {
  readonly campaign: string;
  readonly unit: string;
}

/** A unit as a restart sees it, before anything is decided. */
export interface RestartGround {
  readonly scope: RestartScope;
  /** The unit's last attempt. */
  readonly lastAttempt: number;
  readonly history: UnitHistory;
  /** The plan of the next attempt; null where there is no definition. */
  readonly plan: Plan | null;
  /** The tasks of the present definition as the ledger would tell them; null where there is none. */
  readonly tasks: ReadonlyMap<string, Task> | null;
  /** Executions that have not ended and are not known to be lost. */
  readonly alive: readonly PastExecution[];
}

/** A restart plan. */
export interface RestartPlan extends Decided {
  readonly ground: RestartGround;
  readonly cpuEstimates: CpuEstimates;
}

/** What a restart is asked for, but for what its ground tells. */
export type RestartWishes = Omit<RestartOptions, 'tasks'>;

/** Nothing asked for. */
export const noWishes: RestartWishes = {
  asked: new Set(),
  environment: null,
  ifEnvironmentChanged: false,
  spreadRemakes: false,
  findings: new Map(),
};

/**
 * A unit's past beside its wanted work, by a definition or, without one, by what was planned. To be read and decided on
 * within one snapshot of the views.
 * @throws {RestartError} where the unit has no attempt yet; {@link QuestionError} where there is no such campaign;
 *   {@link PlanError}
 */
export function readGround(views: ViewReader, scope: RestartScope, pipeline: Pipeline | null): RestartGround {
  const { campaign, unit } = scope;
  const records = readRecords(views, campaign, unit);
  if (records.lastAttempt === 0) {
    chooseCampaign(views, campaign); // says so where there is no such campaign
    const units = listUnits(views, campaign);
    throw new RestartError(
      `nothing is known of an attempt of ${unit} in ${campaign}; begin it with \`tractledger run\`` +
        (units.length === 0 ? '' : `. Units that have one: ${someOf(units)}`),
    );
  }
  const plan = pipeline === null ? null : makePlan(pipeline, { ...scope, attempt: records.lastAttempt + 1 });
  const wanted: Wanted = plan === null ? wantedFromViews(views, campaign, unit) : wantedFromPlan(plan);
  return {
    scope,
    lastAttempt: records.lastAttempt,
    history: new UnitHistory(wanted, records),
    plan,
    tasks: pipeline === null ? null : declaredTasks(pipeline),
    alive: records.executions.filter(({ state }) => state === 'running').sort(compareTries),
  };
}

/** Decides what a restart does. @throws {RestartError} where a job asked for is none of the unit's */
export function planRestart(ground: RestartGround, wishes: RestartWishes = noWishes): RestartPlan {
  const { history, tasks } = ground;
  const names = new Set(wishes.asked.size === 0 ? [] : history.wanted.jobs.map(({ name }) => name));
  const unknown = [...wishes.asked].find((name) => !names.has(name));
  if (unknown !== undefined) {
    throw new RestartError(`${ground.scope.unit} has no job ${unknown}; \`tractledger jobs\` lists their names`);
  }
  const decided = decideRestart(history, { ...wishes, tasks });
  return { ...decided, ground, cpuEstimates: estimateCpu(history, decided) };
}

/** The standing file versions that a look at the disk is about: all that are taken to be there. */
export function* standingFiles({ ground, pasts, stateOf }: RestartPlan): Generator<Version, void> {
  for (const job of ground.history.wanted.jobs) {
    const standing = pasts.get(job)?.standing ?? null;
    for (const [file, version] of standing?.versions() ?? []) {
      if (standing !== null && stateOf(job, standing, file) !== 'purged') {
        yield version;
      }
    }
  }
}

/** The digest of the environment that was declared last in a campaign; null where none was. */
export function latestEnvironment(views: ViewReader, campaign: string): string | null {
  const [last] = views.query<{ digest: string }>(
    'SELECT digest FROM environments WHERE campaign = $campaign ORDER BY stamp DESC LIMIT 1',
    { campaign },
  );
  return last?.digest ?? null;
}

/** The tasks by the definition's text as a plan declares it: with its secrets replaced. */
function declaredTasks({ definition, text }: Pipeline): ReadonlyMap<string, Task> {
  const redacted = redactText(text);
  return redacted === text ? definition.tasks : readDefinition(definition.file, redacted).definition.tasks;
}
