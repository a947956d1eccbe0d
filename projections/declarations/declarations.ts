/**
 * The declarations view: what people and programs declared of a campaign beside its jobs and files. Pipelines,
 * environments and who used which, withdrawn outputs, holds, verdicts.
 */
import type {
  AttemptStarted,
  CheckConcluded,
  EnvironmentDeclared,
  ExecutionStarted,
  OutputsWithdrawn,
  PipelineDeclared,
  StartsHeld,
  StartsReleased,
} from '../../schemas';
import type { Projection, Tables } from '../projection';
import { agreedScope, scopeOf } from '../scope';
import { stampOf, supersedes } from '../statementOrder';
import {
  attemptPipelinesTable,
  checksTable,
  environmentsTable,
  executionEnvironmentsTable,
  holdsTable,
  pipelinesTable,
  withdrawalsTable,
} from './tables';

/** See the file's head. */
export const declarationsProjection: Projection = {
  name: 'declarations',
  version: 1,
  tables: [
    pipelinesTable,
    environmentsTable,
    attemptPipelinesTable,
    executionEnvironmentsTable,
    withdrawalsTable,
    holdsTable,
    checksTable,
  ],
  folds: {
    PipelineDeclared: applyPipeline,
    EnvironmentDeclared: applyEnvironment,
    AttemptStarted: applyAttempt,
    ExecutionStarted: applyExecution,
    OutputsWithdrawn: applyWithdrawal,
    StartsHeld: applyHold,
    StartsReleased: applyHold,
    CheckConcluded: applyCheck,
  },
};

function applyPipeline({ header, digest, part, parts, name, text }: PipelineDeclared, tables: Tables): void {
  const pipelines = tables.of(pipelinesTable);
  const { campaign } = header;
  const stamp = stampOf(header);
  if (supersedes(stamp, pipelines.get(campaign, digest, part)?.stamp ?? null)) {
    pipelines.put({ campaign, digest, part, parts, name, text, stamp });
  }
}

function applyEnvironment(event: EnvironmentDeclared, tables: Tables): void {
  const environments = tables.of(environmentsTable);
  const { campaign } = event.header;
  const { digest, operatingSystem: operating_system, compiler, container, hardware } = event;
  const stamp = stampOf(event.header);
  if (supersedes(stamp, environments.get(campaign, digest)?.stamp ?? null)) {
    const packages = JSON.stringify(Object.fromEntries(Object.entries(event.packages).sort(byKey)));
    const patches = JSON.stringify(event.patches);
    environments.put({
      campaign,
      digest,
      operating_system,
      compiler,
      packages,
      patches,
      container,
      hardware,
      stamp,
    });
  }
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function applyAttempt({ header, pipelineDigest, nodesExclusive }: AttemptStarted, tables: Tables): void {
  const attempts = tables.of(attemptPipelinesTable);
  const scope = scopeOf(header);
  const stamp = stampOf(header);
  if (supersedes(stamp, attempts.get(scope.campaign, scope.unit, scope.attempt)?.stamp ?? null)) {
    const nodes_exclusive = nodesExclusive === null ? null : Number(nodesExclusive);
    attempts.put({ ...scope, pipeline_digest: pipelineDigest, nodes_exclusive, stamp });
  }
}

function applyExecution({ header, execution, environmentDigest }: ExecutionStarted, tables: Tables): void {
  if (environmentDigest === null) {
    return;
  }
  const executions = tables.of(executionEnvironmentsTable);
  const known = executions.get(execution);
  if (known === undefined) {
    const { campaign, unit, attempt } = scopeOf(header);
    executions.put({ campaign, unit, attempt, execution, environment_digest: environmentDigest });
    return;
  }
  const scope = agreedScope(known, header);
  if (scope !== undefined || environmentDigest > known.environment_digest) {
    const digests = [known.environment_digest, environmentDigest].sort();
    executions.put({ ...known, ...scope, environment_digest: digests[1] ?? environmentDigest });
  }
}

function applyWithdrawal(event: OutputsWithdrawn, tables: Tables): void {
  const withdrawals = tables.of(withdrawalsTable);
  const { campaign, unit, attempt } = event.header;
  const stamp = stampOf(event.header);
  const { withdrawal, task, dataId: data_id, datasetType: dataset_type, why, ticket, withdrawnBy } = event;
  if (supersedes(stamp, withdrawals.get(campaign, withdrawal)?.stamp ?? null)) {
    const what = { task, data_id, dataset_type };
    withdrawals.put({ campaign, withdrawal, unit, attempt, ...what, why, ticket, withdrawn_by: withdrawnBy, stamp });
  }
}

function applyHold(event: StartsHeld | StartsReleased, tables: Tables): void {
  const holds = tables.of(holdsTable);
  const { campaign, unit } = event.header;
  const stamp = stampOf(event.header);
  const known = holds.get(campaign, event.hold) ?? { ...unknownHold, campaign, hold: event.hold };
  if (event.type === 'StartsReleased') {
    if (supersedes(stamp, known.release_stamp)) {
      holds.put({ ...known, released_why: event.why, released_by: event.releasedBy, release_stamp: stamp });
    }
  } else if (supersedes(stamp, known.stamp)) {
    const { host, why, ticket, heldBy: held_by } = event;
    holds.put({ ...known, unit, host, why, ticket, held_by, stamp });
  }
}

const unknownHold = {
  unit: null,
  host: null,
  why: null,
  ticket: null,
  held_by: null,
  stamp: null,
  released_why: null,
  released_by: null,
  release_stamp: null,
};

function applyCheck(event: CheckConcluded, tables: Tables): void {
  const { campaign, unit, attempt } = event.header;
  const { testCase: test_case, verdict, reportDigest: report_digest, concludedBy: concluded_by, ticket } = event;
  const stamp = stampOf(event.header);
  tables
    .of(checksTable)
    .put({ campaign, stamp, unit, attempt, test_case, verdict, report_digest, concluded_by, ticket });
}
