/** What a job's surroundings say of it: TRACTLEDGER_ variables, and the scheduler's own. */
import type { BatchJob } from '../../schemas';
import type { JobSettings } from './jobSettings';
import * as values from './settingValues';

type Apply = (value: string, where: string) => JobSettings;

const variables: Readonly<Record<string, Apply>> = {
  TRACTLEDGER_CAMPAIGN: (campaign) => ({ campaign }),
  TRACTLEDGER_UNIT: (unit) => ({ unit }),
  TRACTLEDGER_ATTEMPT: (value, where) => ({ attempt: values.integer(where, value, 1) }),
  TRACTLEDGER_TASK: (task) => ({ task }),
  TRACTLEDGER_DATA_ID: (value, where) => ({ dataId: values.dataId(where, [value]) }),
  TRACTLEDGER_JOB_NAME: (jobName) => ({ jobName }),
  TRACTLEDGER_EXECUTABLE: (executable) => ({ executable }),
  TRACTLEDGER_ROOT: (root) => ({ root }),
  TRACTLEDGER_SITE: (site) => ({ site }),
  TRACTLEDGER_LOG: (logPath) => ({ logPath }),
  TRACTLEDGER_ALLOCATION: (allocation) => ({ allocation }),
  TRACTLEDGER_BATCH_JOB: (value, where) => ({ batchJob: values.batchJob(where, value) }),
  TRACTLEDGER_ENVIRONMENT_DIGEST: (value, where) => ({ environmentDigest: values.sha256Text(where, value) }),
  TRACTLEDGER_TRY: (value, where) => ({ firstTry: values.integer(where, value, 1) }),
  TRACTLEDGER_RULES: (rules) => ({ rules }),
  TRACTLEDGER_RETRIES: (value, where) => ({ retries: values.integer(where, value, 0, 1000) }),
  TRACTLEDGER_BACKOFF: (value, where) => ({ backoffSeconds: values.seconds(where, value) }),
  TRACTLEDGER_URL: (ledger) => ({ ledger }),
  TRACTLEDGER_OUTBOX: (outbox) => ({ outbox }),
};

/** The settings in an environment; empty variables count as not set. @throws JobDescriptionError naming the variable */
export function settingsFromEnvironment(environment: NodeJS.ProcessEnv): JobSettings {
  const settings: JobSettings = {};
  for (const [name, apply] of Object.entries(variables)) {
    const value = environment[name];
    if (value !== undefined && value !== '') {
      Object.assign(settings, apply(value, name));
    }
  }
  return settings;
}

/**
 * The batch job as the scheduler's variables tell it: Slurm (sbatch(1), "OUTPUT ENVIRONMENT VARIABLES"), PBS (qsub(1B)),
 * LSF (bsub(1)). Null where none of them is there.
 */
export function detectBatchJob(environment: NodeJS.ProcessEnv): BatchJob | null {
  const { SLURM_JOB_ID, SLURM_ARRAY_JOB_ID, SLURM_ARRAY_TASK_ID, PBS_JOBID, PBS_ARRAY_INDEX, LSB_JOBID, LSB_JOBINDEX } =
    environment;
  if (SLURM_JOB_ID !== undefined) {
    return described('slurm', SLURM_ARRAY_JOB_ID ?? SLURM_JOB_ID, SLURM_ARRAY_TASK_ID);
  }
  if (PBS_JOBID !== undefined) {
    return described('pbs', PBS_JOBID, PBS_ARRAY_INDEX);
  }
  if (LSB_JOBID !== undefined) {
    return described('lsf', LSB_JOBID, LSB_JOBINDEX === '0' ? undefined : LSB_JOBINDEX);
  }
  return null;
}

function described(scheduler: string, id: string, arrayIndex: string | undefined): BatchJob {
  return { scheduler, id, arrayIndex: /^\d{1,9}$/.test(arrayIndex ?? '') ? Number(arrayIndex) : null };
}
