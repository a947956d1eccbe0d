/** The files that a plan knows of so far, by dataset type, each path once. */
import type { DatasetType, Definition } from './definition';
import { PlanError } from './errors';
import { fileNamer, TemplateError, type FileNamer, type PlanScope } from './fileNames';
import { tasksWriting, typeInTask } from './perJobType';
import type { PlannedFile, PlannedJob } from './plan';
import type { Row } from './relation';

/** A file whose path is made when somebody asks for it: a restart asks for few. */
class CatalogueFile implements PlannedFile {
  private made: string | null = null;

  constructor(
    private readonly set: FileSet,
    readonly row: Row,
    readonly maker: PlannedJob | null,
  ) {}

  get type(): DatasetType {
    return this.set.type;
  }

  get path(): string {
    this.made ??= this.set.pathOf(this.row);
    return this.made;
  }
}

/** The files of one dataset type, in all their forms. */
interface TypeFiles {
  count: number;
  /** Null where no task reads such files: nobody has to find them again, so only their number is kept. */
  readonly found: PlannedFile[] | null;
}

/** The files of a dataset type; of one that is written per job, those of one task. */
export class FileSet {
  /**
   * @param mayMeet whether another set's template could give the same path
   * @param typeByPath the dataset types of the paths that another set's template could give
   */
  constructor(
    readonly type: DatasetType,
    private readonly namer: FileNamer,
    private readonly scope: PlanScope,
    private readonly ofType: TypeFiles,
    private readonly mayMeet: boolean,
    private readonly typeByPath: Map<string, string>,
  ) {}

  /** Whether some task reads files of the dataset type. */
  get isRead(): boolean {
    return this.ofType.found !== null;
  }

  /**
   * Adds a file for each row of the dataset type's dimensions.
   * @throws {PlanError} where a path is another file's already, or longer than a file system takes
   */
  add(rows: readonly Row[], maker: PlannedJob | null): PlannedFile[] {
    return rows.map((row) => {
      this.count(row, maker);
      const file = this.fileOf(row, maker);
      this.ofType.found?.push(file);
      return file;
    });
  }

  /** As {@link add}, of one file that no task reads: {@link fileOf} makes it once somebody asks for it. */
  count(row: Row, maker: PlannedJob | null): void {
    this.checkPath(row, maker);
    this.ofType.count += 1;
  }

  /** A file of the set. */
  fileOf(row: Row, maker: PlannedJob | null): PlannedFile {
    return new CatalogueFile(this, row, maker);
  }

  /** @throws {TemplateError} where the path is longer than a file system takes */
  pathOf(row: Row): string {
    return this.namer.path(row, this.scope);
  }

  private checkPath(row: Row, maker: PlannedJob | null): void {
    if (!this.mayMeet && !this.namer.mayThrow(row, this.scope)) {
      return; // within a dataset type the namer tells data IDs apart
    }
    const { name } = this.type;
    const path = pathOrProblem(this.fileOf(row, maker));
    const other = this.mayMeet ? this.typeByPath.get(path) : undefined;
    if (other !== undefined) {
      throw new PlanError(`${path} would be a file of ${other} and another of ${name}: change one template`);
    }
    if (this.mayMeet) {
      this.typeByPath.set(path, name);
    }
  }
}

/** Files as the planner finds them. */
export class FileCatalogue {
  /** By dataset type, and within one that is written per job by task. */
  private readonly sets = new Map<string, ReadonlyMap<string | null, FileSet>>();
  private readonly types = new Map<string, TypeFiles>();

  constructor({ datasetTypes, dimensions, tasks }: Definition, scope: PlanScope) {
    const forms = [...datasetTypes.values()].flatMap((type) => {
      const writers = type.perJob ? tasksWriting(type.name, tasks) : [null];
      return writers.map((task) => {
        const form = task === null ? type : typeInTask(type, task);
        return { task: task?.name ?? null, type: form, namer: fileNamer(form, dimensions) };
      });
    });
    const read = new Set([...tasks.values()].flatMap(({ inputs }) => inputs.map(({ datasetType }) => datasetType)));
    const typeByPath = new Map<string, string>();
    for (const { name } of datasetTypes.values()) {
      const ofType: TypeFiles = { count: 0, found: read.has(name) ? [] : null };
      const formsOfType = forms.filter(({ type }) => type.name === name);
      const sets = formsOfType.map((form): [string | null, FileSet] => {
        const { task, type, namer } = form;
        const mayMeet = forms.some((other) => other !== form && namer.mayMeet(other.namer));
        return [task, new FileSet(type, namer, scope, ofType, mayMeet, typeByPath)];
      });
      this.sets.set(name, new Map(sets));
      this.types.set(name, ofType);
    }
  }

  /** How many files of a dataset type there are. */
  countOf(datasetType: string): number {
    return this.types.get(datasetType)?.count ?? 0;
  }

  /** The files of a dataset type that some task reads, in the order in which they were added. */
  of(datasetType: string): readonly PlannedFile[] {
    return this.types.get(datasetType)?.found ?? [];
  }

  /** @param task the task that writes the files; null for registered ones */
  setOf(datasetType: string, task: string | null): FileSet | null {
    const sets = this.sets.get(datasetType);
    return sets?.get(null) ?? sets?.get(task) ?? null;
  }
}

function pathOrProblem(file: PlannedFile): string {
  try {
    return file.path;
  } catch (error) {
    throw error instanceof TemplateError
      ? new PlanError(`${file.type.name}: ${error.message}`, { cause: error })
      : error;
  }
}
