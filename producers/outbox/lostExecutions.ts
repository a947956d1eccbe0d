/**
 * Executions whose sidecar was killed: nobody will report their end, so whoever opens the outbox next on that node and
 * can prove it does.
 */
import { hostname } from 'node:os';
import { findProcessesWithEnvironment, isSameProcessAlive } from '../sidecar/procfs';
import { nowMicros, type EventDraft } from './draft';
import type { LiveExecution } from './liveExecution';
import type { Outbox } from './outbox';

/** What tells which processes run on this node; tests fake it. */
export interface ProcessObserver {
  readonly host: string;
  readonly isSameProcessAlive: typeof isSameProcessAlive;
  readonly findProcessesWithEnvironment: typeof findProcessesWithEnvironment;
}

/** The variable that marks the processes of an execution; see childProcess. */
const executionVariable = 'TRACTLEDGER_EXECUTION';

/**
 * Records ExecutionLost for each execution of this node whose sidecar has certainly ended and of which no process runs
 * any more: a child outlives a killed sidecar and may still be writing. Each is told once, whoever else tries.
 * @returns the executions recorded as lost
 */
export async function recordLostExecutions(
  outbox: Outbox,
  observer: ProcessObserver = { host: hostname(), isSameProcessAlive, findProcessesWithEnvironment },
): Promise<LiveExecution[]> {
  const recorded: LiveExecution[] = [];
  for (const live of await outbox.liveExecutions()) {
    const evidence = evidenceOfLoss(live, observer);
    if (evidence !== null) {
      const draft = lostDraft(live, observer.host, evidence);
      if (await outbox.append([draft], { ends: live.execution, onlyIfLive: true })) {
        recorded.push(live);
      }
    }
  }
  return recorded;
}

/** Why an execution is certainly lost, or null where that cannot be proven from here. */
function evidenceOfLoss(live: LiveExecution, observer: ProcessObserver): string | null {
  const { sidecar, execution } = live;
  if (live.host !== observer.host || sidecar === null || observer.isSameProcessAlive(sidecar) !== false) {
    return null;
  }
  if (observer.findProcessesWithEnvironment(executionVariable, execution).length > 0) {
    return null;
  }
  return (
    `its sidecar, process ${String(sidecar.pid)} started at tick ${String(sidecar.startTicks)} of boot ` +
    `${sidecar.bootId}, is gone, and no process carries ${executionVariable}=${execution}`
  );
}

function lostDraft(live: LiveExecution, host: string, evidence: string): EventDraft {
  const { campaign, unit, attempt, execution, job } = live;
  return {
    type: 'ExecutionLost',
    header: { occurredAt: nowMicros(), campaign, unit, attempt },
    execution,
    job,
    cause: 'unheardOf',
    toldBy: `outbox on ${host}`,
    evidence,
    metrics: { wallMicros: null, userCpuMicros: null, systemCpuMicros: null, maxRssBytes: null },
  };
}
