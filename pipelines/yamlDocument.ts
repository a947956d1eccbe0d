/** A YAML text as plain values, with the line of everything in it. */
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import { errorMessage } from '../schemas/systemError';
import { PipelineError } from './errors';

/** Keys and indexes from the root to a value. */
export type ValuePath = readonly (string | number)[];

/** One parsed file. */
export class YamlDocument {
  private readonly lines = new LineCounter();
  private readonly document: Document.Parsed;
  /** The values, as JSON would have them. */
  readonly value: unknown;

  /** @throws {PipelineError} for a text that is no YAML, has one key twice, or grows without bound through aliases */
  constructor(
    readonly file: string,
    text: string,
  ) {
    this.document = parseDocument(text, { lineCounter: this.lines, prettyErrors: false });
    const { errors } = this.document;
    if (errors.length > 0) {
      throw new PipelineError(
        errors.map(({ pos, message }) => ({
          file,
          line: this.lines.linePos(pos[0]).line,
          message: `not YAML: ${message}`,
        })),
      );
    }
    try {
      this.value = this.document.toJS({ maxAliasCount: 1000 });
    } catch (error) {
      const message = `not YAML: ${errorMessage(error)}`;
      throw new PipelineError([{ file, line: null, message }], { cause: error });
    }
  }

  /** The line where a value stands, that of its key where it is a map's; of the nearest value around it if there is none. */
  lineOf(path: ValuePath): number {
    let node: Node | null = this.document.contents;
    let line = this.lineOfNode(node);
    for (const step of path) {
      const found = this.stepInto(node, step);
      if (found === null) {
        break;
      }
      line = this.lineOfNode(found.at);
      node = found.value;
    }
    return line;
  }

  private stepInto(node: Node | null, step: string | number): { at: Node | null; value: Node | null } | null {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      return pair === undefined ? null : { at: asNode(pair.key), value: asNode(pair.value) };
    }
    const item = isSeq(node) ? asNode(node.items[Number(step)]) : null;
    return item === null ? null : { at: item, value: item };
  }

  private lineOfNode(node: Node | null): number {
    const offset = node?.range?.[0];
    return offset === undefined ? 1 : this.lines.linePos(offset).line;
  }
}

function asNode(value: unknown): Node | null {
  return isNode(value) ? value : null;
}
