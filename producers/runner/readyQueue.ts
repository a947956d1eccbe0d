/** A priority queue (binary heap): the next is found in time that grows with the logarithm of what waits. */

/** What can be queued. */
export interface Queued {
  /** The larger, the sooner. */
  readonly priority: number;
  /** Among equals, the smaller the sooner; no two are the same. */
  readonly order: number;
}

/** The items by priority, then order. */
export class ReadyQueue<Item extends Queued> {
  private readonly heap: Item[] = [];

  get size(): number {
    return this.heap.length;
  }

  /** The item that is taken next; undefined where there is none. */
  get first(): Item | undefined {
    return this.heap[0];
  }

  /** Adds an item. */
  push(item: Item): void {
    const { heap } = this;
    let place = heap.length;
    heap.push(item);
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isSooner(item, parent)) {
        break;
      }
      heap[place] = parent;
      place = above;
    }
    heap[place] = item;
  }

  /** Takes the first item; undefined where there is none. */
  pop(): Item | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) {
      return first;
    }
    let place = 0;
    for (;;) {
      const below = this.soonerChild(place);
      const child = heap[below];
      if (child === undefined || !isSooner(child, last)) {
        break;
      }
      heap[place] = child;
      place = below;
    }
    heap[place] = last;
    return first;
  }

  private soonerChild(place: number): number {
    const left = this.heap[2 * place + 1];
    const right = this.heap[2 * place + 2];
    return right !== undefined && left !== undefined && isSooner(right, left) ? 2 * place + 2 : 2 * place + 1;
  }
}

function isSooner(a: Queued, b: Queued): boolean {
  return a.priority === b.priority ? a.order < b.order : a.priority > b.priority;
}
