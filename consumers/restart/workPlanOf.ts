/** A restart plan in the words that the runner takes. */
import type { LeftJob, ReusedFile, ReusedJob, RunReason, WorkPlan } from '../../pipelines/workPlan';
import { RestartError } from './errors';
import type { RestartPlan } from './planRestart';
import type { Standing } from './standing';
import { isUsableState } from './supplies';
import type { WantedFile, WantedJob } from './wanted';

/**
 * The work of the next attempt. Jobs that cannot run because an input is out of reach are handed over to run: the runner
 * skips them when it finds the same, and says because of which job.
 * @throws {RestartError} where the restart was planned without a definition
 */
export function workPlanOf(restart: RestartPlan): WorkPlan {
  const { plan } = restart.ground;
  if (plan === null) {
    throw new RestartError('what was planned for the unit says nothing of its commands; name the definition');
  }
  const run = new Map<string, RunReason>();
  const runIfChanged = new Map<string, { readonly on: readonly string[] }>();
  const reuse = new Map<string, ReusedJob>();
  const leave = new Map<string, LeftJob>();
  const previous = new Map<string, ReusedJob>();
  for (const [job, decision] of restart.decisions) {
    const { name } = job;
    const standing = restart.pasts.get(job)?.standing ?? null;
    if (decision.is === 'reuse' && standing !== null) {
      reuse.set(name, usableFiles(restart, job, standing));
    } else if (decision.is === 'runIfChanged' && standing !== null) {
      runIfChanged.set(name, { on: decision.on.map((other) => other.name) });
      previous.set(name, usableFiles(restart, job, standing));
    } else if (decision.is === 'leave' && decision.wouldRun === null) {
      const { reason, execution, failureClass } = decision;
      leave.set(name, { reason: reason === 'vetoed' ? 'vetoed' : 'permanentFailure', execution, failureClass });
    } else {
      const why = decision.is === 'leave' ? decision.wouldRun : decision.is === 'run' ? decision : null;
      run.set(name, why ?? { reason: 'neverRan', evidence: [] });
      if (standing !== null) {
        previous.set(name, allFiles(standing));
      }
    }
  }
  return { plan, run, runIfChanged, reuse, leave, previous };
}

function usableFiles({ stateOf }: RestartPlan, job: WantedJob, standing: Standing): ReusedJob {
  return new StandingJob(standing, (file) => isUsableState(stateOf(job, standing, file)));
}

function allFiles(standing: Standing): ReusedJob {
  return new StandingJob(standing, () => true);
}

/** What a job has to show. Its files are only gathered when the runner comes to it. */
class StandingJob implements ReusedJob {
  private known: ReadonlyMap<string, ReusedFile> | null = null;

  constructor(
    private readonly standing: Standing,
    private readonly isWanted: (file: WantedFile) => boolean,
  ) {}

  get execution(): string {
    return this.standing.maker.execution;
  }

  get attempt(): number {
    return this.standing.maker.attempt;
  }

  get files(): ReadonlyMap<string, ReusedFile> {
    this.known ??= this.gather();
    return this.known;
  }

  private gather(): ReadonlyMap<string, ReusedFile> {
    const taken = new Map<string, ReusedFile>();
    for (const [file, { path, execution, sizeBytes, md5, contentDigest }] of this.standing.versions()) {
      if (this.isWanted(file)) {
        taken.set(file.path, { path, execution, sizeBytes, md5, contentDigest });
      }
    }
    return taken;
  }
}
