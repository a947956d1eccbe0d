/**
 * The looker: a process that does nothing but look at the files below one root. A file system that does not answer stops
 * whoever asks it, so that not even `process.exit` ends them; a looker can be left behind. It ends with its parent.
 */
import { errorMessage } from '../../schemas/systemError';
import { checkFilesUnder, checkStillThere, openSiteRoot, type SiteRoot } from './checkFile';
import { isAsExpected, isPlainFile, type Answer, type Question } from './lookerProtocol';
import type { ExpectedFile, FileFinding } from './fileCheck';
import { walkFolder, type FolderEntry } from './walkFolder';

const entriesPerAnswer = 2000;
const busyEveryMillis = 1000;

let root: SiteRoot | null = null;
let walk: Iterator<FolderEntry> | null = null;
let saidSomethingAt = Date.now();

process.on('message', (question: Question) => {
  saidSomethingAt = Date.now();
  try {
    answer(answerTo(question));
  } catch (error) {
    answer({ say: 'failed', problem: errorMessage(error) });
  }
});

answer({ say: 'busy' }); // it has started, and from here on only the root can keep it waiting

function answerTo(question: Question): Answer {
  if (question.ask === 'open') {
    root = openSiteRoot(question.folder);
    return { say: 'opened', root };
  }
  if (root === null) {
    return { say: 'failed', problem: 'the root was not opened' };
  }
  return question.ask === 'check' ? findingsOf(root, question) : nextEntries(root, question.ignored);
}

function findingsOf(of: SiteRoot, { files, level }: Question & { readonly ask: 'check' }): Answer {
  const findings = checkFilesUnder(of, files, level, showBusy);
  const isPlain = (finding: FileFinding, file: ExpectedFile | undefined): boolean =>
    file !== undefined && isAsExpected(file, finding);
  return {
    say: 'found',
    findings: findings.map((finding, place) => (isPlain(finding, files[place]) ? null : finding)),
  };
}

function nextEntries(of: SiteRoot, ignored: readonly string[]): Answer {
  walk ??= walkFolder(of.folder, ignored);
  const entries: (FolderEntry | string)[] = [];
  while (entries.length < entriesPerAnswer) {
    const next = walk.next();
    if (next.done === true) {
      checkStillThere(of); // a file system that went in mid-walk looks like the end of a short one
      return { say: 'walked', entries, isEnd: true };
    }
    entries.push(isPlainFile(next.value) ? next.value.path : next.value);
    showBusy();
  }
  return { say: 'walked', entries, isEnd: false };
}

function showBusy(): void {
  if (Date.now() - saidSomethingAt > busyEveryMillis) {
    saidSomethingAt = Date.now();
    answer({ say: 'busy' });
  }
}

function answer(said: Answer): void {
  process.send?.(said);
}
