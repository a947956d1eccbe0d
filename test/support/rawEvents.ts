/** Events built by hand, of a type nobody knows: the ledger looks at nothing but their identity. */
import { uuidToBytes } from '../../schemas/uuid';

/** One event of a producer; the filling decides its bytes and its size. */
export function rawEvent(
  producer: string,
  sequence: number,
  filling: Uint8Array | string = `${producer}/${String(sequence)}`,
): Uint8Array {
  return Buffer.concat([
    Buffer.from('c301ffeeddccbbaa9988', 'hex'),
    uuidToBytes(producer),
    zigzagVarint(sequence),
    Buffer.from(filling),
  ]);
}

/** The events `firstSequence, firstSequence + 1, …` of a producer. */
export function rawEvents(
  producer: string,
  firstSequence: number,
  count: number,
  filling?: Uint8Array | string,
): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => rawEvent(producer, firstSequence + index, filling));
}

function zigzagVarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value * 2;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Buffer.from([...bytes, rest]);
}
