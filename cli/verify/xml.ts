/** Text in XML 1.0, whatever it is. */

// Everything that is no Char of XML 1.0 (section 2.2): most controls, lone surrogates, U+FFFE and U+FFFF.
const noCharacter = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;', // also what ends a CDATA section
  '"': '&quot;',
  "'": '&apos;',
  '\t': '&#9;', // in an attribute it would be read as a space
  '\n': '&#10;',
  '\r': '&#13;',
};

/**
 * The text as the content of an attribute or an element. A character that XML cannot hold is written out: `\x07`,
 * `\u{d800}`.
 */
export function xmlText(text: string): string {
  return text.replace(noCharacter, writtenOut).replace(/[&<>"'\t\n\r]/g, (character) => references[character] ?? '');
}

function writtenOut(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}

/** An element; `content` is XML already. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  content: readonly string[] = [],
): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${xmlText(String(value))}"`);
  const open = `<${name}${written.join('')}`;
  return content.length === 0 ? `${open}/>` : `${open}>${content.join('')}</${name}>`;
}
