import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(__dirname, '../..');

describe('The packed package', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'tractledger-pack-'));
    execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], { cwd: root });
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
    writeFileSync(path.join(folder, 'package.json'), '{ "private": true }');
    execFileSync(
      'npm',
      ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', `./${tarball}`],
      {
        cwd: folder,
        stdio: 'ignore',
      },
    );
    // Compiling better-sqlite3 takes minutes; what was compiled here is the same.
    const compiled = 'node_modules/better-sqlite3/build';
    cpSync(path.join(root, compiled), path.join(folder, compiled), { recursive: true });
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const run = (...command: string[]): string =>
    execFileSync('npx', ['--no-install', 'tractledger', ...command], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, TRACTLEDGER_OUTBOX: path.join(folder, 'outbox.db') },
    });

  it('records a job and reports it from an empty folder', () => {
    run(
      'exec',
      '--campaign',
      'c',
      '--unit',
      'u',
      '--task',
      't',
      '--output',
      'made',
      '--dataset-type',
      'd',
      '--',
      'sh',
      '-c',
      'echo 1 > made',
    );
    const report = JSON.parse(run('report', '--json')) as { fileCounts: { actual: number; bytes: number }[] };
    expect(report.fileCounts).toEqual([expect.objectContaining({ datasetType: 'd', actual: 1, bytes: 2 })]);
  });

  it('exports the library with its types', () => {
    const script = `const { createEmitter, decodeEvent } = require('tractledger'); console.log(typeof createEmitter, typeof decodeEvent)`;
    expect(execFileSync(process.execPath, ['-e', script], { cwd: folder, encoding: 'utf8' }).trim()).toBe(
      'function function',
    );
    expect(readdirSync(path.join(folder, 'node_modules/tractledger/dist'))).toContain('index.d.ts');
  });
});
