/** A restart that is carried out: what is left of a unit is run on this machine as its next attempt. */
import { randomUUID } from 'node:crypto';
import type { StandingFinding } from '../../consumers/restart/checkStanding';
import { RestartRefusedError } from '../../consumers/restart/errors';
import type { RestartPlan } from '../../consumers/restart/planRestart';
import { restartJson } from '../../consumers/restart/restartJson';
import { workPlanOf } from '../../consumers/restart/workPlanOf';
import { openLedger } from '../../ledger/openLedger';
import type { Ledger } from '../../ledger/port';
import type { UnclaimedAttempt } from '../../producers/attempts/claimAttempt';
import { encodeDrafts, nowMicros, type EventDraft } from '../../producers/outbox/draft';
import { outboxFile } from '../../producers/outbox/outboxLocation';
import { UsageError } from '../errors';
import { exitCodes, type ExitCode } from '../exitCodes';
import { operatorName, stored } from '../operatorFacts';
import { writeJson, writeOutput } from '../output/lines';
import { restartCommand } from '../output/shellWords';
import { isAllWell, summaryJson, summaryText } from '../output/runSummary';
import { escapeControls } from '../output/terminal';
import { formatCounted } from '../output/units';
import { drainOnce } from '../relayOutbox';
import { runHere } from '../runHere';
import { withLedger } from '../withLedger';
import type { RestartCommandOptions } from './options';
import { restartTable } from './table';

/**
 * Brings what this node's outbox holds into the ledger, with the losses of executions whose sidecars were killed here: a
 * plan must know of both.
 */
export async function reconcileOutbox({ ledger, outbox }: RestartCommandOptions): Promise<void> {
  const { lost } = await drainOnce(
    outboxFile(ledger, outbox),
    () => openLedger(ledger, { mustExist: true }),
    (message) => {
      process.stderr.write(`tractledger: ${escapeControls(message)}\n`);
    },
  );
  if (lost.length > 0) {
    process.stderr.write(`tractledger: recorded as lost, since their sidecars are gone: ${lost.join(', ')}\n`);
  }
}

/** @throws {RestartRefusedError} where an execution may be alive and nobody insists */
export function refuseLife({ ground }: RestartPlan, force: boolean): void {
  const [first] = ground.alive;
  if (first !== undefined && !force) {
    throw new RestartRefusedError(
      `${formatCounted(ground.alive.length, 'execution')} of ${ground.scope.unit} may still be running, e.g. ${first.execution} of ` +
        `${first.job}${first.host === null ? '' : ` on ${first.host}`}: end them, or let \`tractledger relay\` there tell ` +
        'what became of them; if they are certainly gone, say --force --why TEXT',
    );
  }
}

/** What the views and the disk tell beside the plan. */
export interface RestartFacts {
  readonly findings: readonly StandingFinding[];
  /** The unit's attempts so far, claimed or not, from 1. */
  readonly earlier: readonly UnclaimedAttempt[];
}

/**
 * A definition none of whose jobs the unit has run is more likely the wrong one than a reason to run everything.
 * @throws {RestartRefusedError} unless somebody insists
 */
export function refuseStrangers({ ground }: RestartPlan, force: boolean): void {
  const { wanted, records } = ground.history;
  const [ran] = records.executions;
  if (ran !== undefined && !force && wanted.jobs.every((job) => ground.history.executionsOf(job).length === 0)) {
    throw new RestartRefusedError(
      `none of the jobs that ${ground.scope.unit} has run is in the definition, e.g. ${ran.job}: is it the right one? ` +
        'Where another system ran them by other names, let that go on (--from-ledger --format rescue or dag for ' +
        'HTCondor); to run all that is defined all the same, say --force --why TEXT',
    );
  }
}

/** Runs what is left, and tells what came of it. */
export async function runRestart(
  planned: RestartPlan,
  { findings, earlier }: RestartFacts,
  options: RestartCommandOptions,
): Promise<ExitCode> {
  const { root } = options;
  const json = options.json === true || options.format === 'json';
  if (root === undefined) {
    throw new UsageError('where do the files lie? Say --root FOLDER, or --plan-only to run nothing');
  }
  if (!json) {
    await writeOutput(`${restartTable(planned)}\n`);
  }
  if (isNothingLeft(planned)) {
    await (json
      ? writeJson({ ...restartJson(planned), result: null })
      : writeOutput('nothing is left to run: no attempt is begun\n'));
    return exitCodes.done;
  }
  return withLedger(options, async (ledger) => {
    await tellFindings(ledger, planned, findings, operatorName(options));
    const { lastAttempt } = planned.ground;
    const claim = { why: stored(options.why) ?? 'restart', resumedFromAttempt: lastAttempt, earlier };
    const work = workPlanOf(planned);
    const { unit, attempt } = work.plan.scope;
    const summary = await runHere(ledger, `${unit} attempt ${String(attempt)}`, { ...options, root }, (session) =>
      session.run({ work, claim }),
    );
    await (json
      ? writeJson({ ...restartJson(planned), result: summaryJson(summary) })
      : writeOutput(
          summaryText(
            summary,
            `${restartCommand(planned.ground.scope, options.definition ?? '', { root })} --plan-only`,
          ),
        ));
    return isAllWell(summary) ? exitCodes.done : exitCodes.checkFailed;
  });
}

/** Jobs that run in every attempt are no reason to begin one. */
function isNothingLeft({ decisions }: RestartPlan): boolean {
  return [...decisions].every(
    ([, decision]) =>
      decision.is === 'reuse' || decision.is === 'leave' || (decision.is === 'run' && decision.reason === 'framework'),
  );
}

/** What the look at the disk found amiss becomes a fact before anything is made again because of it. */
async function tellFindings(
  ledger: Ledger,
  { ground }: RestartPlan,
  findings: readonly StandingFinding[],
  checkedBy: string,
): Promise<void> {
  const { campaign, unit } = ground.scope;
  const header = { occurredAt: nowMicros(), campaign, unit, attempt: ground.lastAttempt };
  const drafts = findings.map(({ path, execution, result, site }): EventDraft => ({
    type: 'FileChecked',
    header,
    path,
    execution,
    site,
    result,
    checkedBy,
  }));
  const producer = randomUUID();
  for (let from = 0; from < drafts.length; from += batchEvents) {
    await ledger.append(producer, from + 1, encodeDrafts(drafts.slice(from, from + batchEvents), producer, from + 1));
  }
}

/** Events that travel as one append. */
const batchEvents = 1000;
