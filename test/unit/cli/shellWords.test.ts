import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { shellWord } from '../../../cli/output/shellWords';

test('A shell reads a word back as it was', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 20 }), (drawn) => {
      // No argument of a process can hold a null character.
      const texts = [...drawn, 'a,b \'c\' "d" $HOME `e` \\ \n!', '日本'].map((text) => text.replaceAll('\0', ''));
      const script = `printf '%s\\0' ${texts.map(shellWord).join(' ')}`;
      expect(spawnSync('sh', ['-c', script]).stdout.toString('utf8')).toBe(texts.map((text) => `${text}\0`).join(''));
    }),
    { numRuns: 20 },
  );
});

test('What means nothing to a shell stands as it is', () => {
  expect(['HSC-RC1', 'tract=9813', 'a,b'].map(shellWord)).toEqual(['HSC-RC1', 'tract=9813', 'a,b']);
  expect(['', 'x y', '~', '-dash'].map(shellWord)).toEqual(["''", "'x y'", "'~'", '-dash']);
});
