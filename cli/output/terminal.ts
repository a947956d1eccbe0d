/** Texts made safe to print: what an event says was written by anyone and must not steer the reader's terminal. */

// C0 and C1 controls with DEL, the line and paragraph separators, and what reverses or hides the direction of writing.
const unsafe = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

const shortForms: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\u001b': '\\e' };

/** The text with every control character written out: `\n`, `\e`, `\x07`, `\u{202e}`. */
export function escapeControls(text: string): string {
  return text.replace(unsafe, (character) => shortForms[character] ?? escaped(character.codePointAt(0) ?? 0));
}

/** The text cut to a width in characters, with an ellipsis in its middle: both ends of a path or a job tell most. */
export function shorten(text: string, width: number): string {
  const characters = Array.from(text);
  if (characters.length <= width) {
    return text;
  }
  if (width <= 1) {
    return '…'.slice(0, width);
  }
  const head = Math.ceil((width - 1) / 2);
  return `${characters.slice(0, head).join('')}…${characters.slice(characters.length - (width - 1 - head)).join('')}`;
}

function escaped(codePoint: number): string {
  const hex = codePoint.toString(16);
  return codePoint < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`;
}
