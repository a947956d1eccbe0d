/** Texts with placeholders: `{visit}`, `{visit:07}`, `{inputs.calexp}`; `{{` and `}}` are the braces themselves. */

/** What a text is made of: literals, and names that stand for values. */
export type Piece =
  | { readonly literal: string }
  | {
      readonly name: string;
      /** What stands before the dot: inputs, outputs or science; null for a plain name. */
      readonly group: string | null;
      /** Digits to which an int is filled up with zeros; 0 for as many as it has. */
      readonly padDigits: number;
    };

/** A text whose braces make no placeholders. */
export class PlaceholderError extends Error {
  override readonly name = 'PlaceholderError';
}

const tokens = /\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+/g;
const inside = /^(?:([A-Za-z]\w*)\.)?([A-Za-z]\w*)(?::0([1-9]\d?))?$/;

/** The pieces of a text; no two literals follow one another. @throws {PlaceholderError} */
export function parsePlaceholders(text: string): Piece[] {
  const pieces: Piece[] = [];
  let literal = '';
  for (const [token, content] of text.matchAll(tokens)) {
    if (content === undefined) {
      literal += literalOf(token, text);
      continue;
    }
    if (literal !== '') {
      pieces.push({ literal });
      literal = '';
    }
    const match = inside.exec(content);
    if (match === null) {
      throw new PlaceholderError(
        `{${content}} is no placeholder: expected {NAME}, {NAME:07} or {GROUP.NAME}, and {{ and }} for braces`,
      );
    }
    const [, group = null, name = '', digits = '0'] = match;
    pieces.push({ name, group, padDigits: Number(digits) });
  }
  if (literal !== '') {
    pieces.push({ literal });
  }
  return pieces;
}

function literalOf(token: string, text: string): string {
  if (token === '{{' || token === '}}') {
    return token.charAt(0);
  }
  if (token === '{' || token === '}') {
    throw new PlaceholderError(
      `${JSON.stringify(text)} has a single ${token}: write ${token}${token} for the brace itself`,
    );
  }
  return token;
}

/** A value as text, an int filled up with zeros behind its sign. */
export function valueText(value: string | number, padDigits: number): string {
  if (typeof value === 'string' || padDigits === 0) {
    return String(value);
  }
  const digits = String(Math.abs(value)).padStart(padDigits, '0');
  return value < 0 ? `-${digits}` : digits;
}
