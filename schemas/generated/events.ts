/* Generated from schemas/*.avsc by `npm run generate`; do not edit. */

/** Who states this event, where it stands in that producer's order, and which campaign it is about. */
export interface Header {
  /** One life of one writer of events. */
  readonly producer: string;
  /** The producer's own count of its events: 1, 2, 3 and on without a gap. */
  readonly sequence: number;
  /** When it happened by the producer's clock, microseconds since 1970 UTC. The time of recording belongs to the ledger. */
  readonly occurredAt: number;
  /** The processing of one data set that this is part of. */
  readonly campaign: string;
  /** What an operator submits and restarts as a whole, for example tract=9813; null where the event is about the whole campaign. */
  readonly unit: null | string;
  /** The processing attempt of the unit, from 1; null where the event is about no single attempt. */
  readonly attempt: null | number;
}

/** A change to the software that is in none of its versions. */
export interface Patch {
  /** What was changed. */
  readonly name: string;
  /** The ticket. */
  readonly ticket: null | string;
}

/** What one execution used, it and its descendants. Null is not measured; zero is a measurement. */
export interface Metrics {
  /** Wall-clock from start to end, microseconds. */
  readonly wallMicros: null | number;
  /** CPU time in user mode, microseconds. */
  readonly userCpuMicros: null | number;
  /** CPU time in the kernel, microseconds. */
  readonly systemCpuMicros: null | number;
  /** The largest resident set, bytes. */
  readonly maxRssBytes: null | number;
}

/** What a scheduler queues; it may run several jobs. */
export interface BatchJob {
  /** The scheduler's kind or name, for example htcondor or slurm. */
  readonly scheduler: string;
  /** The scheduler's own identifier. */
  readonly id: string;
  /** The index within an array job, or null. */
  readonly arrayIndex: null | number;
}

/** A file by name. */
export interface FileReference {
  /** The logical path. */
  readonly path: string;
  /** The kind of file, where known. */
  readonly datasetType: null | string;
}

/** A processing attempt has come to its end. */
export interface AttemptEnded {
  readonly type: 'AttemptEnded';
  /** Who, when and about what. */
  readonly header: Header;
  /** complete (every job succeeded or was reused), partial (some did not) or stopped (ended early). */
  readonly outcome: string;
  /** Who ended it. */
  readonly endedBy: null | string;
}

/** A processing attempt of a unit begins. Version 2 adds the claim. */
export interface AttemptStarted {
  readonly type: 'AttemptStarted';
  /** Who, when and about what. */
  readonly header: Header;
  /** The occasion: first, restart, or a sentence. */
  readonly why: string;
  /** The attempt whose work this one goes on from, or null. */
  readonly resumedFromAttempt: null | number;
  /** SHA-256 of the pipeline definition, hexadecimal, where there is one. */
  readonly pipelineDigest: null | string;
  /** Whether the attempt has its hosts for itself; null where unknown. */
  readonly nodesExclusive: null | boolean;
  /** Who started it. */
  readonly startedBy: null | string;
  /** Drawn by whoever claims the attempt, so that two claims of one attempt differ even where all else agrees. */
  readonly claim: null | string;
}

/** A campaign is announced. */
export interface CampaignDeclared {
  readonly type: 'CampaignDeclared';
  /** Who, when and about what. */
  readonly header: Header;
  /** What the campaign is for. */
  readonly description: null | string;
  /** Who says so. */
  readonly declaredBy: null | string;
}

/** A check of the campaign, or of the unit and attempt in the header, came to a verdict. */
export interface CheckConcluded {
  readonly type: 'CheckConcluded';
  /** Who, when and about what. */
  readonly header: Header;
  /** The check, for example DRP-00-05. */
  readonly testCase: string;
  /** pass, passWithAcceptedLosses, partial, fail or notJudged. */
  readonly verdict: string;
  /** SHA-256 of the report, hexadecimal. */
  readonly reportDigest: null | string;
  /** By whom. */
  readonly concludedBy: null | string;
  /** The ticket. */
  readonly ticket: null | string;
}

/** Data that must not be processed. */
export interface DataIdVetoed {
  readonly type: 'DataIdVetoed';
  /** Who, when and about what. */
  readonly header: Header;
  /** This veto's own name. */
  readonly veto: string;
  /** The step it concerns; null for all. */
  readonly task: null | string;
  /** Canonical data ID; jobs whose data ID holds all these values are concerned. */
  readonly dataId: string;
  /** Why. */
  readonly why: string;
  /** The ticket. */
  readonly ticket: null | string;
  /** By whom. */
  readonly vetoedBy: null | string;
}

