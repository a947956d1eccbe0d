/** What a looker process is asked and what it answers. */
import type { CheckLevel, ExpectedFile, FileFinding } from './fileCheck';
import type { SiteRoot } from './checkFile';
import type { FolderEntry } from './walkFolder';

/** A question. The first is `open`; `walk` goes on where the last one ended. */
export type Question =
  | { readonly ask: 'open'; readonly folder: string }
  | { readonly ask: 'check'; readonly files: readonly ExpectedFile[]; readonly level: CheckLevel }
  | { readonly ask: 'walk'; readonly ignored: readonly string[] };

/**
 * An answer. Nearly all files are what they should be and have names in UTF-8, and are told in a word: a finding that is
 * null is {@link asExpected}, an entry that is a path is {@link plainFile}. `busy` says that the answer is still
 * coming, `failed` that the root cannot be reached.
 */
export type Answer =
  | { readonly say: 'opened'; readonly root: SiteRoot }
  | { readonly say: 'found'; readonly findings: readonly (FileFinding | null)[] }
  | { readonly say: 'walked'; readonly entries: readonly (FolderEntry | string)[]; readonly isEnd: boolean }
  | { readonly say: 'failed'; readonly problem: string }
  | { readonly say: 'busy' };

/** The finding of a file whose MD5 is the expected one, and its size, too. */
export function asExpected({ sizeBytes }: ExpectedFile): FileFinding {
  return { result: 'match', compared: 'md5', sizeBytes, md5: null, reason: null };
}

/** Whether a finding is {@link asExpected}. */
export function isAsExpected({ sizeBytes }: ExpectedFile, finding: FileFinding): boolean {
  return finding.result === 'match' && finding.compared === 'md5' && finding.sizeBytes === sizeBytes;
}

/** A file whose name is UTF-8. */
export function plainFile(path: string): FolderEntry {
  return { path, bytes: null, kind: 'file', reason: null };
}

/** Whether an entry is a {@link plainFile}. */
export function isPlainFile({ bytes, kind }: FolderEntry): boolean {
  return bytes === null && kind === 'file';
}
