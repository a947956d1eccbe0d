/** What the ledger knows of a unit's past, as a restart needs it: plain records, and what follows from them. */
import type { Task } from '../../pipelines/definition';
import type { WantedFile } from './wanted';

/** One execution of a job of the unit. */
export interface PastExecution {
  readonly execution: string;
  readonly job: string;
  readonly attempt: number;
  readonly state: 'unheard' | 'running' | 'succeeded' | 'failed' | 'lost';
  /** 0 where nobody told. */
  readonly tryNumber: number;
  readonly startedAtMicros: number | null;
  readonly host: string | null;
  readonly failureClass: string | null;
  /** permanent, transient or infrastructure; null where nobody judged it. */
  readonly permanence: string | null;
  readonly message: string | null;
  /** Whether its outputs may be used although it failed. */
  readonly partialUsable: boolean;
  /** User and system CPU together, microseconds; null where neither was measured. */
  readonly cpuMicros: number | null;
}

/** One file version. */
export interface PastFile {
  readonly path: string;
  readonly execution: string;
  readonly datasetType: string | null;
  readonly sizeBytes: number | null;
  readonly md5: string | null;
  readonly contentDigest: string | null;
  readonly producedAtMicros: number | null;
  readonly purged: boolean;
  /** The last look at it: match, missing, empty, size, checksum or unreachable; null where nobody looked. */
  readonly checkResult: string | null;
}

/** What one execution made. Of most nobody asks more than what kinds of files there are and whether all is well. */
export interface FilesMade {
  /** Those of the files of which it was told. */
  readonly datasetTypes: ReadonlySet<string>;
  /** Whether nothing speaks against any of the files: none is purged or empty, and the last look at each found it. */
  readonly areSound: boolean;
  /** By path. */
  readonly files: readonly PastFile[];
}

/** A file that an execution was given. */
export interface PastInput {
  readonly path: string;
  /** Whether it was read as far as is known: what was announced and then not reported was not. */
  readonly wasRead: boolean;
}

/** What an execution was given. */
export interface InputsGiven {
  /** Each once, by path. */
  readonly files: readonly PastInput[];
}

/** What an attempt says of a job beside its executions. */
export interface PastJob {
  readonly job: string;
  readonly attempt: number;
  readonly state: string;
  readonly reusedExecution: string | null;
  readonly skipReason: string | null;
  readonly skipBecauseOf: string | null;
  /** permanent or operator. */
  readonly abandonReason: string | null;
  readonly abandonClass: string | null;
}

/** A veto in force. */
export interface PastVeto {
  readonly veto: string;
  readonly task: string | null;
  readonly dataId: string | null;
  readonly why: string | null;
}

/** Outputs that are not to be used any more. */
export interface PastWithdrawal {
  readonly withdrawal: string;
  readonly task: string | null;
  readonly dataId: string | null;
  readonly datasetType: string | null;
  /** The last attempt concerned; null for all. */
  readonly attempt: number | null;
  readonly why: string;
}

/** An expected output that was legitimately not written; the path is null where it was not told. */
export interface PastAbsence {
  readonly path: string | null;
  readonly datasetType: string;
}

/** What was planned for a job in an earlier attempt. */
export interface PastPlan {
  readonly inputs: ReadonlySet<string>;
  readonly upstream: ReadonlySet<string>;
}

/** The records of one unit. */
export interface UnitRecords {
  /** The unit's last attempt; 0 where it has none. */
  readonly lastAttempt: number;
  readonly executions: readonly PastExecution[];
  /** What an execution of the unit, or one whose files the unit took over, made; null where that is nothing. */
  readonly filesOf: (execution: string) => FilesMade | null;
  /** Those of these executions that made a file at a path. */
  readonly makersOf: (path: string) => readonly string[];
  /** The paths at which several of these executions made a file, with the executions: most paths have one. */
  readonly repeatedPaths: ReadonlyMap<string, readonly string[]>;
  /** By attempt. */
  readonly jobs: readonly PastJob[];
  readonly vetoes: readonly PastVeto[];
  readonly withdrawals: readonly PastWithdrawal[];
  /** Registered files that were purged, by path. */
  readonly purgedInputs: ReadonlySet<string>;
  /** Nothing stands for those of which nobody told what they were given. */
  readonly inputsOf: (executions: readonly string[]) => ReadonlyMap<string, InputsGiven>;
  /** The expected outputs that an execution legitimately did not write. */
  readonly absencesOf: (execution: string) => readonly PastAbsence[];
  readonly planOf: (attempt: number, job: string) => PastPlan | null;
  /** The tasks of the definition that an attempt was begun with; null where none is known. */
  readonly tasksOf: (attempt: number) => ReadonlyMap<string, Task> | null;
  readonly environmentOf: (execution: string) => string | null;
}

/** A file version tied to the wanted file that it is a version of. */
export interface Version extends PastFile {
  readonly maker: PastExecution;
  /** Null for a file that nobody wants any more. */
  readonly wanted: WantedFile | null;
}

/** The order of a job's executions: by attempt, try number, start and UUID. */
export function compareTries(a: PastExecution, b: PastExecution): number {
  return (
    a.attempt - b.attempt ||
    a.tryNumber - b.tryNumber ||
    (a.startedAtMicros ?? -Infinity) - (b.startedAtMicros ?? -Infinity) ||
    (a.execution < b.execution ? -1 : 1)
  );
}

/** Whether an execution's outputs may be used: as in the fileCounts view. */
export function isUsable({ state, partialUsable }: PastExecution): boolean {
  return state === 'succeeded' || (state === 'failed' && partialUsable);
}
