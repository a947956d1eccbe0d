/** Rows in memory by the columns of their key, a map a column: no key texts to put together, and a prefix is a subtree. */
import type { Row, Value } from '../../projections';

type Node<Leaf> = Map<Value, Node<Leaf> | Leaf>;

/** See the file's head. @template Leaf what is kept under a key, never undefined */
export class RowTree<Leaf> {
  private readonly root: Node<Leaf> = new Map();

  /** @param columns the key's columns, outermost first */
  constructor(private readonly columns: readonly string[]) {}

  get isEmpty(): boolean {
    return this.root.size === 0;
  }

  /** What is kept under the values of the key's columns. */
  get(key: readonly Value[]): Leaf | undefined {
    let node: Node<Leaf> | Leaf | undefined = this.root;
    for (const value of key) {
      node = (node as Node<Leaf>).get(value);
      if (node === undefined) {
        return undefined;
      }
    }
    return node as Leaf;
  }

  /** What is kept under the key that a row has. */
  getFor(row: Row): Leaf | undefined {
    let node: Node<Leaf> | Leaf | undefined = this.root;
    for (const column of this.columns) {
      node = (node as Node<Leaf>).get(row[column] ?? null);
      if (node === undefined) {
        return undefined;
      }
    }
    return node as Leaf;
  }

  /** Keeps something under a key. */
  set(key: readonly Value[], leaf: Leaf): void {
    let node = this.root;
    const last = key.length - 1;
    for (let level = 0; level < last; level += 1) {
      node = childOf(node, key[level] ?? null);
    }
    node.set(key[last] ?? null, leaf);
  }

  /** Keeps something under the key that a row has; answers what was kept there before. */
  setFor(row: Row, leaf: Leaf): Leaf | undefined {
    let node = this.root;
    const last = this.columns.length - 1;
    for (let level = 0; level < last; level += 1) {
      node = childOf(node, row[this.columns[level] ?? ''] ?? null);
    }
    const value = row[this.columns[last] ?? ''] ?? null;
    const before = node.get(value) as Leaf | undefined;
    node.set(value, leaf);
    return before;
  }

  /** Visits all that is kept under keys that begin with these values, in no particular order. */
  visit(prefix: readonly Value[], visit: (leaf: Leaf, key: readonly Value[]) => void): void {
    let node: Node<Leaf> | Leaf | undefined = this.root;
    for (const value of prefix) {
      node = (node as Node<Leaf>).get(value);
      if (node === undefined) {
        return;
      }
    }
    visitBelow(node, [...prefix], this.columns.length, visit);
  }
}

function visitBelow<Leaf>(
  node: Node<Leaf> | Leaf,
  key: Value[],
  levels: number,
  visit: (leaf: Leaf, key: readonly Value[]) => void,
): void {
  if (key.length === levels) {
    visit(node as Leaf, key);
    return;
  }
  for (const [value, child] of node as Node<Leaf>) {
    key.push(value);
    visitBelow(child, key, levels, visit);
    key.pop();
  }
}

function childOf<Leaf>(node: Node<Leaf>, value: Value): Node<Leaf> {
  const known = node.get(value);
  if (known !== undefined) {
    return known as Node<Leaf>;
  }
  const child: Node<Leaf> = new Map();
  node.set(value, child);
  return child;
}
