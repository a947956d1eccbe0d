/** Reading JSON from outside: each value is asked for as what it should be, and an error names where it is not. */
import { toUSVString } from 'node:util';
import { ImportFormatError, type Place } from './errors';
import { jsonFault, jsonOffset, jsonPathText, type JsonPath } from './jsonPlaces';

/** A text that is to be JSON, and the line of its file on which it begins. */
export interface JsonText extends Place {
  readonly text: string;
}

/**
 * The outermost value of a text.
 * @throws {ImportFormatError} with the line where the text stops being JSON
 */
export function parseJson(source: JsonText, expected: string): JsonNode {
  let value: unknown;
  try {
    value = JSON.parse(source.text);
  } catch {
    const at = jsonFault(source.text) ?? source.text.length;
    const found = source.text.slice(at, at + 200);
    throw new ImportFormatError(placeAt(source, at), expected, found === '' ? 'the end' : found);
  }
  return new JsonNode(value, null, '', source);
}

/** One value and where it stands. */
export class JsonNode {
  constructor(
    readonly value: unknown,
    private readonly parent: JsonNode | null,
    private readonly step: string | number,
    private readonly source: JsonText,
  ) {}

  /** Whether it is left out, or null. */
  get isAbsent(): boolean {
    return this.value === undefined || this.value === null;
  }

  /** A member of an object, which may be absent. @throws {ImportFormatError} where this is no object */
  member(name: string): JsonNode {
    const { value } = this;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return this.fail('an object');
    }
    const member = Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
    return new JsonNode(member, this, name, this.source);
  }

  /** What a list holds. @throws {ImportFormatError} where this is no list */
  items(): JsonNode[] {
    const { value } = this;
    return Array.isArray(value)
      ? value.map((item: unknown, index) => new JsonNode(item, this, index, this.source))
      : this.fail('a list');
  }

  /** What a list holds; nothing where it is absent. @throws {ImportFormatError} where this is something else */
  itemsIfAny(): JsonNode[] {
    return this.isAbsent ? [] : this.items();
  }

  /** A text of at least one character. @throws {ImportFormatError} */
  text(): string {
    const { value } = this;
    return typeof value === 'string' && value !== '' && isUnicode(value) ? value : this.fail('a text');
  }

  /** A text; null where it is absent. @throws {ImportFormatError} */
  textIfAny(): string | null {
    return this.isAbsent ? null : this.text();
  }

  /** A number from 0, whole or not; null where it is absent. @throws {ImportFormatError} */
  amountIfAny(): number | null {
    const { value } = this;
    if (this.isAbsent) {
      return null;
    }
    const isAmount = typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
    return isAmount ? value : this.fail('a number from 0');
  }

  /** A whole number from 0. @throws {ImportFormatError} */
  count(): number {
    const { value } = this;
    const isCount = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
    return isCount ? value : this.fail('a whole number from 0');
  }

  /** @throws {ImportFormatError} which names this value's place */
  fail(expected: string): never {
    const path = this.path();
    const place = placeAt(this.source, jsonOffset(this.source.text, path));
    throw new ImportFormatError(place, `${expected} at ${jsonPathText(path)}`, shown(this.value));
  }

  private path(): JsonPath {
    return this.parent === null ? [] : [...this.parent.path(), this.step];
  }
}

/** A value as a message shows it; what may be nested deeply is only named. */
function shown(value: unknown): string {
  if (typeof value === 'string') {
    return value;
  }
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value) ? 'a list' : 'an object';
  }
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

/** Whether a text has no halves of surrogate pairs: those have no UTF-8. */
export function isUnicode(text: string): boolean {
  return toUSVString(text) === text;
}

function placeAt({ file, line, text }: JsonText, offset: number): Place {
  let lines = line;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) {
    lines += 1;
  }
  return { file, line: lines };
}