/** What executions run in. They name it by its digest. */
export interface EnvironmentDeclared {
  readonly type: 'EnvironmentDeclared';
  /** Who, when and about what. */
  readonly header: Header;
  /** SHA-256 of the other fields in canonical form, hexadecimal: what ExecutionStarted names. */
  readonly digest: string;
  /** Name and version of the operating system and its kernel. */
  readonly operatingSystem: null | string;
  /** Name and version of the compiler. */
  readonly compiler: null | string;
  /** The version of each software package; null where it has none to tell. */
  readonly packages: Readonly<Record<string, null | string>>;
  /** What was changed by hand. */
  readonly patches: readonly Patch[];
  /** The container image with its digest. */
  readonly container: null | string;
  /** The processor model and what else of the host matters. */
  readonly hardware: null | string;
}

/** A run of a job ended badly. */
export interface ExecutionFailed {
  readonly type: 'ExecutionFailed';
  /** Who, when and about what. */
  readonly header: Header;
  /** The one run of the job that this is about. */
  readonly execution: string;
  /** The job within its unit: task and canonical data ID, or the DAG node's name where a system knows no data ID. */
  readonly job: string;
  /** The exit code, or null where a signal ended it. */
  readonly exitCode: null | number;
  /** The signal that ended it, for example SIGKILL, or null. */
  readonly signal: null | string;
  /** The class that the failure rules gave it. */
  readonly failureClass: null | string;
  /** permanent, transient or infrastructure; null where nobody judged it. */
  readonly permanence: null | string;
  /** What went wrong, secrets replaced. */
  readonly message: null | string;
  /** Expected outputs that are missing or empty. */
  readonly missingOutputs: readonly string[];
  /** What the execution used. */
  readonly metrics: Metrics;
  /** What a reader should know; partialOutputsUsable says that the outputs written may be used. */
  readonly caveats: readonly string[];
}

/** Nobody will report the end of a run: what became of it was told by someone else. */
export interface ExecutionLost {
  readonly type: 'ExecutionLost';
  /** Who, when and about what. */
  readonly header: Header;
  /** The one run of the job that this is about. */
  readonly execution: string;
  /** The job within its unit: task and canonical data ID, or the DAG node's name where a system knows no data ID. */
  readonly job: string;
  /** evicted, preempted, timeLimit, outOfMemory, nodeFailure or unheardOf. */
  readonly cause: string;
  /** Who says so. */
  readonly toldBy: string;
  /** What that rests on. */
  readonly evidence: null | string;
  /** What the execution used. */
  readonly metrics: Metrics;
}

/** A run of a job begins. */
export interface ExecutionStarted {
  readonly type: 'ExecutionStarted';
  /** Who, when and about what. */
  readonly header: Header;
  /** The one run of the job that this is about. */
  readonly execution: string;
  /** The job within its unit: task and canonical data ID, or the DAG node's name where a system knows no data ID. */
  readonly job: string;
  /** The step of the pipeline. */
  readonly task: string;
  /** Canonical data ID: JSON with keys sorted by their UTF-8 bytes; null where none is known. */
  readonly dataId: null | string;
  /** Which try of the job in this attempt, from 1, where the writer counts them. */
  readonly tryNumber: null | number;
  /** The batch job it runs in. */
  readonly batchJob: null | BatchJob;
  /** The operating system's number of the process that watches the run. */
  readonly processId: null | number;
  /** The host it runs on. */
  readonly host: null | string;
  /** The node allocation or slot. */
  readonly allocation: null | string;
  /** The program, as Table 3 names it. */
  readonly executable: null | string;
  /** The command line, secrets replaced. */
  readonly argv: readonly string[];
  /** Where its log is written. */
  readonly logPath: null | string;
  /** SHA-256 of the declared environment, hexadecimal. */
  readonly environmentDigest: null | string;
  /** The site whose files it reads and writes. */
  readonly site: null | string;
}

/** A run of a job ended well. */
export interface ExecutionSucceeded {
  readonly type: 'ExecutionSucceeded';
  /** Who, when and about what. */
  readonly header: Header;
  /** The one run of the job that this is about. */
  readonly execution: string;
  /** The job within its unit: task and canonical data ID, or the DAG node's name where a system knows no data ID. */
  readonly job: string;
  /** What the execution used. */
  readonly metrics: Metrics;
  /** What a reader should know: noWork, partialOutputs, childrenLeftBehind, maxRssSampled and the like. */
  readonly caveats: readonly string[];
}

