/**
 * Order by UTF-8 bytes, which is the order of code points and not JavaScript's of UTF-16 units. Halves of surrogate
 * pairs, which have no UTF-8, stand where their own number puts them, so that the order is total.
 */
export function compareUtf8(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let index = 0; index < shorter; index += 1) {
    const unitA = a.charCodeAt(index);
    const unitB = b.charCodeAt(index);
    if (unitA !== unitB) {
      return rank(unitA) - rank(unitB);
    }
  }
  return a.length - b.length;
}

/** UTF-16 units in the order of code points: surrogates stand for what lies above U+FFFF, so they go last. */
function rank(unit: number): number {
  if (unit < 0xd800) {
    return unit;
  }
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
