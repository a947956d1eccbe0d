import fc from 'fast-check';
import { MadePaths } from '../../consumers/restart/madePaths';
import { PackedFiles } from '../../consumers/restart/packedFiles';

/** Few characters, so that paths come again; quotes and backslashes, which stand otherwise in the packed text. */
const path = fc.string({ unit: fc.constantFrom('a', 'b', '/', '"', '\\', '\n', 'é', '🔭'), maxLength: 4 });
const histories = fc.array(fc.uniqueArray(path, { minLength: 1, maxLength: 6 }), { maxLength: 12 });

function packed(paths: readonly string[], number: number): PackedFiles {
  const lists = [paths.map(() => 'type'), paths, paths.map(() => [1, null, null, 0, 0, null])];
  return new PackedFiles(String(number), ['1', ...lists.map((list) => JSON.stringify(list))].join('\n'));
}

describe('the executions that made a file at a path', () => {
  it('are found among all, and the paths of several are told', () => {
    fc.assert(
      fc.property(histories, path, (history, asked) => {
        const paths = new MadePaths(history.map(packed));
        const makersOf = (wanted: string): string[] =>
          history.flatMap((made, number) => (made.includes(wanted) ? [String(number)] : []));
        for (const each of [...history.flat(), asked]) {
          expect(paths.makersOf(each)).toEqual(expect.arrayContaining(makersOf(each)));
        }
        const repeated = new Set(history.flat().filter((each) => makersOf(each).length > 1));
        expect(new Set(paths.repeated().keys())).toEqual(repeated);
        for (const [each, makers] of paths.repeated()) {
          expect([...makers].sort()).toEqual(makersOf(each).sort());
        }
      }),
    );
  });
});
