import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { environmentDigest, readEnvironmentFile, seenEnvironment } from '../../../producers/runner/environment';
import { temporaryFolder } from '../../support/temporaryFolder';

const { folder, remove } = temporaryFolder();
afterAll(remove);

function file(text: string): string {
  const name = path.join(folder, 'environment.json');
  writeFileSync(name, text);
  return name;
}

test('The packages that EUPS set up are seen, a working copy among them, and what is said adds to them', () => {
  const variables = {
    SETUP_AFW: 'afw 13.0+8 -f Linux64 -Z /opt',
    SETUP_OBS: 'obs LOCAL:/home/me/obs',
    SETUP_X: 'x -f L',
  };
  const words = readEnvironmentFile(
    file('{"compiler":"gcc 6.3.1","packages":{"numpy":"1.13"},"patches":[{"name":"afw"}]}'),
  );
  expect(seenEnvironment(variables, words)).toMatchObject({
    compiler: 'gcc 6.3.1',
    packages: { afw: '13.0+8', obs: 'LOCAL:/home/me/obs', numpy: '1.13' },
    patches: [{ name: 'afw', ticket: null }],
  });
});

test('The digest depends on what is there, not on its order', () => {
  const one = { ...seenEnvironment({}), packages: { a: '1', b: '2' } };
  expect(environmentDigest({ ...one, packages: { b: '2', a: '1' } })).toBe(environmentDigest(one));
  expect(environmentDigest({ ...one, packages: { a: '1', b: '3' } })).not.toBe(environmentDigest(one));
  expect(environmentDigest({ ...one, compiler: 'gcc 4.8' })).not.toBe(environmentDigest(one));
});

test.each([
  ['no JSON', '{', 'this is no JSON'],
  ['no object', '[]', 'expected a JSON object'],
  ['a stranger', '{"os":"x"}', 'os: no such field'],
  ['a wrong value', '{"packages":{"a":1}}', 'packages: {"a":1} is not what it should be'],
])('A description with %s is refused with its reason', (_, text, message) => {
  expect(() => readEnvironmentFile(file(text))).toThrow(message);
});
