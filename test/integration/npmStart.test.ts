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

  it.each(['run-001', 'run-002'])(
    'runs a real campaign, is killed, resumes and verifies, again and again: %s',
    (run) => {
      const output = start();
      expect(output).toContain(`small-campaign/${run}/ledger.db`);
      // killed when 14 of 22 jobs were done: what is left runs as the next attempt, the rest is taken over
      expect(output).toMatch(/^processCcd +take over +\d+ /m);
      expect(output).toMatch(/^saved: +1[3-9] jobs, /m);
      expect(output).toMatch(/^tract=8766 attempt 2: complete after /m);
      expect(output).toMatch(/^ {2}22 jobs: \d succeeded, 1[3-9] reused/m);
      // tract 9813 lost one CCD for good; one warp is legitimately absent
      expect(output).toMatch(/^tract=8766 attempt 2: pass$/m);
      expect(output).toMatch(/^tract=9813 attempt 1: pass with accepted losses$/m);
      expect(output).toMatch(/^tract=9813 +1 +deepCoadd_directWarp +6 +5 +0 +1 /m);
      // the two that ran out of memory were tried again
      expect(output).toMatch(/^repeatableQuantumError +permanent +processCcd .* 1 /m);
      expect(output).toMatch(/^outOfMemory +transient /m);
      expect(output).toContain('[assembleCoadd {"filter":"HSC-I","patch":"4,5","tract":9813}]');
      expect(output).toContain('npx tractledger rebuild --check');
    },
  );
});
