import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(__dirname, '../..');

describe('npm start', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'tractledger-start-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const start = (): string =>
    execFileSync(
      process.execPath,
      ['-r', path.join(root, 'scripts/typescript.cjs'), path.join(root, 'examples/smallCampaign/run.ts')],
      { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );

  it.each(['run-001', 'run-002'])('runs a real campaign into a ledger of its own, again and again: %s', (run) => {
    const output = start();
    expect(output).toContain(`small-campaign/${run}/ledger.db`);
    // tract 9813 lost one CCD for good; the two that ran out of memory were tried again; one warp is legitimately absent
    expect(output).toMatch(/^all +22 +22 +0$/m);
    expect(output).toMatch(/^all +22 +21 +1$/m);
    expect(output).toMatch(/^tract=9813 +1 +deepCoadd_directWarp +6 +5 +0 +1 /m);
    expect(output).toMatch(/^repeatableQuantumError +permanent +processCcd .* 1 /m);
    expect(output).toMatch(/^outOfMemory +transient /m);
    expect(output).toMatch(/^3 failures/m);
    expect(output).toContain('[assembleCoadd {"filter":"HSC-I","patch":"4,5","tract":9813}]');
    expect(output).toContain('npx tractledger rebuild --check');
  });
});
