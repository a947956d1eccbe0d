/** The ways in which simulated executions end. */
import type { Ending } from './happenings';

/** It did what it was to do. */
export const succeeded: Ending = { kind: 'succeeded' };
/** It fails however often it is tried, and says so. */
export const failedForGood: Ending = {
  kind: 'failed',
  exitCode: 20,
  signal: null,
  failureClass: 'repeatableQuantumError',
  permanence: 'permanent',
  message: 'RepeatableQuantumError: no stars are left to fit the point spread function to',
};
/** The file system is gone. */
export const outage: Ending = {
  kind: 'failed',
  exitCode: 1,
  signal: null,
  failureClass: 'staleFileHandle',
  permanence: 'infrastructure',
  message: "OSError: [Errno 116] Stale file handle: '/datasets/hsc/repo'",
};
/** Somebody killed the job; its sidecar tells. */
export const killed: Ending = {
  kind: 'failed',
  exitCode: null,
  signal: 'SIGKILL',
  failureClass: 'killed',
  permanence: 'transient',
  message: 'ended by SIGKILL',
};
/** Somebody killed the sidecar too. */
export const unheardOf: Ending = {
  kind: 'lost',
  cause: 'unheardOf',
  evidence: 'the process that watched it is no more',
};
/** The host died. */
export const nodeFailure: Ending = { kind: 'lost', cause: 'nodeFailure', evidence: 'the host answers no more' };
