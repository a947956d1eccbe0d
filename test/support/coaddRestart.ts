/** Attempts of the small coadd pipeline in a pretended world, and the restart plans that follow from them. */
import {
  planRestart,
  noWishes,
  readGround,
  type RestartPlan,
  type RestartWishes,
} from '../../consumers/restart/planRestart';
import { restartJson, type RestartJson } from '../../consumers/restart/restartJson';
import { workPlanOf } from '../../consumers/restart/workPlanOf';
import { loadPipeline, type Pipeline } from '../../pipelines/loadPipeline';
import { makePlan } from '../../pipelines/makePlan';
import { freshWorkPlan } from '../../pipelines/workPlan';
import type { EventDraft } from '../../producers/outbox/draft';
import { coaddDefinition, coaddTables, writePipeline } from './coaddPipeline';
import { PretendWorld, type AttemptScript } from './pretendWorld';
import { temporaryFolder } from './temporaryFolder';
import { viewsOf } from './viewsOf';

/** What the tests restart. */
export const scope = { campaign: 'C', unit: 'tract=1' } as const;

/** Names of jobs and paths of files of the small pipeline in an attempt. */
export const ccd = (visit: number, number: number): string =>
  `processCcd {"ccd":${String(number)},"tract":1,"visit":${String(visit)}}`;
export const warp = (patch: string, visit: number): string =>
  `warp {"filter":"HSC-I","patch":"${patch}","tract":1,"visit":${String(visit)}}`;
export const coadd = (patch: string): string => `coadd {"filter":"HSC-I","patch":"${patch}","tract":1}`;
export const calexpFile = (visit: number, number: number, attempt = 1): string =>
  `${String(attempt)}/1/CORR-${String(visit).padStart(7, '0')}-${String(number).padStart(3, '0')}.fits`;
export const warpFile = (patch: string, visit: number, attempt = 1): string =>
  `${String(attempt)}/1/${patch}/warp-HSC-I-${String(visit)}.fits`;
export const coaddFile = (patch: string, attempt = 1): string => `${String(attempt)}/1/${patch}/coadd-HSC-I.fits`;

/** The small pipeline, with parts of its definition or its tables replaced. */
export function coaddPipelineOf(
  replace: readonly (readonly [string, string])[] = [],
  tables: Readonly<Record<string, string>> = {},
): Pipeline {
  const { folder, remove } = temporaryFolder();
  const definition = replace.reduce((text, [from, to]) => {
    if (!text.includes(from)) {
      throw new Error(`the definition does not say ${from}`);
    }
    return text.replaceAll(from, to);
  }, coaddDefinition);
  try {
    return loadPipeline(writePipeline(folder, definition, { ...coaddTables, ...tables }));
  } finally {
    remove();
  }
}

/** A world after a first attempt. */
export function afterFirstAttempt(pipeline: Pipeline, script: AttemptScript = {}): PretendWorld {
  const world = new PretendWorld();
  world.attempt(freshWorkPlan(makePlan(pipeline, { ...scope, attempt: 1 })), script);
  return world;
}

/** A restart plan in each of its forms. */
export interface Restarted {
  readonly plan: RestartPlan;
  readonly json: RestartJson;
}

/** What a restart would do in a world. */
export async function restartIn(
  world: PretendWorld,
  pipeline: Pipeline,
  wishes: Partial<RestartWishes> = {},
): Promise<Restarted> {
  const { views, remove } = await viewsOf(world.drafts);
  try {
    const plan = views.snapshot(() => planRestart(readGround(views, scope, pipeline), { ...noWishes, ...wishes }));
    return { plan, json: restartJson(plan) };
  } finally {
    remove();
  }
}

/** Restarts in a world: what was planned also happens. */
export async function restartAndRun(
  world: PretendWorld,
  pipeline: Pipeline,
  script: AttemptScript = {},
  wishes: Partial<RestartWishes> = {},
): Promise<Restarted> {
  const restarted = await restartIn(world, pipeline, wishes);
  world.attempt(workPlanOf(restarted.plan), script);
  return restarted;
}

/** The execution that made a file. */
export function makerOf(world: PretendWorld, path: string): string {
  const made = world.drafts.find((draft) => draft.type === 'FileProduced' && draft.path === path);
  if (made?.type !== 'FileProduced') {
    throw new Error(`nothing made ${path}`);
  }
  return made.execution;
}

type Header = EventDraft['header'];

/** A header about the unit. */
export function header(world: PretendWorld, attempt: number | null = 1): Header {
  return { occurredAt: world.now(), ...scope, attempt };
}

/** Tells that a file was purged. */
export function purge(world: PretendWorld, path: string): void {
  world.tell({ type: 'FilePurged', header: header(world), path, execution: makerOf(world, path), site: null, why: 'full', purgedBy: null }); // prettier-ignore
}

/** Tells what a look at a file found. */
export function check(world: PretendWorld, path: string, result: string): void {
  world.tell({ type: 'FileChecked', header: header(world), path, execution: makerOf(world, path), site: 'here', result, checkedBy: null }); // prettier-ignore
}
