/**
 * Regular expressions as rules files hold them. Rubin's are Python's; operators write either. Both are understood where
 * they mean the same, Python's own forms are rewritten, and what JavaScript cannot do is refused by name, so that no
 * rule silently means something else.
 */

/** A pattern that cannot be used; the message says what is wrong and what to write instead. */
export class PatternError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PatternError';
  }
}

/** Longer ones are a mistake. */
const MAX_PATTERN_LENGTH = 4096;

/** One rewriting step: what it consumed of the source, and what it puts in its place. */
interface Piece {
  length: number;
  output: string;
  isQuantifier: boolean;
}

/**
 * Compiles a pattern in Python's or JavaScript's syntax, to be searched for anywhere in a text.
 *
 * Flags only as `(?i)`, `(?m)`, `(?s)` (or several) at the very beginning. `.*` at the ends is dropped: it changes
 * nothing in a search and costs time that grows with the square of a line's length.
 * @throws PatternError
 */
export function compilePattern(source: string): RegExp {
  if (source.length > MAX_PATTERN_LENGTH) {
    throw new PatternError(`the pattern has ${source.length} characters; at most ${MAX_PATTERN_LENGTH} are allowed`);
  }
  const { flags, rest } = readLeadingFlags(source);
  const translated = translate(dropOpenEnds(rest));
  try {
    return new RegExp(translated, flags);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^Invalid regular expression: /, '') : String(error);
    throw new PatternError(`not a regular expression: ${reason}`, { cause: error });
  }
}

function readLeadingFlags(source: string): { flags: string; rest: string } {
  const match = /^\(\?([a-zA-Z]+)\)/.exec(source);
  if (match === null) return { flags: '', rest: source };
  const letters = match[1] ?? '';
  for (const letter of letters) {
    // a and u choose between ASCII and Unicode classes: \d and \w are ASCII here, which is what logs hold.
    if (!'imsau'.includes(letter)) {
      throw new PatternError(`flag (?${letter}) is not supported; only i, m and s are`);
    }
  }
  const flags = ['i', 'm', 's'].filter((letter) => letters.includes(letter)).join('');
  return { flags, rest: source.slice(match[0].length) };
}

function dropOpenEnds(source: string): string {
  const start = source.replace(/^(?:\.\*\??(?![+?*{]))+/, '');
  // An even number of backslashes before the dot: it is a wildcard and not a literal dot.
  const end = start.replace(/(?<!\\)((?:\\\\)*)(?:\.\*)+$/, '$1');
  return end === '' ? source : end;
}

function translate(source: string): string {
  let output = '';
  let afterQuantifier = false;
  for (let at = 0; at < source.length;) {
    const piece = readPiece(source, at);
    if (piece.isQuantifier && piece.output === '+' && afterQuantifier) {
      throw new PatternError(
        `possessive "${source.slice(at - 1, at + 1)}" is not supported; leave out the second sign`,
      );
    }
    // A lazy "?" ends the quantifier: nothing may follow it.
    afterQuantifier = piece.isQuantifier;
    output += piece.output;
    at += piece.length;
  }
  return output;
}

function readPiece(source: string, at: number): Piece {
  const char = source.charAt(at);
  if (char === '\\') return readEscape(source, at);
  if (char === '[') return readClass(source, at);
  if (source.startsWith('(?', at)) return readGroup(source, at);
  if (char === '{') return readCount(source, at);
  return { length: 1, output: char, isQuantifier: '*+?'.includes(char) };
}

function readEscape(source: string, at: number): Piece {
  const letter = source.charAt(at + 1);
  if (letter === '') throw new PatternError('the pattern ends in a single backslash');
  if (letter === 'N') throw new PatternError('\\N{…} is not supported; write the character itself');
  const rewritten: Readonly<Record<string, string>> = { A: '(?<![^])', Z: '(?![^])', a: '\\x07' };
  return { length: 2, output: rewritten[letter] ?? `\\${letter}`, isQuantifier: false };
}

/** In Python a `]` right after the opening bracket is a member; in JavaScript it would close an empty class. */
function readClass(source: string, at: number): Piece {
  let end = source.charAt(at + 1) === '^' ? at + 2 : at + 1;
  let output = source.slice(at, end);
  if (source.charAt(end) === ']') {
    output += '\\]';
    end += 1;
  }
  for (; end < source.length && source.charAt(end) !== ']'; end += 1) {
    output += source.charAt(end);
    if (source.charAt(end) === '\\') {
      end += 1;
      output += source.charAt(end);
    }
  }
  if (end >= source.length) throw new PatternError('a "[" is never closed; write \\[ for the character itself');
  return { length: end + 1 - at, output: `${output}]`, isQuantifier: false };
}

function readGroup(source: string, at: number): Piece {
  const rest = source.slice(at);
  const opens = (length: number, output: string): Piece => ({ length, output, isQuantifier: false });
  const named = /^\(\?P?<([A-Za-z_]\w*)>/.exec(rest);
  if (named !== null) return opens(named[0].length, `(?<${named[1] ?? ''}>`);
  const reference = /^\(\?P=([A-Za-z_]\w*)\)/.exec(rest);
  if (reference !== null) return opens(reference[0].length, `\\k<${reference[1] ?? ''}>`);
  const plain = /^\(\?(?::|=|!|<=|<!)/.exec(rest);
  if (plain !== null) return opens(plain[0].length, plain[0]);
  const comment = /^\(\?#[^)]*\)/.exec(rest);
  if (comment !== null) return opens(comment[0].length, '');
  if (rest.startsWith('(?(')) throw new PatternError('the conditional "(?(…)…)" is not supported');
  if (rest.startsWith('(?>')) throw new PatternError('the atomic group "(?>…)" is not supported; write "(?:…)"');
  if (/^\(\?[a-zA-Z-]+[:)]/.test(rest)) {
    throw new PatternError('flags are supported only for the whole pattern, at its very beginning, as in "(?i)…"');
  }
  throw new PatternError(`"${rest.slice(0, 4)}" is not supported`);
}

/** Python reads {,n} as {0,n}; JavaScript as text. A brace that counts nothing is text in both. */
function readCount(source: string, at: number): Piece {
  const match = /^\{(\d*)(,?)(\d*)\}/.exec(source.slice(at));
  if (match === null || (match[1] === '' && match[3] === '')) return { length: 1, output: '\\{', isQuantifier: false };
  const output = match[1] === '' ? `{0,${match[3] ?? ''}}` : match[0];
  return { length: match[0].length, output, isQuantifier: true };
}
