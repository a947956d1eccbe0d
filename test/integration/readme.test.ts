import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describeWithSharedData, sharedDataRoot } from '../support/sharedData';

const root = path.resolve(__dirname, '../..');
const blocks = [...readFileSync(path.join(root, 'README.md'), 'utf8').matchAll(/```sh\n([\s\S]*?)```/g)];
const [start = '', ...everyDay] = blocks.map(([, commands = '']) => commands);

describeWithSharedData('htcondor', 'The README', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'tractledger-readme-'));
    mkdirSync(path.join(folder, 'bin'));
    const command = path.join(folder, 'bin', 'tractledger');
    writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${root}/dist/cli/main.js" "$@"\n`);
    chmodSync(command, 0o755);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('names the two commands, which the package has', () => {
    const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(start.trim().split('\n')).toEqual(['npm ci && npm start', 'npm ci && npm test']);
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(['start', 'test']));
  });

  it.each(everyDay.map((commands) => [commands.trim().split('\n')[0] ?? '', commands]))(
    'gives everyday commands that run as they stand: %s',
    (_, commands) => {
      const environment = {
        ...process.env,
        PATH: `${path.join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
        DATA: sharedDataRoot,
        TRACTLEDGER_OUTBOX: path.join(folder, 'outbox.db'),
      };
      const output = execFileSync('sh', ['-euc', commands], { cwd: folder, env: environment, encoding: 'utf8' });
      expect(output).not.toMatch(/this should not have happened/);
    },
  );
});
