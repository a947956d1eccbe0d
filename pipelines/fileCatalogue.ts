/** The files that a plan knows of so far, by dataset type, each path once. */
import type { DatasetType, Definition } from './definition';
import { PlanError } from './errors';
import { fileNamer, TemplateError, type FileNamer, type PlanScope } from './fileNames';
import { tasksWriting, typeInTask } from './perJobType';
import type { PlannedFile, PlannedJob } from './plan';
import type { Row } from './relation';

interface FileSet {
  readonly type: DatasetType;
  readonly namer: FileNamer;
  /** Whether another dataset type's template could give the same path. */
  readonly mayMeet: boolean;
  readonly scope: PlanScope;
}

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
    this.made ??= this.set.namer.path(this.row, this.set.scope);
    return this.made;
  }
}

/** Files as the planner finds them. */
export class FileCatalogue {
  /** By dataset type, and within one that is written per job by task. */
  private readonly sets = new Map<string, ReadonlyMap<string | null, FileSet>>();
  private readonly files = new Map<string, PlannedFile[]>();
  private readonly typeByPath = new Map<string, string>();

  constructor({ datasetTypes, dimensions, tasks }: Definition, scope: PlanScope) {
    const forms = [...datasetTypes.values()].flatMap((type) => {
      const writers = type.perJob ? tasksWriting(type.name, tasks) : [null];
      return writers.map((task) => {
        const form = task === null ? type : typeInTask(type, task);
        return { task: task?.name ?? null, type: form, namer: fileNamer(form, dimensions) };
      });
    });
    for (const { name } of datasetTypes.values()) {
      const ofType = forms.filter(({ type }) => type.name === name);
      const sets = ofType.map((form): [string | null, FileSet] => {
        const mayMeet = forms.some((other) => other !== form && form.namer.mayMeet(other.namer));
        return [form.task, { type: form.type, namer: form.namer, mayMeet, scope }];
      });
      this.sets.set(name, new Map(sets));
      this.files.set(name, []);
    }
  }

  /** The files of a dataset type, in the order in which they were added. */
  of(datasetType: string): readonly PlannedFile[] {
    return this.files.get(datasetType) ?? [];
  }

  /**
   * Adds a file for each row of the dataset type's dimensions.
   * @throws {PlanError} where a path is another file's already, or longer than a file system takes
   */
  add(datasetType: string, rows: readonly Row[], maker: PlannedJob | null): PlannedFile[] {
    const sets = this.sets.get(datasetType);
    const set = sets?.get(null) ?? sets?.get(maker?.task.name ?? null);
    const files = this.files.get(datasetType);
    return set === undefined || files === undefined
      ? []
      : rows.map((row) => {
          const file = new CatalogueFile(set, row, maker);
          this.checkPath(set, file);
          files.push(file);
          return file;
        });
  }

  private checkPath({ type, namer, mayMeet, scope }: FileSet, file: CatalogueFile): void {
    if (!mayMeet && !namer.mayThrow(file.row, scope)) {
      return; // within a dataset type the namer tells data IDs apart
    }
    const path = pathOf(file);
    const other = mayMeet ? this.typeByPath.get(path) : undefined;
    if (other !== undefined) {
      throw new PlanError(`${path} would be a file of ${other} and another of ${type.name}: change one template`);
    }
    if (mayMeet) {
      this.typeByPath.set(path, type.name);
    }
  }
}

function pathOf(file: PlannedFile): string {
  try {
    return file.path;
  } catch (error) {
    throw error instanceof TemplateError
      ? new PlanError(`${file.type.name}: ${error.message}`, { cause: error })
      : error;
  }
}
