/** A YAML file read with positions, so that whatever is wrong in it is told by file and line. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';

/** A rules file that cannot be used: where, and what was expected there. */
export class RulesFileError extends Error {
  constructor(
    readonly file: string,
    /** From 1. */
    readonly line: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(`${file}:${line}: ${message}`, options);
    this.name = 'RulesFileError';
  }
}

/** One entry of a map. */
export interface YamlEntry {
  key: string;
  /** Stands for the key where something is to be said of the entry. */
  keyNode: YamlNode;
  value: YamlNode;
}

/** A node, null where nothing stands. */
export type YamlNode = Node | null;

/** One parsed file. Its readers throw RulesFileError where a node is not what is expected there. */
export class YamlSource {
  private readonly lines = new LineCounter();
  private readonly document: Document.Parsed;

  /** @throws RulesFileError when the text is no YAML or holds one key twice */
  constructor(
    readonly file: string,
    text: string,
  ) {
    this.document = parseDocument(text, { lineCounter: this.lines, prettyErrors: false });
    const [error] = this.document.errors;
    if (error !== undefined) {
      throw new RulesFileError(file, this.lines.linePos(error.pos[0]).line, `not YAML: ${error.message}`);
    }
  }

  get root(): YamlNode {
    return this.document.contents;
  }

  /** The line a node begins at. */
  line(node: YamlNode): number {
    const offset = node?.range?.[0];
    return offset === undefined ? 1 : this.lines.linePos(offset).line;
  }

  /** An error at a node. */
  error(node: YamlNode, message: string, options?: ErrorOptions): RulesFileError {
    return new RulesFileError(this.file, this.line(node), message, options);
  }

  /** The entries of a map, in order; keys that are numbers or the like count as their text. */
  map(node: YamlNode, what: string, place: YamlNode = node): YamlEntry[] {
    const map = this.resolve(node);
    if (!isMap(map)) throw this.expected(place, `${what} to be a map`, node);
    return map.items.map((item) => {
      const keyNode = item.key as YamlNode;
      if (!isScalar(keyNode)) throw this.expected(keyNode, 'a plain key', keyNode);
      return { key: String(keyNode.value), keyNode, value: item.value as YamlNode };
    });
  }

  /** The items of a list, or the node itself where one alone may stand for a list of one. */
  list(node: YamlNode): YamlNode[] {
    const list = this.resolve(node);
    return isSeq(list) ? (list.items as YamlNode[]) : [node];
  }

  /** Whether nothing stands there, or null. */
  isEmpty(node: YamlNode): boolean {
    const resolved = this.resolve(node);
    return resolved === null || (isScalar(resolved) && resolved.value === null);
  }

  text(node: YamlNode, what: string, place: YamlNode = node): string {
    const value = this.scalar(node);
    if (typeof value !== 'string' || value === '') throw this.expected(place, `${what} to be text`, node);
    return value;
  }

  boolean(node: YamlNode, what: string, place: YamlNode = node): boolean {
    const value = this.scalar(node);
    if (typeof value !== 'boolean') throw this.expected(place, `${what} to be true or false`, node);
    return value;
  }

  /** A number within bounds, both included. */
  number(node: YamlNode, what: string, bounds: { min: number; max: number; integer: boolean }, place = node): number {
    const value = this.scalar(node);
    const { min, max, integer } = bounds;
    if (typeof value !== 'number' || !(value >= min && value <= max) || (integer && !Number.isInteger(value))) {
      const kind = integer ? 'a whole number' : 'a number';
      throw this.expected(place, `${what} to be ${kind} from ${min} to ${max}`, node);
    }
    return value;
  }

  private scalar(node: YamlNode): unknown {
    const resolved = this.resolve(node);
    return isScalar(resolved) ? resolved.value : undefined;
  }

  private resolve(node: YamlNode): YamlNode {
    return isAlias(node) ? (node.resolve(this.document) ?? null) : node;
  }

  private expected(place: YamlNode, expectation: string, found: YamlNode): RulesFileError {
    return this.error(place, `expected ${expectation}, found ${this.describe(found)}`);
  }

  private describe(node: YamlNode): string {
    const resolved = this.resolve(node);
    if (isMap(resolved)) return 'a map';
    if (isSeq(resolved)) return 'a list';
    if (resolved === null || !isScalar(resolved) || resolved.value === null) return 'nothing';
    return JSON.stringify(resolved.value).slice(0, 60);
  }
}
