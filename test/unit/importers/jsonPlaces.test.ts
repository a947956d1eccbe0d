import fc from 'fast-check';
import { parseJson } from '../../../producers/importers/jsonNode';
import { jsonFault, jsonOffset, jsonPathText } from '../../../producers/importers/jsonPlaces';

/** A JSON text, laid out somehow, of which some characters may be changed. */
const texts = fc
  .tuple(fc.json({ maxDepth: 4 }), fc.constantFrom(undefined, 1, 4, '\t'))
  .map(([json, indent]) => JSON.stringify(JSON.parse(json), null, indent));
const damaged = fc
  .tuple(
    texts,
    fc.nat(),
    fc.constantFrom(
      '',
      '"',
      '\\',
      '{',
      '[',
      ']',
      '}',
      ',',
      ':',
      '-',
      '0',
      '01',
      'e',
      '\n',
      '\u0000',
      'nul',
      '\\u12',
      '.5',
    ),
  )
  .map(([text, at, put]) => text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + 1));

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('the places in a JSON text', () => {
  it('finds a fault exactly where JSON.parse finds one', () => {
    fc.assert(
      fc.property(fc.oneof(texts, damaged, fc.string()), (text) => {
        expect(jsonFault(text) === null).toBe(isJson(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('never places a fault behind what already is none', () => {
    fc.assert(
      fc.property(damaged, (text) => {
        const at = jsonFault(text);
        // What stands before the fault can still become JSON: the same fault, or none, is found in any text that goes on.
        expect(at === null || jsonFault(text.slice(0, at)) === at || jsonFault(text.slice(0, at)) === null).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('finds the place of every value', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const visit = (value: unknown, path: readonly (string | number)[]): void => {
          const shown = JSON.stringify(value);
          const stands = text.slice(jsonOffset(text, path));
          expect(stands.slice(0, 1)).toBe(shown.slice(0, 1));
          if (typeof value === 'object' && value !== null) {
            const entries = Array.isArray(value) ? value.entries() : Object.entries(value);
            [...entries].forEach(([step, item]) => {
              visit(item, [...path, step]);
            });
          }
        };
        visit(JSON.parse(text), []);
      }),
      { numRuns: 300 },
    );
  });

  it('finds the object from which a member is missing, and of two members of one name the last', () => {
    expect(jsonOffset('{"a": [1, {"b": 2}]}', ['a', 1, 'c', 'd'])).toBe(10);
    expect(jsonOffset('{"a": 1, "a": 2}', ['a'])).toBe(14);
  });

  it('writes paths as people do', () => {
    expect(jsonPathText(['workflow', 'tasks', 3, 'in put'])).toBe('$.workflow.tasks[3]["in put"]');
  });

  it('takes a text nested a million deep without a crash', () => {
    const deep = '['.repeat(1_000_000);
    expect(jsonFault(deep)).toBe(1_000_000);
    expect(() => parseJson({ file: 'f', line: 1, text: deep }, 'JSON')).toThrow(/f:1: expected JSON, found "the end"/);
    const node = parseJson({ file: 'f', line: 1, text: `{"a":\n${deep}${']'.repeat(1_000_000)}}` }, 'JSON');
    expect(() => node.member('a').text()).toThrow('f:2: expected a text at $.a, found "a list"');
  });
});
