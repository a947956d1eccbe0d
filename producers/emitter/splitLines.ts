/** A stream of bytes as lines of UTF-8 text. */
import { isUtf8 } from 'node:buffer';

/** One line, without its end; null where its bytes are no UTF-8 or too many. */
export interface InputLine {
  /** From 1. */
  readonly number: number;
  readonly text: string | null;
  /** Why there is no text. */
  readonly problem: string | null;
}

const newline = 0x0a;

/**
 * The lines of a stream, as many at a time as came together; the last one counts with or without its end. Ends after the
 * first line that cannot be read.
 * @param maxLineBytes longer lines are refused, so that memory is bounded whatever comes
 */
export async function* splitLines(
  input: AsyncIterable<Uint8Array>,
  maxLineBytes: number,
): AsyncGenerator<readonly InputLine[], void> {
  let pending: Buffer = Buffer.alloc(0);
  let number = 0;
  for await (const chunk of input) {
    const bytes = pending.length === 0 ? Buffer.from(chunk) : Buffer.concat([pending, chunk]);
    const lines: InputLine[] = [];
    let from = 0;
    for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, from)) {
      const line = toLine(bytes.subarray(from, end), (number += 1), maxLineBytes);
      lines.push(line);
      if (line.text === null) {
        yield lines;
        return;
      }
      from = end + 1;
    }
    yield lines;
    pending = bytes.subarray(from);
    if (pending.length > maxLineBytes) {
      break;
    }
  }
  if (pending.length > 0) {
    yield [toLine(pending, number + 1, maxLineBytes)];
  }
}

function toLine(bytes: Buffer, number: number, maxLineBytes: number): InputLine {
  if (bytes.length > maxLineBytes) {
    return { number, text: null, problem: `a line has at most ${String(maxLineBytes)} bytes` };
  }
  if (!isUtf8(bytes)) {
    return { number, text: null, problem: 'is no UTF-8' };
  }
  return { number, text: bytes.toString().replace(/\r$/, ''), problem: null };
}
