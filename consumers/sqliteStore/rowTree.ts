/** Rows in memory by the columns of their key, a map a column: no key texts to put together, and a prefix is a subtree. */
import type { Row, Value } from '../../projections';

type Node<Leaf> = Map<Value, Node<Leaf> | Leaf>;

/** See the file's head. @template Leaf what is kept under a key, never undefined */
export class RowTree<Leaf> {
  private readonly root: Node<Leaf> = new Map();
  private leaves = 0;
  /** The last key's values but the innermost, and the map they lead to: the next key mostly begins the same. */
  private readonly lastValues: Value[] = [];
  private lastNode: Node<Leaf> | undefined;
  private readonly rowKey: Value[] = [];

  /** @param columns the key's columns, outermost first */
  constructor(private readonly columns: readonly string[]) {
    this.lastNode = columns.length === 1 ? this.root : undefined;
  }

  /** How many keys something is kept under. */
  get size(): number {
    return this.leaves;
  }

  /** What is kept under the values of the key's columns. */
  get(key: readonly Value[]): Leaf | undefined {
    return this.innermost(key)?.get(key[key.length - 1] ?? null) as Leaf | undefined;
  }

  /** What is kept under the key that a row has. */
  getFor(row: Row): Leaf | undefined {
    return this.get(this.keyOf(row));
  }

  /** Keeps something under a key; answers what was kept there before. */
  set(key: readonly Value[], leaf: Leaf): Leaf | undefined {
    const node = this.innermost(key) ?? this.newInnermost(key);
    const value = key[key.length - 1] ?? null;
    const before = node.get(value) as Leaf | undefined;
    node.set(value, leaf);
    if (before === undefined) {
      this.leaves += 1;
    }
    return before;
  }

  /** Keeps something under the key that a row has; answers what was kept there before. */
  setFor(row: Row, leaf: Leaf): Leaf | undefined {
    return this.set(this.keyOf(row), leaf);
  }

  /** Keeps nothing under a key any more. */
  delete(key: readonly Value[]): void {
    if (this.innermost(key)?.delete(key[key.length - 1] ?? null) === true) {
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

  /** The row's key, in an array that the next call uses again. */
  private keyOf(row: Row): readonly Value[] {
    for (let level = 0; level < this.columns.length; level += 1) {
      this.rowKey[level] = row[this.columns[level] ?? ''] ?? null;
    }
    return this.rowKey;
  }

  /** The map that holds what is kept under a key, where there is one. */
  private innermost(key: readonly Value[]): Node<Leaf> | undefined {
    const last = key.length - 1;
    let level = 0;
    while (level < last && this.lastValues[level] === key[level]) {
      level += 1;
    }
    if (level === last) {
      return this.lastNode;
    }
    let node: Node<Leaf> | undefined = this.root;
    for (level = 0; level < last; level += 1) {
      const value = key[level] ?? null;
      this.lastValues[level] = value;
      node = node?.get(value) as Node<Leaf> | undefined;
    }
    this.lastNode = node;
    return node;
  }

  private newInnermost(key: readonly Value[]): Node<Leaf> {
    let node = this.root;
    for (let level = 0; level < key.length - 1; level += 1) {
      node = childOf(node, key[level] ?? null);
    }
    this.lastNode = node;
    return node;
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
