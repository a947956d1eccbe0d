/**
 * Every event code of HTCondor's job event log and what the import makes of it.
 *
 * Source: HTCondor's manual, "Job Event Log Codes", and the enumeration ULogEventNumber of HTCondor 25
 * (condor_utils/condor_event.h), which also has the codes that the manual leaves out.
 */

/** What is done with the records of one code: read into an event of its own, or ignored for a reason. */
export interface EventCode {
  readonly name: string;
  /** Why nothing follows from such a record; null where something does. */
  readonly ignoredBecause: string | null;
}

const read = (name: string): EventCode => ({ name, ignoredBecause: null });
const ignored = (name: string, because: string): EventCode => ({ name, ignoredBecause: because });

const grid = 'about a grid gateway, not about a run of the job';
const transfer = 'files moving to or from the run; its start and end have records of their own';
const reuse = "about the data reuse directory's own accounts";

const jobEvents: readonly EventCode[] = [
  /* 000 */ read('SUBMIT'),
  /* 001 */ read('EXECUTE'),
  /* 002 */ read('EXECUTABLE_ERROR'),
  /* 003 */ ignored('CHECKPOINTED', 'the job goes on where it is'),
  /* 004 */ read('JOB_EVICTED'),
  /* 005 */ read('JOB_TERMINATED'),
  /* 006 */ read('IMAGE_SIZE'),
  /* 007 */ read('SHADOW_EXCEPTION'),
  /* 008 */ ignored('GENERIC', "free text, among it the header of the pool's own event log"),
  /* 009 */ read('JOB_ABORTED'),
  /* 010 */ ignored('JOB_SUSPENDED', 'the job stays on its host and may go on'),
  /* 011 */ ignored('JOB_UNSUSPENDED', 'the job stays on its host and goes on'),
  /* 012 */ read('JOB_HELD'),
  /* 013 */ read('JOB_RELEASED'),
  /* 014 */ ignored('NODE_EXECUTE', "one host of a parallel job; the job's own record is 001"),
  /* 015 */ ignored('NODE_TERMINATED', "one host of a parallel job; the job's own record is 005"),
  /* 016 */ read('POST_SCRIPT_TERMINATED'),
  /* 017 */ ignored('GLOBUS_SUBMIT', grid),
  /* 018 */ ignored('GLOBUS_SUBMIT_FAILED', grid),
  /* 019 */ ignored('GLOBUS_RESOURCE_UP', grid),
  /* 020 */ ignored('GLOBUS_RESOURCE_DOWN', grid),
  /* 021 */ ignored('REMOTE_ERROR', 'a message; what follows from it (held, evicted, ended) has a record of its own'),
  /* 022 */ ignored('JOB_DISCONNECTED', 'the run may be reached again; 023 or 024 tells'),
  /* 023 */ ignored('JOB_RECONNECTED', 'the run goes on'),
  /* 024 */ read('JOB_RECONNECT_FAILED'),
  /* 025 */ ignored('GRID_RESOURCE_UP', grid),
  /* 026 */ ignored('GRID_RESOURCE_DOWN', grid),
  /* 027 */ ignored('GRID_SUBMIT', grid),
  /* 028 */ ignored('JOB_AD_INFORMATION', 'attributes of the job, as a site chose to log them'),
  /* 029 */ ignored('JOB_STATUS_UNKNOWN', 'no news from a grid gateway; the run may go on'),
  /* 030 */ ignored('JOB_STATUS_KNOWN', 'news again from a grid gateway; the run goes on'),
  /* 031 */ ignored('JOB_STAGE_IN', transfer),
  /* 032 */ ignored('JOB_STAGE_OUT', transfer),
  /* 033 */ ignored('ATTRIBUTE_UPDATE', 'an attribute of the job was edited'),
  /* 034 */ read('PRESKIP'),
  /* 035 */ read('CLUSTER_SUBMIT'),
  /* 036 */ read('CLUSTER_REMOVE'),
  /* 037 */ ignored(
    'FACTORY_PAUSED',
    'the schedd makes no more procs for a while; those made have records of their own',
  ),
  /* 038 */ ignored('FACTORY_RESUMED', 'the schedd makes procs again; those made have records of their own'),
  /* 039 */ ignored('NONE', 'never written to a log, by its definition'),
  /* 040 */ ignored('FILE_TRANSFER', transfer),
  /* 041 */ ignored('RESERVE_SPACE', reuse),
  /* 042 */ ignored('RELEASE_SPACE', reuse),
  /* 043 */ ignored('FILE_COMPLETE', reuse),
  /* 044 */ ignored('FILE_USED', reuse),
  /* 045 */ ignored('FILE_REMOVED', reuse),
  /* 046 */ read('DATAFLOW_JOB_SKIPPED'),
  /* 047 */ ignored('COMMON_FILES', transfer),
];

/** Codes 100 to 199 are the execution point's own log. */
const executionPoint = ignored('EP', "an execution point's own log");

/** What is known of an event code; undefined for one that HTCondor 25 does not have. */
export function eventCode(code: number): EventCode | undefined {
  return code >= 100 && code <= 199 ? executionPoint : jobEvents[code];
}

/** How many codes there are for jobs: 0 up to one less than this. */
export const jobEventCodes = jobEvents.length;
