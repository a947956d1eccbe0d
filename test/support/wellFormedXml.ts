/** A strict reader of the XML that needs no DTD: elements, attributes, text, references. It refuses all that XML 1.0 does. */

/** One element as it was read. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

const name = /[A-Za-z_][A-Za-z0-9_.-]*/y;
const notChar = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Reads a document. @throws Error where it is not well-formed, saying at which character */
export function readXml(document: string): XmlElement {
  if (notChar.test(document)) {
    throw new Error(`character ${String(document.search(notChar))} is none of XML's`);
  }
  const reader = new Reader(document);
  reader.skip('<?xml version="1.0" encoding="UTF-8"?>\n');
  const root = reader.element();
  reader.skip('\n');
  reader.end();
  return root;
}

class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  element(): XmlElement {
    this.skip('<');
    const tag = this.name();
    const attributes = new Map<string, string>();
    while (this.text.startsWith(' ', this.at)) {
      this.at += 1;
      const key = this.name();
      this.skip('="');
      if (attributes.has(key)) {
        this.fail(`${key} twice`);
      }
      // A line end or a tab in an attribute is read as a space: what is to survive must be a reference.
      attributes.set(
        key,
        this.content('"', (plain) => plain.replace(/[\t\n\r]/g, ' ')),
      );
      this.skip('"');
    }
    if (this.text.startsWith('/>', this.at)) {
      this.at += 2;
      return { name: tag, attributes, children: [], text: '' };
    }
    this.skip('>');
    const children: XmlElement[] = [];
    let text = '';
    while (!this.text.startsWith('</', this.at)) {
      if (this.text.startsWith('<', this.at)) {
        children.push(this.element());
      } else {
        text += this.content('<', (plain) => plain.replace(/\r\n?/g, '\n'));
      }
    }
    this.skip(`</${tag}>`);
    return { name: tag, attributes, children, text };
  }

  skip(expected: string): void {
    if (!this.text.startsWith(expected, this.at)) {
      this.fail(`expected ${expected}`);
    }
    this.at += expected.length;
  }

  end(): void {
    if (this.at !== this.text.length) {
      this.fail('expected the end');
    }
  }

  private name(): string {
    name.lastIndex = this.at;
    const found = name.exec(this.text)?.[0] ?? this.fail('expected a name');
    this.at += found.length;
    return found;
  }

  private content(until: string, normalised: (plain: string) => string): string {
    const end = this.text.indexOf(until, this.at);
    const raw = this.text.slice(this.at, end === -1 ? this.fail(`no ${until}`) : end);
    if (raw.includes('<') || raw.includes(']]>')) {
      this.fail('unescaped markup');
    }
    this.at = end;
    return raw
      .split(/(&[^;]*;?)/)
      .map((part) => (part.startsWith('&') ? this.reference(part) : normalised(part)))
      .join('');
  }

  private reference(text: string): string {
    const number = /^&#(\d+);$/.exec(text)?.[1];
    const character = number === undefined ? entities[text.slice(1, -1)] : String.fromCodePoint(Number(number));
    if (character === undefined || !text.endsWith(';') || notChar.test(character)) {
      return this.fail(`${text} is no reference`);
    }
    return character;
  }

  private fail(problem: string): never {
    throw new Error(`${problem} at character ${String(this.at)}: ${this.text.slice(this.at, this.at + 40)}`);
  }
}
