/**
 * Arguments and environment as the bytes they were. Node decodes both as UTF-8 and puts U+FFFD for what is not, so a
 * path in Latin-1 would reach the child changed.
 */
import { readFileSync } from 'node:fs';

const REPLACEMENT = '\uFFFD';

/** Encodes strings, taking those that Node has damaged from our own command line, where they still are as they were. */
export function encodeArguments(argv: readonly string[]): Uint8Array[] {
  return encode(argv, '/proc/self/cmdline');
}

/** The same for `NAME=value` entries of the environment. */
export function encodeEnvironment(env: Readonly<Record<string, string | undefined>>): Uint8Array[] {
  const entries = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  return encode(entries, '/proc/self/environ');
}

function encode(strings: readonly string[], originals: string): Uint8Array[] {
  const raw = strings.some((string) => string.includes(REPLACEMENT)) ? readOriginals(originals) : null;
  return strings.map((string) => raw?.get(string) ?? Buffer.from(string));
}

/** What was damaged in decoding, by what became of it. */
function readOriginals(path: string): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    return found;
  }
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(0, start);
    const item = bytes.subarray(start, end < 0 ? bytes.length : end);
    const text = item.toString();
    if (text.includes(REPLACEMENT)) found.set(text, item);
    start += item.length + 1;
  }
  return found;
}
