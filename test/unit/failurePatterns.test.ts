import fc from 'fast-check';
import { matchesInTime } from '../../producers/failures/boundedMatch';
import { compilePattern, PatternError } from '../../producers/failures/patterns';

describe('patterns of rules files', () => {
  test.each([
    ['.*cannot convert float NaN to integer', 'ValueError: cannot convert float NaN to integer', true],
    ['.*lost heartbeat.*', 'line one\nlost heartbeat since 10:00\nline three', true],
    ['.*PSF at (.*) has an invalid FWHM value of nan', 'PSF at (1, 2) has an invalid FWHM value of nan', true],
    ['ends in a dot\\.*', 'ends in a dot', true],
    ['a literal dot\\\\.*', 'a literal dot', false],
    ['(?P<word>\\w+)=(?P=word)', 'same=same', true],
    ['(?P<word>\\w+)=(?P=word)$', 'same=other', false],
    ['(?i)stale FILE handle', 'Stale file handle', true],
    ['stale FILE handle', 'Stale file handle', false],
    ['(?s)begin.*end', 'begin\nend', true],
    ['begin.*end', 'begin\nend', false],
    ['(?m)^second$', 'first\nsecond\nthird', true],
    ['^second$', 'first\nsecond\nthird', false],
    ['\\Afirst', 'first\nsecond', true],
    ['\\Asecond', 'first\nsecond', false],
    ['(?m)\\Asecond', 'first\nsecond', false],
    ['second\\Z', 'first\nsecond', true],
    ['first\\Z', 'first\nsecond', false],
    ['x{,2}y', 'xxy', true],
    ['^x{,2}y', 'xxxy', false],
    ['^x{2}y', 'xxy', true],
    ['{key}', 'a {key} b', true],
    ['[]x]+', ']]', true],
    ['^[^]x]$', ']', false],
    ['a(?#any comment)b', 'ab', true],
    ['(?<=code )20', 'exit code 20', true],
    ['(?<!code )20', 'exit code 20', false],
    ['File \\"src/CoaddPsf.cc\\".*Kernel', 'File "src/CoaddPsf.cc", in Kernel', true],
    ['.*', 'anything', true],
  ])('%j on %j: %s', (pattern, text, expected) => {
    expect(matchesInTime(compilePattern(pattern), text)).toBe(expected);
  });

  test.each([
    ['(unclosed', /not a regular expression/],
    ['[unclosed', /never closed/],
    ['a**', /not a regular expression/],
    ['a*+', /possessive "\*\+"/],
    ['a{2}+', /possessive/],
    ['(?>atomic)', /atomic group/],
    ['(a)?(?(1)b|c)', /conditional/],
    ['(?x) a # comment', /flag \(\?x\)/],
    ['a(?i)b', /at its very beginning/],
    ['a(?i:b)', /at its very beginning/],
    ['\\N{DEGREE SIGN}', /\\N/],
    ['ends\\', /single backslash/],
    ['x'.repeat(5000), /5000 characters/],
  ])('%j is refused with a reason', (pattern, reason) => {
    expect(() => compilePattern(pattern)).toThrow(PatternError);
    expect(() => compilePattern(pattern)).toThrow(reason);
  });

  test('any text whatever compiles or is refused with PatternError', () => {
    const fragments = fc.constantFrom(
      '(',
      ')',
      '[',
      ']',
      '(?P<a>',
      '(?P=a)',
      '(?i)',
      '*',
      '+',
      '?',
      '{',
      '}',
      ',',
      '\\',
      '^',
      '$',
      '.*',
      '|',
      '2',
      'a',
    );
    const patterns = fc.oneof(
      fc.string(),
      fc.array(fragments).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(patterns, (pattern) => {
        try {
          expect(compilePattern(pattern)).toBeInstanceOf(RegExp);
        } catch (error) {
          expect(error).toBeInstanceOf(PatternError);
        }
      }),
      { numRuns: 5000 },
    );
  });

  test('text that is no pattern finds itself', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zA-Z0-9 ,:;'"/=<>!-]+$/), fc.string(), fc.string(), (text, before, after) => {
        expect(matchesInTime(compilePattern(text), before + text + after)).toBe(true);
      }),
    );
  });

  test('a pattern that backtracks for ever is stopped', () => {
    expect(matchesInTime(compilePattern('(a+)+$'), `${'a'.repeat(60)}b`)).toBe('timedOut');
  });
});
