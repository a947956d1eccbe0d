/**
 * Which expected outputs an execution wrote. What lay there before it began and is untouched is not its product, so
 * every expected path is looked at before and after; clocks play no part in it.
 */
import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type FastGlob from 'fast-glob';
import { errorMessage } from '../../schemas/systemError';
import type { ExpectedOutput } from './jobDescription';
import { fileState, type FileState } from './fileState';
import { staysWithin, type RootFolder } from './logicalPath';
import { isSetAside } from './setAside';

/** What there was before a try began. */
export interface OutputsBefore {
  /** Which folder the root was, see {@link identityOf}; null where it could not be looked at. */
  readonly root: string | null;
  /** The expected files that were there: fingerprints by logical path. */
  readonly files: ReadonlyMap<string, string>;
}

/** A file that the execution wrote. */
export interface WrittenOutput {
  readonly path: string;
  readonly expected: ExpectedOutput;
  readonly sizeBytes: number;
}

/** What became of all expected outputs. */
export interface OutputsFound {
  readonly written: readonly WrittenOutput[];
  /** Expected, not written, and allowed to be absent. */
  readonly absent: readonly ExpectedOutput[];
  readonly problems: readonly OutputProblem[];
}

/** An expected output that is not as it should be. */
export interface OutputProblem {
  /** The logical path or the pattern. */
  readonly path: string;
  readonly kind: 'missing' | 'empty' | 'unreachable';
  /** In words, for the failure's message. */
  readonly message: string;
}

/** A path that matches an expected output, as it is now. */
interface Found {
  readonly path: string;
  readonly state: FileState | 'unreachable';
}

/** What lies at the expected paths now; what cannot be looked at counts as not there. */
export async function lookBefore(root: RootFolder, outputs: readonly ExpectedOutput[]): Promise<OutputsBefore> {
  const files = new Map<string, string>();
  for (const output of outputs) {
    for (const found of await findAll(root, output).catch(() => [])) {
      if (found.state !== 'unreachable') {
        files.set(found.path, found.state.fingerprint);
      }
    }
  }
  return { root: await identityOf(root.real), files };
}

/** Names a folder apart from another one at the same path, such as the mount point of a file system that has gone. */
async function identityOf(folder: string): Promise<string | null> {
  try {
    const { dev, ino } = await stat(folder, { bigint: true });
    return `${String(dev)}:${String(ino)}`;
  } catch {
    return null;
  }
}

/** What became of the expected outputs since. A file that several of them match belongs to the first, plain paths before patterns. */
export async function lookAfter(
  root: RootFolder,
  outputs: readonly ExpectedOutput[],
  before: OutputsBefore,
): Promise<OutputsFound> {
  const written: WrittenOutput[] = [];
  const absent: ExpectedOutput[] = [];
  const problems: OutputProblem[] = [];
  const claimed = new Set<string>();
  const plainFirst = [...outputs].sort((a, b) => Number(a.isGlob) - Number(b.isGlob));
  for (const expected of plainFirst) {
    const matches = await findAll(root, expected).catch((error: unknown) => errorMessage(error));
    if (typeof matches === 'string') {
      problems.push({
        path: expected.path,
        kind: 'unreachable',
        message: `${expected.path} cannot be searched: ${matches}`,
      });
      continue;
    }
    const judged = matches.map((found) => judge(root, expected, found, before));
    const mine = judged.flatMap((verdict) => ('expected' in verdict ? [verdict] : []));
    for (const output of mine.filter((candidate) => !claimed.has(candidate.path))) {
      claimed.add(output.path);
      written.push(output);
      if (output.sizeBytes === 0 && !expected.mayBeEmpty) {
        problems.push({ path: output.path, kind: 'empty', message: `${output.path} is empty` });
      }
    }
    if (mine.length === 0) {
      const unreachable = judged.find((verdict) => 'kind' in verdict && verdict.kind === 'unreachable');
      if (expected.mayBeAbsent && unreachable === undefined) {
        absent.push(expected);
      } else {
        const reason = unreachable ?? judged[0];
        problems.push(reason !== undefined && 'kind' in reason ? reason : notWritten(expected));
      }
    }
  }
  const found = { written, absent, problems };
  return lacksAny(found) && (await hasGone(root, before)) ? unreachable(root, found) : found;
}

function lacksAny({ absent, problems }: OutputsFound): boolean {
  return absent.length > 0 || problems.some(({ kind }) => kind === 'missing');
}

async function hasGone(root: RootFolder, before: OutputsBefore): Promise<boolean> {
  const now = await identityOf(root.real);
  return now === null || (before.root !== null && before.root !== now);
}

/** Below a root that is not there any more, nothing can be said of what was not found: least of all that it is absent. */
function unreachable(root: RootFolder, { written, absent, problems }: OutputsFound): OutputsFound {
  const because = `${root.real} is not the folder any more that it was when the job began: is its file system mounted?`;
  const toProblem = ({ path: lacking }: { readonly path: string }): OutputProblem => ({
    path: lacking,
    kind: 'unreachable',
    message: `${lacking} cannot be looked for: ${because}`,
  });
  return {
    written,
    absent: [],
    problems: [
      ...problems.map((problem) => (problem.kind === 'missing' ? toProblem(problem) : problem)),
      ...absent.map(toProblem),
    ],
  };
}

function notWritten(expected: ExpectedOutput): OutputProblem {
  const message = expected.isGlob ? `nothing matches ${expected.path}` : `${expected.path} was not written`;
  return { path: expected.path, kind: 'missing', message };
}

function judge(
  root: RootFolder,
  expected: ExpectedOutput,
  { path: logical, state }: Found,
  before: OutputsBefore,
): WrittenOutput | OutputProblem {
  const missing = (message: string): OutputProblem => ({ path: logical, kind: 'missing', message });
  if (state === 'unreachable') {
    return { path: logical, kind: 'unreachable', message: `${logical} cannot be reached on its file system` };
  }
  if (!state.isFile) {
    return missing(`${logical} is no regular file`);
  }
  if (before.files.get(logical) === state.fingerprint) {
    return missing(`${logical} was there before and this execution did not write it`);
  }
  if (!staysWithin(root, logical)) {
    return missing(`${logical} leads out of the root folder through a symbolic link`);
  }
  return { path: logical, expected, sizeBytes: state.sizeBytes };
}

async function findAll(root: RootFolder, output: ExpectedOutput): Promise<Found[]> {
  const names = output.isGlob ? await globNames(root, output.path) : [output.path];
  const found = await Promise.all(
    names.map(async (name) => ({ path: name, state: await fileState(path.join(root.real, name)) })),
  );
  return found.flatMap(({ path: name, state }) => (state === null ? [] : [{ path: name, state }]));
}

// Loaded only where there is a pattern: most jobs name their files, and every job waits for what is loaded here.
const load = createRequire(__filename);

async function globNames(root: RootFolder, pattern: string): Promise<string[]> {
  const glob = load('fast-glob') as typeof FastGlob;
  const names = await glob(pattern, { cwd: root.real, onlyFiles: false, followSymbolicLinks: false, unique: true });
  return names.filter((name) => !isSetAside(name) && !name.endsWith('/')).sort();
}
