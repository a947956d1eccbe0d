/** Data IDs by example: what an operator types, and what it means. */
import { canonicalDataId, DataIdError, parseDataId, untypedValue } from '../../schemas';

describe('a canonical data ID', () => {
  it.each([
    [{ visit: 1228, ccd: 49 }, '{"ccd":49,"visit":1228}'],
    [{ filter: 'HSC-I,N387', comment: 'a "b"=\\/' }, '{"comment":"a \\"b\\"=\\\\/","filter":"HSC-I,N387"}'],
    [{ δ: 'α', a: '' }, '{"a":"","δ":"α"}'],
    [{ b: 1, B: 2, a10: 3, a9: 4 }, '{"B":2,"a10":3,"a9":4,"b":1}'],
    [{ 10: 'ten', 9: 'nine' }, '{"10":"ten","9":"nine"}'],
    [{ visit: -0 }, '{"visit":0}'],
    [{}, '{}'],
  ])('of %j is %s', (dataId, canonical) => {
    expect(canonicalDataId(dataId)).toBe(canonical);
  });

  it('tells a number from a text', () => {
    expect(canonicalDataId({ visit: 7 })).not.toBe(canonicalDataId({ visit: '7' }));
  });

  it.each([1.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d', (visit) => {
    expect(() => canonicalDataId({ visit })).toThrow(
      /visit is .*; a data ID's value is a text or an integer below 2\^53/,
    );
  });
});

describe('an untyped value', () => {
  it.each<[string, string | number]>([
    ['7', 7],
    ['007', '007'],
    ['0', 0],
    ['-0', '-0'],
    ['-7', -7],
    ['+7', '+7'],
    ['7.0', '7.0'],
    ['1e3', '1e3'],
    ['0x10', '0x10'],
    [' 7', ' 7'],
    ['', ''],
    ['٧', '٧'],
    ['7\n', '7\n'],
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', '9007199254740992'],
    ['-9007199254740992', '-9007199254740992'],
  ])('%j is %j', (text, value) => {
    expect(untypedValue(text)).toBe(value);
  });
});

describe('a data ID from a command line', () => {
  it.each<[string[], object]>([
    [['visit=1228', 'ccd=49'], { visit: 1228, ccd: 49 }],
    [['filter=HSC-I,N387', 'comment=a=b "c" /d'], { filter: 'HSC-I,N387', comment: 'a=b "c" /d' }],
    [['field='], { field: '' }],
    [['{"visit":1228}', 'ccd=49'], { visit: 1228, ccd: 49 }],
    [[' {"visit":"007"}'], { visit: '007' }],
    [['__proto__=7'], Object.fromEntries([['__proto__', 7]])],
    [[], {}],
  ])('%j is %j', (texts, dataId) => {
    expect(parseDataId(texts)).toEqual(dataId);
    expect(Object.keys(parseDataId(texts))).toEqual(Object.keys(dataId));
  });

  it.each<[string[], RegExp]>([
    [['visit'], /"visit" is no data ID; expected key=value or a JSON object/],
    [['=7'], /"=7" is no data ID/],
    [['{"visit":'], /is not JSON/],
    [['{"visit":1.5}'], /visit is 1\.5; a data ID's value is a text or an integer/],
    [['{"visit":null}'], /visit is null/],
    [['{"visit":[7]}'], /visit is \[7\]/],
    [['visit=7', 'visit=8'], /names visit twice/],
    [['{"visit":7}', 'visit=7'], /names visit twice/],
  ])('refuses %j', (texts, problem) => {
    expect(() => parseDataId(texts)).toThrow(DataIdError);
    expect(() => parseDataId(texts)).toThrow(problem);
  });
});
