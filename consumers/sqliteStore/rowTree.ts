/** Rows in memory by the columns of their key, a map a column: no key texts to put together, and a prefix is a subtree. */
import type { Row, Value } from '../../projections';

type Node<Leaf> = Map<Value, Node<Leaf> | Leaf>;

/** See the file's head. @template Leaf what is kept under a key, never undefined */
export class RowTree<Leaf> {
  private readonly root: Node<Leaf> = new Map();
  private leaves = 0;

  /** @param columns the key's columns, outermost first */
  constructor(private readonly columns: readonly string[]) {}

  /** How many keys something is kept under. */
  get size(): number {
    return this.leaves;
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
    this.setIn(node, key[last] ?? null, leaf);
  }

  /** Keeps something under the key that a row has; answers what was kept there before. */
  setFor(row: Row, leaf: Leaf): Leaf | undefined {
    let node = this.root;
    const last = this.columns.length - 1;
    for (let level = 0; level < last; level += 1) {
      node = childOf(node, row[this.columns[level] ?? ''] ?? null);
    }
    return this.setIn(node, row[this.columns[last] ?? ''] ?? null, leaf);
  }

  /** Keeps nothing under a key any more. */
  delete(key: readonly Value[]): void {
    let node: Node<Leaf> | undefined = this.root;
    const last = key.length - 1;
    for (let level = 0; level < last && node !== undefined; level += 1) {
      node = node.get(key[level] ?? null) as Node<Leaf> | undefined;
    }
    if (node?.delete(key[last] ?? null) === true) {
      this.leaves -= 1;
    }
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

  private setIn(node: Node<Leaf>, value: Value, leaf: Leaf): Leaf | undefined {
    const before = node.get(value) as Leaf | undefined;
    node.set(value, leaf);
    if (before === undefined) {
      this.leaves += 1;
    }
    return before;
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
