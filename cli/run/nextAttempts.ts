/** Which attempts `run` begins, and what speaks against beginning them. */
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { attemptsUpTo, lastBegunAttempt } from '../../consumers/queries/attempts';
import { anyOtherCampaignWrote, takenPlace, type PlaceToWrite } from '../../consumers/queries/takenPaths';
import type { ViewReader } from '../../consumers/queries/viewReader';
import type { PlanScope } from '../../pipelines/fileNames';
import type { Pipeline } from '../../pipelines/loadPipeline';
import { makePlan } from '../../pipelines/makePlan';
import type { Plan } from '../../pipelines/plan';
import { nextAttempt, type UnclaimedAttempt } from '../../producers/attempts/claimAttempt';
import { UsageError } from '../errors';
import { restartCommand } from '../output/shellWords';
import type { RunOptions } from '../runOptions';
import { withLedgerToWrite } from '../withLedger';
import { withViews, type ReadingOptions } from '../withViews';

/** An attempt to begin, and those before it. */
export interface NextAttempt {
  readonly attempt: number;
  readonly earlier: readonly UnclaimedAttempt[];
}

/** What the attempts are of. */
export interface UnitsToRun {
  readonly campaign: string;
  readonly units: readonly string[];
  readonly pipeline: Pipeline;
  /** The definition's file, as it was named. */
  readonly file: string;
}

interface Options extends RunOptions, ReadingOptions {
  readonly startOver?: string;
}

/**
 * The attempt that each unit would have next. The ledger knows those that were claimed, the views also those that
 * another system ran and an import or a sidecar told of.
 * @throws {UsageError} where one has been attempted already and that is not what was asked for, or would overwrite the
 *   files of another campaign: nothing is begun then
 */
export async function nextAttempts(wanted: UnitsToRun, options: Options): Promise<ReadonlyMap<string, NextAttempt>> {
  const { campaign, units } = wanted;
  // The ledger is made where it is not there yet: a run may be the first that is told to it.
  const claimed = await withLedgerToWrite(options, async (ledger) => {
    const next = new Map<string, number>();
    for (const unit of units) {
      next.set(unit, await nextAttempt(ledger, campaign, unit));
    }
    return next;
  });
  return withViews(options, ({ views }) => {
    const attempts = new Map<string, NextAttempt>();
    for (const unit of units) {
      const begun = lastBegunAttempt(views, campaign, unit);
      const attempt = Math.max(claimed.get(unit) ?? 1, begun + 1);
      if (attempt > 1 && options.startOver === undefined) {
        throw attemptedAlready({ campaign, unit, attempt: attempt - 1 }, wanted.file, options);
      }
      attempts.set(unit, { attempt, earlier: attemptsUpTo(views, { campaign, unit }, begun) });
    }
    refuseTakenPlaces(views, wanted, attempts, options.root);
    return Promise.resolve(attempts);
  });
}

function attemptedAlready({ campaign, unit, attempt }: PlanScope, file: string, options: Options): UsageError {
  const restart = restartCommand({ campaign, unit }, file, options);
  return new UsageError(
    `${unit} has been attempted already, last as attempt ${String(attempt)}: \`${restart}\` runs only what is left of it; ` +
      'to run everything again all the same, say --start-over WHY',
  );
}

/** Two campaigns of one definition, under one root folder, write the same paths unless these name the campaign. */
function refuseTakenPlaces(
  views: ViewReader,
  { campaign, pipeline, file }: UnitsToRun,
  attempts: ReadonlyMap<string, NextAttempt>,
  root: string,
): void {
  if (!existsSync(root) || !anyOtherCampaignWrote(views, campaign)) {
    return;
  }
  for (const [unit, { attempt }] of attempts) {
    const taken = takenPlace(views, campaign, placesOf(makePlan(pipeline, { campaign, unit, attempt }), root));
    if (taken !== null) {
      throw new UsageError(
        `${taken.path} under ${root} is a file of campaign ${taken.campaign}, ${taken.unit}, and would be overwritten: ` +
          `put {campaign} into the templates of ${file}, or name another --root`,
      );
    }
  }
}

function* placesOf({ jobs }: Plan, root: string): Generator<PlaceToWrite, void> {
  const real = realpathSync(root);
  for (const { outputs } of jobs) {
    for (const file of outputs.flat()) {
      yield { path: file.path, uri: pathToFileURL(path.join(real, file.path)).href };
    }
  }
}
