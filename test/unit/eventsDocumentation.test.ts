import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { allProjections } from '../../projections';

const root = path.resolve(__dirname, '../..');

/** The rows of the table of types. */
const rows = readFileSync(path.join(root, 'docs/events.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| [A-Z]/.test(line))
  .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')));

test('The documentation lists every event type once, and no other', () => {
  const published = readdirSync(path.join(root, 'schemas'))
    .filter((file) => file.endsWith('.avsc'))
    .map((file) => file.split('.')[0]);
  const listed = rows.flatMap(([types = '']) => types.split(', '));
  expect(listed.sort()).toEqual([...new Set(published)].sort());
});

test('The documentation names views that there are, and each of them', () => {
  const named = rows.flatMap(([, , , views = '']) => views.split(', '));
  expect([...new Set(named)].sort()).toEqual(allProjections.map(({ name }) => name).sort());
});
