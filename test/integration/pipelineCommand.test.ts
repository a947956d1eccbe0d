import { coaddDefinition, coaddTables, writePipeline } from '../support/coaddPipeline';
import { runCli } from '../support/runCli';
import { temporaryFolder } from '../support/temporaryFolder';

const { folder: cwd, remove } = temporaryFolder();
afterAll(remove);

describe('pipeline check', () => {
  it('says that a sound definition has no problem', async () => {
    writePipeline(cwd);
    const { exitCode, stdout, stderr } = await runCli(['pipeline', 'check', 'coadd.yaml'], { cwd });
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: 'coadd.yaml: no problem\n', stderr: '' });
  });

  it('tells every problem with file and line, and ends with 1', async () => {
    writePipeline(cwd, coaddDefinition.replace('role: product', 'role: produkt').replace('retries: 2', 'retries: -1'));
    const { exitCode, stdout } = await runCli(['pipeline', 'check', 'coadd.yaml'], { cwd });
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^coadd\.yaml:25: expected .*\ncoadd\.yaml:53: expected .*\n2 problems\n$/);
  });

  it('finds what only the plan shows, as JSON too', async () => {
    writePipeline(cwd, coaddDefinition, { ...coaddTables, 'ccds.csv': 'tract,visit,ccd\n1,10,1\n' });
    const { exitCode, stdout } = await runCli(['pipeline', 'check', 'coadd.yaml', '--json'], { cwd });
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      pipeline: 'coadd',
      problems: [
        { unit: 'tract=1' },
        { unit: 'tract=2', line: null, message: expect.stringContaining('calexp') as string },
      ],
    });
  });

  it('ends with 3 where the definition cannot be read', async () => {
    const { exitCode, stderr } = await runCli(['pipeline', 'check', 'nowhere.yaml'], { cwd });
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/^tractledger: nowhere\.yaml: cannot be read/);
  });
});

describe('pipeline show', () => {
  it('prints the graph of each unit in numbers', async () => {
    writePipeline(cwd);
    const { exitCode, stdout } = await runCli(['pipeline', 'show', 'coadd.yaml'], { cwd });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/jobs of task +tract=1 +tract=2\nprocessCcd +4 +1\nwarp +3 +1\ncoadd +2 +1\n/);
    expect(stdout).toMatch(/raw \(registered\) +4 +1\n/);
    expect(stdout).toMatch(/longest path, jobs +3 +3\n/);
  });

  it('prints them as JSON', async () => {
    writePipeline(cwd);
    const { stdout } = await runCli(['pipeline', 'show', 'coadd.yaml', '--json', '--unit', 'tract=2'], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({
      pipeline: 'coadd',
      digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      units: [{ unit: 'tract=2', jobs: 3, jobsByTask: { processCcd: 1, warp: 1, coadd: 1 }, edges: 2 }],
    });
  });

  it('refuses a definition with problems as wrong use', async () => {
    writePipeline(cwd, 'format: 1\n');
    const { exitCode, stderr } = await runCli(['pipeline', 'show', 'coadd.yaml'], { cwd });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('coadd.yaml:1: expected the definition to have pipeline');
  });
});

describe('pipeline', () => {
  it.each([['check'], ['show'], ['names', '--format', 'wcl']])(
    '%s uses no ledger, and so takes none',
    async (...argv) => {
      const { exitCode, stdout } = await runCli(['pipeline', ...argv, '--help'], { cwd });
      expect([exitCode, stdout.includes('--json'), stdout.includes('--ledger')]).toEqual([0, true, false]);
      const told = await runCli(['pipeline', ...argv, 'coadd.yaml', '--ledger', 'sqlite:ledger.db'], { cwd });
      expect(told).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining("unknown option '--ledger'") as string,
      });
    },
  );
});

describe('pipeline names', () => {
  it('prints the names in the format asked for, and warns of values that the other system reads otherwise', async () => {
    writePipeline(cwd);
    const { exitCode, stdout, stderr } = await runCli(['pipeline', 'names', 'coadd.yaml', '--format', 'wcl'], { cwd });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^<directory_pattern>\n/);
    expect(stderr).toMatch(/^tractledger: warning: values that the other system/);
    const unknown = await runCli(['pipeline', 'names', 'coadd.yaml', '--format', 'paf'], { cwd });
    expect(unknown).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('butler-policy, wcl, csv') as string,
    });
  });
});

describe('pipeline diff', () => {
  it('prints what differs and what that changes for verification', async () => {
    writePipeline(`${cwd}/old`);
    const overlaps = 'tract,patch,filter,visit\n1,"4,4",HSC-I,10\n1,"4,5",HSC-I,11\n2,"0,0",HSC-R,12\n';
    writePipeline(
      `${cwd}/new`,
      coaddDefinition.replace('threshold: 5.5', 'threshold: 5').replace('metadata: [tract, visit, filter, ccd]', ''),
      { ...coaddTables, 'overlaps.csv': overlaps },
    );
    const { exitCode, stdout } = await runCli(['pipeline', 'diff', 'old/coadd.yaml', 'new/coadd.yaml'], { cwd });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('- task processCcd, science.threshold: `5.5` becomes `5`\n');
    expect(stdout).toContain('- tract=1, jobs of warp: 3 becomes 2\n');
    expect(stdout).toContain('- dataset type calexp, metadata: which metadata must be there\n');
    const same = await runCli(['pipeline', 'diff', 'old/coadd.yaml', 'old/coadd.yaml', '--json'], { cwd });
    expect(JSON.parse(same.stdout)).toMatchObject({ differences: [], counts: [] });
  });

  it('tells of a task that is gone', async () => {
    writePipeline(`${cwd}/old`);
    const start = coaddDefinition.indexOf('  coadd:\n    dimensions: [tract, patch, filter]\n    over');
    const dropped = coaddDefinition.slice(0, start) + coaddDefinition.slice(coaddDefinition.indexOf('science:\n'));
    const type = / {2}coadd:\n {4}role: product\n.*\n.*\n/;
    writePipeline(`${cwd}/new`, dropped.replace(type, ''));
    const { stdout } = await runCli(['pipeline', 'diff', 'old/coadd.yaml', 'new/coadd.yaml'], { cwd });
    expect(stdout).toContain('- task coadd: gone\n');
    expect(stdout).toContain('- tract=2, files of coadd: 1 becomes 0\n');
    expect(stdout).toContain('- task coadd: gone: expected no more\n');
  });
});
