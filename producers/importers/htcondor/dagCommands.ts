/** The words of single DAGMan commands, as what they say. */
import { ImportFormatError } from '../errors';
import type { DagNode, DagNodeType } from './dag';
import { isKeyword, normalKeyword, type DagLines, type DagWords } from './dagLexer';

/** What a node's declaration says. */
export type NodeCommand = Pick<DagNode, 'name' | 'submitFile' | 'noop' | 'done'>;

/** JOB, FINAL, PROVISIONER, SERVICE: `name description [DIR folder] [NOOP] [DONE]`; SUBDAG with EXTERNAL before the name. */
export function readNode(type: DagNodeType, words: DagWords, lines: DagLines): NodeCommand {
  if (type === 'subdag' && !isKeyword(words.next(), 'EXTERNAL')) {
    words.fail('EXTERNAL after SUBDAG', 'something else');
  }
  const name = words.need('a node name');
  const description = words.need('a submit description');
  const isInline = type !== 'subdag' && skipInline(description, words, lines);
  let noop = false;
  let done = false;
  for (let word = isInline ? undefined : words.next(); word !== undefined; word = words.next()) {
    if (isKeyword(word, 'DIR')) {
      words.need('a folder after DIR');
    } else if (isKeyword(word, 'NOOP')) {
      noop = true;
    } else if (isKeyword(word, 'DONE')) {
      done = true;
    } else {
      words.fail('DIR, NOOP, DONE or the end of the command', word);
    }
  }
  return { name, submitFile: isInline ? null : description, noop, done };
}

/**
 * Skips a submit description that stands in the DAG file: `{` to `}`, or `@=end` to `@end`.
 * @returns false where the word is a file's name
 */
export function skipInline(description: string, words: DagWords, lines: DagLines): boolean {
  const end = description.startsWith('{') ? '}' : description.startsWith('@=') ? `@${description.slice(2)}` : null;
  if (end === null) {
    return false;
  }
  for (let line = lines.physical(); line !== undefined; line = lines.physical()) {
    if (line.text === end || line.text.startsWith(`${end} `)) {
      return true;
    }
  }
  throw new ImportFormatError(words.place, `the end ${end} of the inline submit description`, 'the end of the file');
}

/** `[WEAK] PARENT p… CHILD c…`, from behind the first word. */
export function readDependency(isWeak: boolean, words: DagWords): { parents: string[]; children: string[] } {
  if (isWeak && !isKeyword(words.next(), 'PARENT')) {
    words.fail('PARENT after WEAK', 'something else');
  }
  const parents: string[] = [];
  const children: string[] = [];
  let side = parents;
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (side === parents && isKeyword(word, 'CHILD')) {
      side = children;
    } else {
      side.push(word);
    }
  }
  if (parents.length === 0 || children.length === 0) {
    words.fail('PARENT with one or more nodes, CHILD with one or more nodes', words.text);
  }
  return { parents, children };
}

/** `INCLUDE file` and `SPLICE name file [DIR folder]`; the name is null for INCLUDE. */
export function readOtherFile(command: 'INCLUDE' | 'SPLICE', words: DagWords): { name: string | null; file: string } {
  const name = command === 'SPLICE' ? words.need('a splice name') : null;
  const file = words.need('a DAG file');
  const word = words.next();
  if (word === undefined) {
    return { name, file };
  }
  if (name === null || !isKeyword(word, 'DIR')) {
    words.fail('the end of the command, or DIR and a folder after SPLICE', word);
  }
  const folder = words.need('a folder after DIR');
  words.end();
  return { name, file: `${folder}/${file}` };
}

/** `SET_JOB_ATTR name = value`; a quoted value without its quotes. */
export function readAttribute(words: DagWords): { name: string; value: string } {
  const text = words.rest();
  const match = /^([^\s=]+)\s*=\s*(.*)$/.exec(text);
  const [, name, value] = match ?? [];
  if (name === undefined || value === undefined) {
    return words.fail('SET_JOB_ATTR name = value', text);
  }
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(value)?.[1];
  return { name, value: quoted?.replace(/\\(.)/g, '$1') ?? value };
}

/** `SCRIPT [DEFER status time] [DEBUG file stream] PRE|POST|HOLD node script …`. */
export function readScript(words: DagWords): { node: string; isPost: boolean } {
  let word = normalKeyword(words.need('PRE, POST or HOLD'));
  while (word === 'DEFER' || word === 'DEBUG') {
    words.need(word === 'DEFER' ? 'a status' : 'a file');
    words.need(word === 'DEFER' ? 'a time' : 'STDOUT, STDERR or ALL');
    word = normalKeyword(words.need('PRE, POST or HOLD'));
  }
  if (word !== 'PRE' && word !== 'POST' && word !== 'HOLD') {
    words.fail('PRE, POST or HOLD', word);
  }
  const node = words.need('a node name');
  words.need('a script');
  return { node, isPost: word === 'POST' };
}

/** `RETRY node number [UNLESS-EXIT value]`. */
export function readRetry(words: DagWords): { node: string; retries: number; unlessExit: number | null } {
  const node = words.need('a node name');
  const retries = words.needInteger('a number of retries');
  if (retries < 0) {
    words.fail('a number of retries', String(retries));
  }
  const word = words.next();
  if (word !== undefined && !isKeyword(word, 'UNLESS_EXIT')) {
    words.fail('UNLESS-EXIT or the end of the command', word);
  }
  const unlessExit = word === undefined ? null : words.needInteger('an exit code after UNLESS-EXIT');
  words.end();
  return { node, retries, unlessExit };
}

/** `TOLERANCE node number[%] [FAIL-FAST | WAIT]`. */
export function readTolerance(words: DagWords): { node: string; failures: number; isPercentage: boolean } {
  const node = words.need('a node name');
  const number = words.need('a number of failures');
  const match = /^(\d{1,9})(%?)$/.exec(number);
  if (match === null) {
    return words.fail('a number of failures, or a percentage', number);
  }
  let word = words.next();
  const isPercentage = match[2] === '%' || word === '%';
  word = word === '%' ? words.next() : word;
  if (word !== undefined && !isKeyword(word, 'FAIL_FAST') && !isKeyword(word, 'WAIT')) {
    words.fail('FAIL-FAST, WAIT or the end of the command', word);
  }
  words.end();
  return { node, failures: Number(match[1]), isPercentage };
}
