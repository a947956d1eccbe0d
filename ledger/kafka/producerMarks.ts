/**
 * Where the events of one producer lie in its partition, as far as that is remembered: a few marks, dense near the end
 * and ever sparser before it. Each says: below this offset lie the producer's events up to this sequence, all others
 * at or behind it.
 */

/** See the file's head. */
export interface ProducerMark {
  readonly sequence: number;
  readonly offset: number;
}

const mostMarks = 16;

/** The marks with a newer one; where there are too many, the one that is missed least goes. */
export function withMark(marks: readonly ProducerMark[], mark: ProducerMark): ProducerMark[] {
  const last = marks.at(-1);
  if (last?.sequence === mark.sequence) {
    return [...marks.slice(0, -1), mark];
  }
  const more = [...marks, mark];
  return more.length > mostMarks ? more.toSpliced(leastMissed(more), 1) : more;
}

/** The mark to search from for a sequence: the last one before it. */
export function markBefore(marks: readonly ProducerMark[], sequence: number): ProducerMark | undefined {
  return marks.findLast((mark) => mark.sequence < sequence);
}

/** The marks as the text that the topic of producers keeps. */
export function encodeMarks(marks: readonly ProducerMark[]): string {
  return JSON.stringify(marks.map(({ sequence, offset }) => [sequence, offset]));
}

/** @returns null where the text does not hold marks */
export function decodeMarks(text: string): ProducerMark[] | null {
  let pairs: unknown;
  try {
    pairs = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(pairs) || pairs.length === 0) {
    return null;
  }
  const marks: ProducerMark[] = [];
  for (const pair of pairs as unknown[]) {
    const [sequence, offset] = Array.isArray(pair) ? (pair as unknown[]) : [];
    if (!isCount(sequence) || !isCount(offset)) {
      return null;
    }
    marks.push({ sequence, offset });
  }
  return marks;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** The mark between whose neighbours lie the fewest events in proportion to how far back they lie. */
function leastMissed(marks: readonly ProducerMark[]): number {
  const end = marks.at(-1)?.sequence ?? 0;
  let least = 1;
  let leastWeight = Number.POSITIVE_INFINITY;
  for (let index = 1; index < marks.length - 1; index += 1) {
    const before = marks[index - 1]?.sequence ?? 0;
    const after = marks[index + 1]?.sequence ?? 0;
    const weight = (after - before) / (end - before + 1);
    if (weight < leastWeight) {
      [least, leastWeight] = [index, weight];
    }
  }
  return least;
}
