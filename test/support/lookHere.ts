/** The work of looker processes, done in the test's own: what they do is the same code, and how they share it has tests of its own. */
import type { compareFiles } from '../../consumers/compare/compareFiles';
import { checkFilesUnder, openSiteRoot } from '../../consumers/files/checkFile';
import { walkFolder, type FolderEntry } from '../../consumers/files/walkFolder';

/** Looks at what lies below a root with a marker. */
export function lookHere(folder: string): Parameters<typeof compareFiles>[1] {
  const root = openSiteRoot(folder);
  return {
    root,
    walk: (ignored) => entriesOf(root.folder, ignored),
    async *checkFiles(files, level) {
      for await (const list of files) {
        yield list.flatMap((file) => checkFilesUnder(root, [file], level).map((finding) => [file, finding] as const));
      }
    },
  };
}

/** Two at a time, so that what is compared crosses from one list to the next. */
async function* entriesOf(folder: string, ignored: readonly string[]): AsyncGenerator<readonly FolderEntry[]> {
  const entries = await Promise.resolve([...walkFolder(folder, ignored)]);
  for (let begin = 0; begin < entries.length; begin += 2) {
    yield entries.slice(begin, begin + 2);
  }
}