/** How many files of a dataset type are expected in a unit. A later revision of the same unit, dataset type and basis takes the place of an earlier one. */
export interface ExpectationDeclared {
  readonly type: 'ExpectationDeclared';
  /** Who, when and about what. */
  readonly header: Header;
  /** The kind of file; null for the total over all kinds. */
  readonly datasetType: null | string;
  /** How many; null says that it is unknown. */
  readonly count: null | number;
  /** Where the number comes from: plan, reference (an earlier campaign) or operator. */
  readonly basis: string;
  /** The number of this statement, from 1; the highest counts. */
  readonly revision: number;
  /** Who says so. */
  readonly declaredBy: null | string;
  /** The ticket it rests on. */
  readonly ticket: null | string;
}

/** An expected output was legitimately not written. */
export interface FileAbsent {
  readonly type: 'FileAbsent';
  /** Who, when and about what. */
  readonly header: Header;
  /** The one run of the job that this is about. */
  readonly execution: string;
  /** The job within its unit: task and canonical data ID, or the DAG node's name where a system knows no data ID. */
  readonly job: string;
  /** The kind of file. */
  readonly datasetType: string;
  /** The logical path it would have had, where known. */
  readonly path: null | string;
  /** Why that is legitimate: job (it said so) or definition (which allows it). */
  readonly basis: string;
}

/** Somebody looked at a file. */
export interface FileChecked {
  readonly type: 'FileChecked';
  /** Who, when and about what. */
  readonly header: Header;
  /** The logical path. */
  readonly path: string;
  /** The execution that made this version; null for an input not made here. */
  readonly execution: null | string;
  /** Where it was looked at. */
  readonly site: string;
  /** match, missing, empty, size, checksum or unreachable. */
  readonly result: string;
  /** Who looked. */
  readonly checkedBy: null | string;
}

/** A file lies at a site. */
export interface FileLocated {
  readonly type: 'FileLocated';
  /** Who, when and about what. */
  readonly header: Header;
  /** The logical path. */
  readonly path: string;
  /** The execution that made this version; null for an input not made here. */
  readonly execution: null | string;
  /** The site. */
  readonly site: string;
  /** Where at the site. */
  readonly uri: string;
}

/** An execution wrote a file. Version 2 adds the content digest. */
export interface FileProduced {
  readonly type: 'FileProduced';
  /** Who, when and about what. */
  readonly header: Header;
  /** The one run of the job that this is about. */
  readonly execution: string;
  /** The kind of file. */
  readonly datasetType: string;
  /** The logical path, relative to the root folder of its site. */
  readonly path: string;
  /** The size, bytes. */
  readonly sizeBytes: null | number;
  /** The MD5, where known. */
  readonly md5: null | string;
  /** The SHA-256, where known. */
  readonly sha256: null | string;
  /** Canonical data ID: JSON with keys sorted by their UTF-8 bytes; null where none is known. */
  readonly dataId: null | string;
  /** Values that a check may require; a key with a null value is present without a value. */
  readonly metadata: Readonly<Record<string, null | string>>;
  /** A digest of what matters in the file, such as its pixels, free of dates and host names, as the job computed it. */
  readonly contentDigest: null | string;
}

/** A file was deleted on purpose. */
export interface FilePurged {
  readonly type: 'FilePurged';
  /** Who, when and about what. */
  readonly header: Header;
  /** The logical path. */
  readonly path: string;
  /** The execution whose file was deleted; null for an input not made here. */
  readonly execution: null | string;
  /** Where it was deleted; null for everywhere. */
  readonly site: null | string;
  /** Why. */
  readonly why: null | string;
  /** By whom. */
  readonly purgedBy: null | string;
}

/** A file that this campaign did not make is one of its inputs. */
export interface FileRegistered {
  readonly type: 'FileRegistered';
  /** Who, when and about what. */
  readonly header: Header;
  /** The logical path. */
  readonly path: string;
  /** The kind of file. */
  readonly datasetType: string;
  /** Canonical data ID: JSON with keys sorted by their UTF-8 bytes; null where none is known. */
  readonly dataId: null | string;
  /** The size, bytes. */
  readonly sizeBytes: null | number;
  /** The MD5, where known. */
  readonly md5: null | string;
  /** The campaign that made it. */
  readonly originCampaign: null | string;
  /** The collection it came from. */
  readonly collection: null | string;
}

