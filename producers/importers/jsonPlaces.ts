/**
 * Where things stand in a JSON text, for messages: JSON.parse tells neither where a fault is (not always, and in words
 * that change between versions of Node) nor where a value stood. Only read once something is wrong. (RFC 8259)
 */

/** What leads from the outermost value to one within it: names of members and, from 0, places in lists. */
export type JsonPath = readonly (string | number)[];

/** A path as people write it: `$.workflow.tasks[3].id`. */
export function jsonPathText(path: JsonPath): string {
  const steps = path.map((step) => {
    if (typeof step === 'number') {
      return `[${String(step)}]`;
    }
    return /^[A-Za-z_]\w*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
  });
  return `$${steps.join('')}`;
}

/** Where a text stops being JSON, as an offset from 0; null where it is JSON. */
export function jsonFault(text: string): number | null {
  const scanner = new JsonScanner(text, () => undefined);
  return scanner.run() ? null : scanner.at;
}

/** Where a value begins, as an offset from 0; of a value that is not there, where the nearest one around it begins. */
export function jsonOffset(text: string, path: JsonPath): number {
  let nearest = { depth: -1, at: 0 };
  const onValue = (here: JsonPath, at: number): void => {
    // Of members with one name the last counts, as for JSON.parse.
    if (here.length >= nearest.depth && here.every((step, index) => step === path[index])) {
      nearest = { depth: here.length, at };
    }
  };
  new JsonScanner(text, onValue).run();
  return nearest.at;
}

type Expected = 'value' | 'valueOrEnd' | 'name' | 'nameOrEnd' | 'colon' | 'commaOrEnd' | 'nothing';

const numberForm = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const escapeForm = /\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4})/y;
const blank = /[ \t\n\r]*/y;

/** Goes through a text once, without recursion: what is nested a million deep is a fault of the text's, not a crash. */
class JsonScanner {
  /** Where it stands; after {@link run} said false, where the fault is. */
  at = 0;
  private expected: Expected = 'value';
  /** The steps to where it stands; a member's name that is not read yet is ''. */
  private readonly path: (string | number)[] = [];

  constructor(
    private readonly text: string,
    private readonly onValue: (path: JsonPath, at: number) => void,
  ) {}

  /** False where the text is not JSON. */
  run(): boolean {
    for (;;) {
      this.at += this.match(blank)?.length ?? 0;
      if (this.at === this.text.length) {
        return this.expected === 'nothing';
      }
      if (!this.step(this.text.charAt(this.at))) {
        return false;
      }
    }
  }

  private step(character: string): boolean {
    switch (this.expected) {
      case 'value':
      case 'valueOrEnd':
        return this.expected === 'valueOrEnd' && character === ']' ? this.close() : this.value(character);
      case 'name':
      case 'nameOrEnd':
        return this.expected === 'nameOrEnd' && character === '}' ? this.close() : this.name();
      case 'colon':
        return this.move(character === ':', 1, 'value');
      case 'commaOrEnd':
        return this.commaOrEnd(character);
      default:
        return false;
    }
  }

  private value(character: string): boolean {
    this.onValue(this.path, this.at);
    if (character === '{') {
      this.path.push('');
      return this.move(true, 1, 'nameOrEnd');
    }
    if (character === '[') {
      this.path.push(0);
      return this.move(true, 1, 'valueOrEnd');
    }
    if (character === '"') {
      return this.string() !== null && this.ended();
    }
    const word = ['true', 'false', 'null'].find((name) => this.text.startsWith(name, this.at));
    const token = word ?? this.match(numberForm);
    return token !== null && this.move(true, token.length, 'nothing') && this.ended();
  }

  private name(): boolean {
    const from = this.at;
    if (this.string() === null) {
      return false;
    }
    this.path[this.path.length - 1] = JSON.parse(this.text.slice(from, this.at)) as string;
    this.expected = 'colon';
    return true;
  }

  /** Passes over a string; null, standing at the fault, where it is none. */
  private string(): true | null {
    if (this.text.charAt(this.at) !== '"') {
      return null;
    }
    for (this.at += 1; this.at < this.text.length;) {
      const character = this.text.charAt(this.at);
      if (character === '"') {
        this.at += 1;
        return true;
      }
      const length = character === '\\' ? (this.match(escapeForm)?.length ?? 0) : Number(character >= ' ');
      if (length === 0) {
        return null;
      }
      this.at += length;
    }
    return null;
  }

  private commaOrEnd(character: string): boolean {
    const step = this.path.at(-1);
    const isList = typeof step === 'number';
    if (character === ',') {
      if (isList) {
        this.path[this.path.length - 1] = step + 1;
      }
      return this.move(true, 1, isList ? 'value' : 'name');
    }
    return character === (isList ? ']' : '}') && this.close();
  }

  private close(): boolean {
    this.path.pop();
    this.at += 1;
    return this.ended();
  }

  private ended(): boolean {
    this.expected = this.path.length === 0 ? 'nothing' : 'commaOrEnd';
    return true;
  }

  private move(isRight: boolean, length: number, expected: Expected): boolean {
    if (isRight) {
      this.at += length;
      this.expected = expected;
    }
    return isRight;
  }

  private match(form: RegExp): string | null {
    form.lastIndex = this.at;
    return form.exec(this.text)?.[0] ?? null;
  }
}
