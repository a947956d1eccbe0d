/** Lets processes that the code under test forks from its own TypeScript files run as they are. */
import path from 'node:path';

/** Registers what must be done before and after the tests of a file. */
export function runForkedTypeScript(): void {
  const before = process.env['NODE_OPTIONS'];
  beforeAll(() => {
    process.env['NODE_OPTIONS'] = `${before ?? ''} -r ${path.resolve(__dirname, '../../scripts/typescript.cjs')}`;
  });
  afterAll(() => {
    if (before === undefined) {
      delete process.env['NODE_OPTIONS'];
    } else {
      process.env['NODE_OPTIONS'] = before;
    }
  });
}