/** Files that an execution used. A list too large for one event comes in parts. */
export interface InputsUsed {
  readonly type: 'InputsUsed';
  /** Who, when and about what. */
  readonly header: Header;
  /** The one run of the job that this is about. */
  readonly execution: string;
  /** The job within its unit: task and canonical data ID, or the DAG node's name where a system knows no data ID. */
  readonly job: string;
  /** How this is known: declared before the run, reported by the job, or observed. */
  readonly basis: string;
  /** The files. */
  readonly files: readonly FileReference[];
  /** Which part this is, from 1. */
  readonly part: number;
  /** How many parts there are in all. */
  readonly parts: number;
}

/** The job will not be tried again: its failure is permanent, or an operator gave it up. */
export interface JobAbandoned {
  readonly type: 'JobAbandoned';
  /** Who, when and about what. */
  readonly header: Header;
  /** The job within its unit: task and canonical data ID, or the DAG node's name where a system knows no data ID. */
  readonly job: string;
  /** permanent or operator. */
  readonly reason: string;
  /** The class of the failure. */
  readonly failureClass: null | string;
  /** The execution that failed, where there is one. */
  readonly becauseOf: null | string;
  /** Who decided. */
  readonly abandonedBy: null | string;
}

/** The job is held back from running. */
export interface JobHeld {
  readonly type: 'JobHeld';
  /** Who, when and about what. */
  readonly header: Header;
  /** The job within its unit: task and canonical data ID, or the DAG node's name where a system knows no data ID. */
  readonly job: string;
  /** Why, in the words of who holds it. */
  readonly reason: null | string;
  /** Who holds it: a scheduler or an operator. */
  readonly heldBy: null | string;
}

/** A job is to be done. A plan too large for one event comes in parts that carry the same job and are joined. */
export interface JobPlanned {
  readonly type: 'JobPlanned';
  /** Who, when and about what. */
  readonly header: Header;
  /** The job within its unit: task and canonical data ID, or the DAG node's name where a system knows no data ID. */
  readonly job: string;
  /** The step of the pipeline. */
  readonly task: string;
  /** Canonical data ID: JSON with keys sorted by their UTF-8 bytes; null where none is known. */
  readonly dataId: null | string;
  /** payload, or framework for a job that the workflow system adds (set-up, final and service nodes). */
  readonly kind: string;
  /** The jobs of the same unit whose outputs this one waits for. */
  readonly upstreamJobs: readonly string[];
  /** The files the job is expected to read. */
  readonly predictedInputs: readonly FileReference[];
  /** The files the job is expected to write. */
  readonly predictedOutputs: readonly FileReference[];
  /** Which part this is, from 1. */
  readonly part: number;
  /** How many parts there are in all. */
  readonly parts: number;
}

/** A scheduler has the job in its queue. */
export interface JobQueued {
  readonly type: 'JobQueued';
  /** Who, when and about what. */
  readonly header: Header;
  /** The job within its unit: task and canonical data ID, or the DAG node's name where a system knows no data ID. */
  readonly job: string;
  /** The scheduler's own name for it. */
  readonly batchJob: null | BatchJob;
  /** Memory asked for, bytes. */
  readonly requestedMemoryBytes: null | number;
  /** CPUs asked for. */
  readonly requestedCpus: null | number;
  /** Time asked for, microseconds. */
  readonly requestedWallMicros: null | number;
  /** The queue or partition. */
  readonly queue: null | string;
}

/** A held job may run again. */
export interface JobReleased {
  readonly type: 'JobReleased';
  /** Who, when and about what. */
  readonly header: Header;
  /** The job within its unit: task and canonical data ID, or the DAG node's name where a system knows no data ID. */
  readonly job: string;
  /** Why. */
  readonly reason: null | string;
  /** Who released it. */
  readonly releasedBy: null | string;
}

/** The job will be tried again. */
export interface JobRetryScheduled {
  readonly type: 'JobRetryScheduled';
  /** Who, when and about what. */
  readonly header: Header;
  /** The job within its unit: task and canonical data ID, or the DAG node's name where a system knows no data ID. */
  readonly job: string;
  /** The execution that failed. */
  readonly becauseOf: string;
  /** When the next try may start, or null for at once. */
  readonly notBefore: null | number;
}

/** The job need not run in this attempt: what an earlier execution made is taken over. */
export interface JobReused {
  readonly type: 'JobReused';
  /** Who, when and about what. */
  readonly header: Header;
  /** The job within its unit: task and canonical data ID, or the DAG node's name where a system knows no data ID. */
  readonly job: string;
  /** The step of the pipeline. */
  readonly task: string;
  /** Canonical data ID: JSON with keys sorted by their UTF-8 bytes; null where none is known. */
  readonly dataId: null | string;
  /** The execution whose outputs count in this attempt. */
  readonly fromExecution: string;
  /** The attempt of that execution, where known. */
  readonly fromAttempt: null | number;
}

