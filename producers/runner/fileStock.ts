/** The files that are there in an attempt, made by it or taken over, and how they compare with what was there before. */
import type { PlannedFile, PlannedJob } from '../../pipelines/plan';
import type { ReusedJob, WorkPlan } from '../../pipelines/workPlan';
import { isSame, type KnownContent } from './sameness';

/** A file that is there, where it lies. */
export interface AvailableFile extends KnownContent {
  /** The logical path on disk. */
  readonly path: string;
}

/** The stock of one attempt. */
export class FileStock {
  private readonly files = new Map<PlannedFile, AvailableFile>();

  constructor(private readonly work: WorkPlan) {}

  /** A job has made files. @param made by logical path */
  made(job: PlannedJob, made: ReadonlyMap<string, KnownContent>): void {
    for (const file of job.outputs.flat()) {
      const content = made.get(file.path);
      if (content !== undefined) {
        this.files.set(file, { ...content, path: file.path });
      }
    }
  }

  /** What an earlier execution of a job made counts in this attempt. */
  takenOver(job: PlannedJob, from: ReusedJob): void {
    for (const file of job.outputs.flat()) {
      const reused = from.files.get(file.path);
      if (reused !== undefined) {
        this.files.set(file, reused);
      }
    }
  }

  /** Null where the file is not there. A registered one is taken to be: whether it is, the job that reads it will say. */
  find(file: PlannedFile): AvailableFile | null {
    return file.maker === null
      ? { path: file.path, sizeBytes: null, md5: null, contentDigest: null }
      : (this.files.get(file) ?? null);
  }

  /**
   * Whether a job's inputs are others than those that were there before this attempt. Only the jobs that the work names
   * decide: others may have made again what was purged, and that is no change.
   */
  haveInputsChanged(job: PlannedJob): boolean {
    const { reuse, previous, runIfChanged } = this.work;
    const deciding = new Set(runIfChanged.get(job.name)?.on);
    return job.inputs.flat().some((file) => {
      if (file.maker === null || !deciding.has(file.maker.name)) {
        return false;
      }
      const before = (reuse.get(file.maker.name) ?? previous.get(file.maker.name))?.files.get(file.path);
      return !isSame(file.type.sameness, before ?? null, this.find(file));
    });
  }
}
