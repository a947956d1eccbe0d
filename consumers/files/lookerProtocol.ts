/** What a looker process is asked and what it answers. */
import type { CheckLevel, ExpectedFile, FileFinding } from './fileCheck';
import type { SiteRoot } from './checkFile';
import type { FolderEntry } from './walkFolder';

/** A question. The first is `open`; `walk` goes on where the last one ended. */
export type Question =
  | { readonly ask: 'open'; readonly folder: string }
  | { readonly ask: 'check'; readonly files: readonly ExpectedFile[]; readonly level: CheckLevel }
  | { readonly ask: 'walk'; readonly ignored: readonly string[] };

/** An answer; `busy` says that it is still coming, `failed` that the root cannot be reached. */
export type Answer =
  | { readonly say: 'opened'; readonly root: SiteRoot }
  | { readonly say: 'found'; readonly findings: readonly FileFinding[] }
  | { readonly say: 'walked'; readonly entries: readonly FolderEntry[]; readonly isEnd: boolean }
  | { readonly say: 'failed'; readonly problem: string }
  | { readonly say: 'busy' };
