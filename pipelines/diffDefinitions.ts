/** What differs between two definitions, and what that changes for whoever verifies the result. */
import type { DatasetType, Definition, Task } from './definition';

/** One setting that differs; null where one side has none. */
export interface Difference {
  /** What it is part of, e.g. `task processCcd`. */
  readonly subject: string;
  /** Which part, e.g. `command`, or of what has a name within it, `inputs.raw`; `all` where it is new or gone as a whole. */
  readonly part: string;
  readonly before: string | null;
  readonly after: string | null;
  /** What it changes for verification; null where it changes nothing there. */
  readonly verification: string | null;
}

/** Why a changed part of a dataset type matters to verification. */
const verificationOfType: Readonly<Record<string, string>> = {
  role: 'which files must be kept',
  perJob: 'which jobs write it',
  dimensions: 'how many files are expected',
  table: 'which registered files are expected',
  template: 'where files are looked for',
  metadata: 'which metadata must be there',
  sameness: 'when a remade file counts as the same',
};

/** Why a changed part of a task matters to verification. */
const verificationOfTask: Readonly<Record<string, string>> = {
  dimensions: 'how many jobs are expected',
  over: 'which jobs are expected',
  executable: 'under which name executions are counted',
  inputs: 'which inputs each job must be linked to, and how many it needs',
  outputs: 'which files are expected, and which absences are tolerated',
  science: 'what the products hold: compare them, not their bytes',
  command: 'what the products hold: compare them, not their bytes',
  toleratedLoss: 'which losses are accepted',
};

/** Every difference, in the order of the definitions: what is gone and what is changed, then what is new. */
export function diffDefinitions(before: Definition, after: Definition): Difference[] {
  return [
    ...compare('pipeline', settingsOf(before), settingsOf(after), { unit: 'which units there are', dimensions: 'how data IDs are read' }), // prettier-ignore
    ...compareAll('dataset type', before.datasetTypes, after.datasetTypes, partsOfType, verificationOfType),
    ...compareAll('task', before.tasks, after.tasks, partsOfTask, verificationOfTask),
  ];
}

type Parts = ReadonlyMap<string, unknown>;

function settingsOf({ pipeline, unit, dimensions, tables }: Definition): Parts {
  return new Map<string, unknown>([
    ['name', pipeline],
    ['unit', unit],
    ...within('dimensions', dimensions),
    ...within('tables', tables),
  ]);
}

function partsOfType(type: DatasetType): Parts {
  return new Map(Object.entries(type));
}

function partsOfTask({
  kind,
  dimensions,
  over,
  executable,
  command,
  inputs,
  outputs,
  science,
  execution,
}: Task): Parts {
  const { toleratedLoss, ...hints } = execution;
  return new Map<string, unknown>([
    ...Object.entries({ kind, dimensions, over, executable, command }),
    ...within(
      'inputs',
      inputs.map(({ datasetType, require }) => [datasetType, require]),
    ),
    ...within(
      'outputs',
      outputs.map(({ datasetType, ...output }) => [datasetType, output]),
    ),
    ...within('science', science),
    ...within('toleratedLoss', toleratedLoss),
    ...within('execution', Object.entries(hints)),
  ]);
}

/** What has names of its own within a part is compared by them, so that only what differs is told. */
function within(part: string, entries: Iterable<readonly [string, unknown]>): [string, unknown][] {
  return [...entries].map(([name, value]) => [`${part}.${name}`, value]);
}

function compareAll<Entry>(
  noun: string,
  before: ReadonlyMap<string, Entry>,
  after: ReadonlyMap<string, Entry>,
  partsOf: (entry: Entry) => Parts,
  verification: Readonly<Record<string, string>>,
): Difference[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].flatMap((name) => {
    const subject = `${noun} ${name}`;
    const old = before.get(name);
    const now = after.get(name);
    if (old === undefined || now === undefined) {
      const [was, is, what] =
        old === undefined ? [null, 'there', 'new: expected now'] : ['there', null, 'gone: expected no more'];
      return [{ subject, part: 'all', before: was, after: is, verification: what }];
    }
    return compare(subject, partsOf(old), partsOf(now), verification);
  });
}

function compare(
  subject: string,
  before: Parts,
  after: Parts,
  verification: Readonly<Record<string, string>>,
): Difference[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((part) => {
    const [old, now] = [before, after].map((parts) => (parts.has(part) ? JSON.stringify(parts.get(part)) : null));
    if (old === undefined || now === undefined || old === now) {
      return [];
    }
    const [whole = ''] = part.split('.', 1);
    return [{ subject, part, before: old, after: now, verification: verification[whole] ?? null }];
  });
}
