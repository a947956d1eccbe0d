/**
 * A DAG file without nodes that are done. All other commands stand as they were written; a child of a node that is gone
 * no longer waits for it.
 */
import type { Dag, DagNodeType } from './dag';
import { readDependency, readNode, readScript, skipInline } from './dagCommands';
import { DagLines, DagWords, normalKeyword } from './dagLexer';

const declarations: ReadonlyMap<string, DagNodeType> = new Map([
  ['JOB', 'job'],
  ['FINAL', 'final'],
  ['PROVISIONER', 'provisioner'],
  ['SERVICE', 'service'],
  ['SUBDAG', 'subdag'],
]);

/** Commands whose first word names the node that they are about. */
const aboutNodes = new Set(['VARS', 'PRIORITY', 'CATEGORY', 'PRE_SKIP', 'RETRY', 'TOLERANCE', 'ABORT_DAG_ON', 'DONE']);

/** One command, with the comments and blank lines behind it. */
interface Block {
  /** The first of its lines, from 0. */
  readonly from: number;
  readonly words: DagWords;
  readonly command: string;
  /** What a dropped node leaves of it: null for nothing, undefined for all. */
  readonly pruned: string | null | undefined;
}

/**
 * Prunes a DAG.
 * @param text the text of the DAG file
 * @param dag the same, parsed
 * @param done the nodes to leave out
 * @throws {ImportFormatError} for a DAG whose nodes stand in several files
 */
export function pruneDag(text: string, dag: Pick<Dag, 'file'>, done: ReadonlySet<string>): string {
  const rawLines = text.split('\n');
  const blocks = [...blocksOf(new DagLines(text, dag.file), done)];
  const kept = rawLines.slice(0, blocks[0]?.from ?? rawLines.length);
  blocks.forEach(({ from, pruned }, index) => {
    const own = rawLines.slice(from, blocks[index + 1]?.from ?? rawLines.length);
    if (pruned === undefined) {
      kept.push(...own);
    } else {
      kept.push(...(pruned === null ? [] : [pruned]), ...own.slice(lastCommandLine(own) + 1));
    }
  });
  return kept.join('\n');
}

function* blocksOf(lines: DagLines, done: ReadonlySet<string>): Generator<Block, void> {
  for (let line = lines.logical(); line !== undefined; line = lines.logical()) {
    const words = new DagWords(line);
    const command = normalKeyword(words.need('a command'));
    yield { from: line.line - 1, words, command, pruned: prunedCommand(command, words, lines, done) };
  }
}

function prunedCommand(
  command: string,
  words: DagWords,
  lines: DagLines,
  done: ReadonlySet<string>,
): string | null | undefined {
  const type = declarations.get(command);
  if (type !== undefined) {
    return done.has(readNode(type, words, lines).name) ? null : undefined;
  }
  switch (command) {
    case 'INCLUDE':
    case 'SPLICE':
      return words.fail('a DAG in one file; for others write a rescue file (--format rescue)', command);
    case 'SUBMIT_DESCRIPTION':
      words.need('a submit description name');
      skipInline(words.need('an inline submit description { … }'), words, lines);
      return undefined;
    case 'PARENT':
    case 'WEAK':
      return prunedDependency(command === 'WEAK', words, done);
    case 'SCRIPT':
      return done.has(readScript(words).node) ? null : undefined;
    default:
      return aboutNodes.has(command) && done.has(words.need('a node name')) ? null : undefined;
  }
}

function prunedDependency(isWeak: boolean, words: DagWords, done: ReadonlySet<string>): string | null | undefined {
  const { parents, children } = readDependency(isWeak, words);
  const left = [parents, children].map((names) => names.filter((name) => !done.has(name)));
  const [leftParents = [], leftChildren = []] = left;
  if (leftParents.length === parents.length && leftChildren.length === children.length) {
    return undefined;
  }
  return leftParents.length === 0 || leftChildren.length === 0
    ? null
    : `${isWeak ? 'WEAK ' : ''}PARENT ${leftParents.join(' ')} CHILD ${leftChildren.join(' ')}`;
}

/** Where the last line stands that is neither blank nor a comment. */
function lastCommandLine(lines: readonly string[]): number {
  return lines.findLastIndex((line) => {
    const text = line.trim();
    return text !== '' && !text.startsWith('#') && !text.startsWith('//');
  });
}