/** The job is not run in this attempt. */
export interface JobSkipped {
  readonly type: 'JobSkipped';
  /** Who, when and about what. */
  readonly header: Header;
  /** The job within its unit: task and canonical data ID, or the DAG node's name where a system knows no data ID. */
  readonly job: string;
  /** upstreamFailed, noWorkUpstream, vetoed or cancelled. */
  readonly reason: string;
  /** The job upstream that is the cause, where there is one. */
  readonly becauseOfJob: null | string;
}

/** An operator's remark for those who read the account later. */
export interface OperatorNoted {
  readonly type: 'OperatorNoted';
  /** Who, when and about what. */
  readonly header: Header;
  /** The remark. */
  readonly text: string;
  /** The job it is about, or null. */
  readonly job: null | string;
  /** The file it is about, or null. */
  readonly path: null | string;
  /** The ticket. */
  readonly ticket: null | string;
  /** Who says so. */
  readonly notedBy: null | string;
}

/** Files that were made are not to be used any more, such as those of a patched stack that was wrong. Concerned is what the attempt in the header and those before it made; later attempts are not. */
export interface OutputsWithdrawn {
  readonly type: 'OutputsWithdrawn';
  /** Who, when and about what. */
  readonly header: Header;
  /** This withdrawal's own name. */
  readonly withdrawal: string;
  /** The step whose outputs are meant; null for all. */
  readonly task: null | string;
  /** Canonical data ID; outputs of jobs whose data ID holds all these values are meant; null for all. */
  readonly dataId: null | string;
  /** The kind of file that is meant; null for all. */
  readonly datasetType: null | string;
  /** Why. */
  readonly why: string;
  /** The ticket. */
  readonly ticket: null | string;
  /** By whom. */
  readonly withdrawnBy: null | string;
}

/** A pipeline definition in full, as it was read. One too large for one event comes in parts that carry the same digest and are joined. */
export interface PipelineDeclared {
  readonly type: 'PipelineDeclared';
  /** Who, when and about what. */
  readonly header: Header;
  /** SHA-256 of the definition and its tables, hexadecimal: what AttemptStarted names. */
  readonly digest: string;
  /** The name that the definition gives itself. */
  readonly name: string;
  /** Which part this is, from 1. */
  readonly part: number;
  /** How many parts there are in all. */
  readonly parts: number;
  /** This part of the text of the definition, secrets replaced. */
  readonly text: string;
}

/** No further job is to be started in the unit that the header names, or in the whole campaign, until it is released. Jobs under way go on. */
export interface StartsHeld {
  readonly type: 'StartsHeld';
  /** Who, when and about what. */
  readonly header: Header;
  /** This hold's own name. */
  readonly hold: string;
  /** The host that is to start nothing more; null for every host. */
  readonly host: null | string;
  /** Why. */
  readonly why: null | string;
  /** The ticket. */
  readonly ticket: null | string;
  /** By whom. */
  readonly heldBy: null | string;
}

/** A hold ends: jobs may be started again. */
export interface StartsReleased {
  readonly type: 'StartsReleased';
  /** Who, when and about what. */
  readonly header: Header;
  /** The hold that ends. */
  readonly hold: string;
  /** Why. */
  readonly why: null | string;
  /** By whom. */
  readonly releasedBy: null | string;
}

/** A veto no longer holds. */
export interface VetoLifted {
  readonly type: 'VetoLifted';
  /** Who, when and about what. */
  readonly header: Header;
  /** The veto that is lifted. */
  readonly veto: string;
  /** Why. */
  readonly why: null | string;
  /** The ticket. */
  readonly ticket: null | string;
  /** By whom. */
  readonly liftedBy: null | string;
}

/** Any event, told apart by `type`. */
export type LedgerEvent =
  | AttemptEnded
  | AttemptStarted
  | CampaignDeclared
  | CheckConcluded
  | DataIdVetoed
  | EnvironmentDeclared
  | ExecutionFailed
  | ExecutionLost
  | ExecutionStarted
  | ExecutionSucceeded
  | ExpectationDeclared
  | FileAbsent
  | FileChecked
  | FileLocated
  | FileProduced
  | FilePurged
  | FileRegistered
  | InputsUsed
  | JobAbandoned
  | JobHeld
  | JobPlanned
  | JobQueued
  | JobReleased
  | JobRetryScheduled
  | JobReused
  | JobSkipped
  | OperatorNoted
  | OutputsWithdrawn
  | PipelineDeclared
  | StartsHeld
  | StartsReleased
  | VetoLifted;
