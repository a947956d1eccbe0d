/**
 * Why a run was lost, from HTCondor's hold and vacate codes.
 *
 * Source: HTCondor's manual, "Hold Reason Codes", and condor_utils/condor_holdcodes.h of HTCondor 25. Codes that are not
 * here say nothing more exact than that the job left the machine.
 */

const causes: ReadonlyMap<number, string> = new Map([
  [34, 'outOfMemory'], // JobOutOfResources: over its memory limit
  [46, 'timeLimit'], // JobDurationExceeded: allowed_job_duration
  [47, 'timeLimit'], // JobExecuteExceeded: allowed_execute_duration
  [1008, 'nodeFailure'], // ReconnectFailed
  [1011, 'preempted'], // StartdPreemptExpression
  [1012, 'nodeFailure'], // StartdException
  [1013, 'nodeFailure'], // StartdShutdown
  [1018, 'preempted'], // StartdPreemptingClaimRank
  [1019, 'preempted'], // StartdPreemptingClaimUserPrio
]);

/** The cause of an ExecutionLost: evicted where the code is absent or tells no more. */
export function lossCause(code: number | null): string {
  return (code === null ? undefined : causes.get(code)) ?? 'evicted';
}
