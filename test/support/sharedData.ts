import { existsSync } from 'node:fs';
import path from 'node:path';

/** Where the real data of other systems lies: beside the checkout, never inside it. */
export const sharedDataRoot = path.resolve(__dirname, '../../../shared/data');

/**
 * `describe` for suites that read real data from beside the checkout. Where a folder is absent the suite is skipped
 * under a name that says so, unless TRACTLEDGER_REQUIRE_SERVICES is set, as CI sets it: then it runs and fails.
 */
export function describeWithSharedData(folder: string, name: string, suite: (root: string) => void): void {
  const root = path.join(sharedDataRoot, folder);
  if (existsSync(root) || process.env['TRACTLEDGER_REQUIRE_SERVICES'] !== undefined) {
    describe(name, () => {
      suite(root);
    });
  } else {
    describe.skip(`${name} (skipped: no ${folder} beside the checkout)`, () => {
      suite(root);
    });
  }
}
