/** How what a job would read now differs from what an execution of it was given. */
import type { PastExecution, PastWithdrawal, Version } from './history';
import type { Sameness } from './sameness';
import { withdrawalOf, type Standing } from './standing';
import type { ReadFile, UnitHistory } from './unitHistory';
import type { WantedFile, WantedJob } from './wanted';

/** How a file from a job upstream stands in the plan so far. */
export type Supply =
  /** There, as this execution made it, or taken to be there without anyone having told of it. */
  | { readonly is: 'there'; readonly standing: Standing }
  /** Its job is left out, and so is the file. */
  | { readonly is: 'gone'; readonly vetoed: boolean }
  /** Legitimately not written. */
  | { readonly is: 'absent' }
  /** Its job runs, or may run, and it may come out another. */
  | { readonly is: 'open' };

/** How the inputs of a job have changed. */
export interface InputChanges {
  /** Files added, lost, vetoed or withdrawn: sentences. */
  readonly set: readonly string[];
  /** Files made anew since then that differ: sentences. */
  readonly content: readonly string[];
  /** The jobs that decide whether anything changes. */
  readonly on: readonly WantedJob[];
}

/** Compares inputs; see {@link compare}. */
export class InputComparison {
  constructor(
    private readonly history: UnitHistory,
    private readonly sameness: Sameness,
    private readonly supplyOf: (file: WantedFile, maker: WantedJob) => Supply,
  ) {}

  /** What has changed for a job since an execution of it. */
  compare(job: WantedJob, execution: PastExecution): InputChanges {
    const reads = this.history.readBy(execution);
    const found: Found = { set: [], content: [], on: new Set() };
    const given = new Map(reads.map((read) => [keyOf(read), read]));
    for (const files of job.inputs) {
      for (const file of files) {
        const key = file.maker === null && !given.has(file) ? file.path : file;
        const read = given.get(key);
        given.delete(key);
        this.compareFile(job, execution, file, read, reads.length > 0, found);
      }
    }
    for (const read of reads) {
      if (read.wasRead && given.has(keyOf(read)) && this.wasPlanned(job, execution, read)) {
        found.set.push(`lost: ${read.path} is no input of the job any more`);
      }
    }
    return { ...found, on: [...found.on] };
  }

  /** @param isKnown whether anyone told what the execution was given */
  private compareFile(
    job: WantedJob,
    execution: PastExecution,
    file: WantedFile,
    read: ReadFile | undefined,
    isKnown: boolean,
    found: Found,
  ): void {
    if (file.maker === null) {
      if (read === undefined && isKnown && this.isNew(job, execution, file)) {
        found.set.push(`added: ${file.path}`);
      }
      return;
    }
    const withdrawal = read?.wasRead === true ? this.withdrawalOf(file, file.maker, read.version) : null;
    const supply = this.supplyOf(file, file.maker);
    if (withdrawal !== null) {
      found.set.push(`withdrawn: ${read?.path ?? file.path}, by ${withdrawal.withdrawal}: ${withdrawal.why}`);
    } else if (supply.is === 'open') {
      if (read?.wasRead !== false) {
        found.on.add(file.maker);
      }
    } else if (read === undefined) {
      const version = isKnown && supply.is === 'there' ? supply.standing.version(file) : undefined;
      if (version !== undefined) {
        found.set.push(`added: ${version.path}, made by execution ${version.execution}`);
      }
    } else if (read.wasRead && read.version !== null) {
      this.compareRead(file, file.maker, read.version, supply, found);
    }
  }

  private compareRead(file: WantedFile, maker: WantedJob, before: Version, supply: Supply, found: Found): void {
    if (supply.is === 'gone') {
      found.set.push(`${supply.vetoed ? 'vetoed' : 'lost'}: ${before.path}, since ${maker.name} is left out`);
    } else if (supply.is === 'absent') {
      found.set.push(`lost: ${before.path}, which ${maker.name} did not write again`);
    } else if (supply.is === 'there' && supply.standing.maker.execution !== before.execution) {
      const now = supply.standing.version(file);
      if (now !== undefined && !this.sameness.isSame(file, before, now)) {
        found.content.push(
          `${before.path} of execution ${before.execution} was made anew by ${now.execution} and differs`,
        );
      }
    }
  }

  private withdrawalOf(file: WantedFile, maker: WantedJob, version: Version | null): PastWithdrawal | null {
    const concerned = version !== null && this.history.records.withdrawals.length > 0;
    return concerned ? withdrawalOf(this.history, maker, version.maker, file.type.name) : null;
  }

  /** A registered file is new to a job where a plan of that attempt is known and does not have it. */
  private isNew(job: WantedJob, { attempt }: PastExecution, { path }: WantedFile): boolean {
    const plan = this.history.records.planOf(attempt, job.name);
    return plan !== null && !plan.inputs.has(path) && !this.history.records.purgedInputs.has(path);
  }

  /** Whether a file was read because of the plan, and not on the job's own account. */
  private wasPlanned(job: WantedJob, { attempt }: PastExecution, { path, version }: ReadFile): boolean {
    const plan = this.history.records.planOf(attempt, job.name);
    return plan !== null && (plan.inputs.has(path) || (version !== null && plan.upstream.has(version.maker.job)));
  }
}

/** Where nobody told who made it, a file from outside is told by its path. */
function keyOf({ wanted, path }: ReadFile): WantedFile | string {
  return wanted ?? path;
}

interface Found {
  readonly set: string[];
  readonly content: string[];
  readonly on: Set<WantedJob>;
}
