/** The files that a plan knows of so far, by dataset type, each path once. */
import type { DatasetType, Definition } from './definition';
import { PlanError } from './errors';
import { fileNamer, TemplateError, type FileNamer, type PlanScope } from './fileNames';
import type { PlannedFile, PlannedJob } from './plan';
import type { Row } from './relation';

interface FileSet {
  readonly type: DatasetType;
  readonly namer: FileNamer;
  readonly files: PlannedFile[];
  /** Whether another dataset type's template could give the same path. */
  readonly mayMeet: boolean;
}

/** Files as the planner finds them. */
export class FileCatalogue {
  private readonly sets: ReadonlyMap<string, FileSet>;
  private readonly typeByPath = new Map<string, string>();

  constructor(
    { datasetTypes, dimensions }: Definition,
    private readonly scope: PlanScope,
  ) {
    const namers = [...datasetTypes.values()].map((type) => ({ type, namer: fileNamer(type, dimensions) }));
    this.sets = new Map(
      namers.map(({ type, namer }) => {
        const mayMeet = namers.some((other) => other.type !== type && namer.mayMeet(other.namer));
        return [type.name, { type, namer, mayMeet, files: [] }];
      }),
    );
  }

  /** The files of a dataset type, in the order in which they were added. */
  of(datasetType: string): readonly PlannedFile[] {
    return this.sets.get(datasetType)?.files ?? [];
  }

  /**
   * Adds a file for each row of the dataset type's dimensions.
   * @throws {PlanError} where a path is another file's already, or longer than a file system takes
   */
  add(datasetType: string, rows: readonly Row[], maker: PlannedJob | null): PlannedFile[] {
    const set = this.sets.get(datasetType);
    return set === undefined
      ? []
      : rows.map((row) => {
          const file: PlannedFile = { type: set.type, path: this.newPath(set, row), row, maker };
          set.files.push(file);
          return file;
        });
  }

  private newPath({ type, namer, mayMeet }: FileSet, row: Row): string {
    const path = this.pathOf(type, namer, row);
    if (!mayMeet) {
      return path; // within a dataset type the namer tells data IDs apart
    }
    const other = this.typeByPath.get(path);
    if (other !== undefined) {
      throw new PlanError(`${path} would be a file of ${other} and another of ${type.name}: change one template`);
    }
    this.typeByPath.set(path, type.name);
    return path;
  }

  private pathOf(type: DatasetType, namer: FileNamer, row: Row): string {
    try {
      return namer.path(row, this.scope);
    } catch (error) {
      throw error instanceof TemplateError ? new PlanError(`${type.name}: ${error.message}`, { cause: error }) : error;
    }
  }
}
