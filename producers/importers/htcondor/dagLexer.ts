/** A DAG file as commands: logical lines, and their words. */
import { ImportFormatError, type Place } from '../errors';

/** One physical line that is neither blank nor a comment, trimmed. */
export interface DagLine extends Place {
  readonly text: string;
}

/** Hands out a DAG file's lines, physical ones for inline submit descriptions, logical ones for commands. */
export class DagLines {
  private next = 0;
  private readonly lines: readonly DagLine[];

  constructor(text: string, file: string) {
    this.lines = text
      .split('\n')
      .map((line, index) => ({ file, line: index + 1, text: line.trim() }))
      .filter(({ text: line }) => line !== '' && !line.startsWith('#') && !line.startsWith('//'));
  }

  /** The next line, or undefined at the end. */
  physical(): DagLine | undefined {
    const line = this.lines[this.next];
    this.next += 1;
    return line;
  }

  /** The next line with those it goes on in, where it ends in a backslash; or undefined at the end. */
  logical(): DagLine | undefined {
    const first = this.physical();
    if (first === undefined) {
      return undefined;
    }
    let { text } = first;
    while (text.endsWith('\\')) {
      const more = this.physical();
      text = `${text.slice(0, -1)}${more === undefined ? '' : ` ${more.text}`}`.trimEnd();
      if (more === undefined) {
        break;
      }
    }
    return { ...first, text };
  }
}

/** Whether a word is a keyword, whatever its case and whether it has hyphens or underscores. */
export function isKeyword(word: string | undefined, keyword: string): boolean {
  return word !== undefined && normalKeyword(word) === keyword;
}

/** A word in the form keywords are compared in: upper case, underscores. */
export function normalKeyword(word: string): string {
  return word.toUpperCase().replaceAll('-', '_');
}

/** A command's words, one after the other. */
export class DagWords {
  private at = 0;

  constructor(private readonly line: DagLine) {}

  /** Where the command stands. */
  get place(): Place {
    return { file: this.line.file, line: this.line.line };
  }

  /** The whole command. */
  get text(): string {
    return this.line.text;
  }

  /** The next word without its quotes, or undefined at the end. Quotes join words; within them a backslash takes the next character as it is. */
  next(): string | undefined {
    const { text } = this.line;
    let word = '';
    let quote = '';
    let started = false;
    for (; this.at < text.length; this.at += 1) {
      const character = text.charAt(this.at);
      if (quote !== '') {
        if (character === '\\' && this.at + 1 < text.length) {
          this.at += 1;
          word += text.charAt(this.at);
        } else if (character === quote) {
          quote = '';
        } else {
          word += character;
        }
      } else if (/\s/.test(character)) {
        if (started) {
          break;
        }
      } else {
        started = true;
        if (character === '"' || character === "'") {
          quote = character;
        } else {
          word += character;
        }
      }
    }
    if (quote !== '') {
      throw new ImportFormatError(this.place, `the closing quote ${quote}`, text);
    }
    return started ? word : undefined;
  }

  /** The next word. @throws {ImportFormatError} saying what was expected where there is none */
  need(expected: string): string {
    return this.next() ?? this.fail(expected, this.line.text);
  }

  /** The next word as an integer. @throws {ImportFormatError} where it is none */
  needInteger(expected: string): number {
    const word = this.need(expected);
    return /^-?\d{1,9}$/.test(word) ? Number(word) : this.fail(expected, word);
  }

  /** What is left of the command, as it stands. */
  rest(): string {
    const rest = this.line.text.slice(this.at).trim();
    this.at = this.line.text.length;
    return rest;
  }

  /** @throws {ImportFormatError} where the command has more words */
  end(): void {
    const more = this.next();
    if (more !== undefined) {
      this.fail('the end of the command', more);
    }
  }

  /** Gives up on the command. */
  fail(expected: string, found: string): never {
    throw new ImportFormatError(this.place, expected, found);
  }
}
