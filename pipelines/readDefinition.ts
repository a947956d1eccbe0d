/** A definition from its YAML text. */
import { checkNames } from './checkNames';
import type { Definition, ExecutionSettings, Task } from './definition';
import { definitionDocument, type DefinitionDocument, type ExecutionEntry, type TaskEntry } from './definitionDocument';
import { PipelineError } from './errors';
import { YamlDocument, type ValuePath } from './yamlDocument';

/** A definition, and where in its file things stand. */
export interface LocatedDefinition {
  readonly definition: Definition;
  /** The line, from 1, of what stands under these keys. */
  readonly lineOf: (path: ValuePath) => number;
}

/**
 * Reads a definition and checks that it fits the JSON Schema and that its names agree.
 * @param file how the file is named in problems
 * @throws {PipelineError} with every problem found
 */
export function readDefinition(file: string, text: string): LocatedDefinition {
  const document = new YamlDocument(file, text);
  const read = definitionDocument(document);
  const definition = complete(file, read);
  const problems = checkNames(definition, read).map(({ path, message }) => ({
    file,
    line: document.lineOf(path),
    message,
  }));
  if (problems.length > 0) {
    throw new PipelineError(problems.sort((a, b) => a.line - b.line));
  }
  return { definition, lineOf: (path) => document.lineOf(path) };
}

/** The definition with every default filled in. */
function complete(file: string, read: DefinitionDocument): Definition {
  const science = new Map(Object.entries(read.science ?? {}));
  const execution = new Map(Object.entries(read.execution ?? {}));
  return {
    file,
    pipeline: read.pipeline,
    dimensions: new Map(Object.entries(read.dimensions)),
    unit: read.unit ?? [],
    tables: new Map(Object.entries(read.tables)),
    datasetTypes: new Map(
      Object.entries(read.datasetTypes).map(([name, entry]) => [
        name,
        {
          name,
          role: entry.role,
          perJob: entry.perJob ?? false,
          dimensions: entry.dimensions,
          table: entry.table ?? null,
          template: entry.template,
          metadata: entry.metadata ?? [],
          sameness: entry.sameness ?? 'bytes',
          butlerSection: entry.butlerSection ?? 'datasets',
        },
      ]),
    ),
    tasks: new Map(
      Object.entries(read.tasks).map(([name, entry]) => [
        name,
        completeTask(
          name,
          entry,
          new Map(Object.entries(science.get(name) ?? {})),
          settingsOf(execution.get(name) ?? {}),
        ),
      ]),
    ),
  };
}

function completeTask(name: string, entry: TaskEntry, science: Task['science'], execution: ExecutionSettings): Task {
  const { kind = 'payload', dimensions, over, executable, command, inputs = {}, outputs = {} } = entry;
  return {
    name,
    kind,
    dimensions,
    over,
    executable,
    command,
    inputs: Object.entries(inputs).map(([datasetType, { require: requirement = 'all' }]) => ({
      datasetType,
      require: requirement,
    })),
    outputs: Object.entries(outputs).map(([datasetType, entry]) => {
      const { mayBeAbsent = false, toleratedAbsence = 0, once = false } = entry;
      return { datasetType, mayBeAbsent, toleratedAbsence, once };
    }),
    science,
    execution,
  };
}

function settingsOf(entry: ExecutionEntry): ExecutionSettings {
  const { retries = 0, toleratedLoss = {}, cpuSeconds = null, wallSeconds = null, maxRssBytes = null } = entry;
  return { retries, toleratedLoss: new Map(Object.entries(toleratedLoss)), cpuSeconds, wallSeconds, maxRssBytes };
}
