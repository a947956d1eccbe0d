import { existsSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync, closeSync } from 'node:fs';
import path from 'node:path';
import { BetterSqlite3 } from '../../ledger/sqlite/betterSqlite3';
import { allProjections } from '../../projections';
import { sampleEvents, storeDrafts } from '../support/sampleCampaign';
import { jsonLines, runCli, startCli, type CliResult } from '../support/runCli';
import { temporaryFolder } from '../support/temporaryFolder';

let cwd: string;
let remove: () => void;

beforeEach(() => {
  ({ folder: cwd, remove } = temporaryFolder());
});

afterEach(() => {
  remove();
});

const ledgerFile = '.tractledger/ledger.db';
const viewsFile = '.tractledger/views.db';

/** Runs the command line with an outbox of the test's own. */
async function run(argv: readonly string[], input?: string): Promise<CliResult> {
  const env = { TRACTLEDGER_OUTBOX: path.join(cwd, 'outbox.db') };
  return runCli(argv, input === undefined ? { cwd, env } : { cwd, env, input });
}

async function json(...argv: string[]): Promise<unknown> {
  const { exitCode, stdout, stderr } = await run([...argv, '--json']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return JSON.parse(stdout) as unknown;
}

async function storeSample(): Promise<void> {
  await storeDrafts(`sqlite:${path.join(cwd, ledgerFile)}`, sampleEvents('C'));
}

/** Overwrites bytes of the ledger's file behind its back: the first event that holds a text. */
function damageLedger(text: string): void {
  const file = path.join(cwd, ledgerFile);
  const at = readFileSync(file).indexOf(text);
  expect(at).toBeGreaterThan(0);
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, 'X', at);
  closeSync(descriptor);
}

describe('project', () => {
  it('brings the views up to date, and again has nothing to do', async () => {
    await storeSample();
    const events = sampleEvents('C').length;
    const expected = { views: viewsFile, events, position: expect.any(String) as string, lagEvents: 0, quarantined: 0 };
    expect(await json('project')).toEqual(expected);
    expect(await json('project')).toEqual(expected);
  });

  it('keeps the views while it follows, and lets others only read them', async () => {
    await storeSample();
    const child = startCli(['project', '--follow'], { cwd });
    let log = '';
    await new Promise<void>((resolve) => {
      child.stderr?.on('data', (chunk: Buffer) => {
        log += chunk.toString();
        resolve();
      });
    });
    const second = await run(['project']);
    expect(second.exitCode).toBe(3);
    expect(second.stderr).toContain('another process');
    await storeDrafts(`sqlite:${path.join(cwd, ledgerFile)}`, sampleEvents('D').slice(0, 5));
    const status = await run(['status', '--campaign', 'D', '--json']);
    expect(status).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(status.stdout)).toMatchObject({ lagEvents: 0, units: [{ unit: 'tract=1' }] });
    child.kill('SIGTERM');
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
    expect(jsonLines(log)).toMatchObject([
      { level: 'info', msg: 'keeping the views' },
      { level: 'info', msg: 'stopped' },
    ]);
  });

  it('stops at damage with exit code 4 and says where', async () => {
    await storeSample();
    damageLedger('calexp/2.fits');
    const { exitCode, stderr } = await run(['project']);
    expect(exitCode).toBe(4);
    expect(stderr).toContain('SHA-256');
  });
});

describe('rebuild and digest', () => {
  it('give the same digests as views that grew with the ledger', async () => {
    await storeSample();
    const before = await json('digest');
    expect(before).toEqual({
      position: expect.any(String) as string,
      lagEvents: 0,
      quarantined: 0,
      views: allProjections.map(({ name: view }) => ({
        view,
        version: expect.any(Number) as number,
        digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      })),
    });
    expect(await json('rebuild')).toMatchObject({ views: viewsFile, events: sampleEvents('C').length });
    expect(await json('digest')).toEqual(before);
  });

  it('find a view that is not what the ledger gives, and mend it', async () => {
    await storeSample();
    expect(await json('rebuild', '--check')).toMatchObject({ same: true });
    const views = new BetterSqlite3(path.join(cwd, viewsFile));
    views.prepare('UPDATE job_counts SET succeeded = succeeded + 1').run();
    views.close();
    const check = await run(['rebuild', '--check', '--json']);
    expect(check.exitCode).toBe(1);
    const { same, views: checks } = JSON.parse(check.stdout) as {
      same: boolean;
      views: { view: string; same: boolean }[];
    };
    expect(same).toBe(false);
    expect(checks.filter((row) => !row.same).map(({ view }) => view)).toEqual(['jobs']);
    expect((await run(['rebuild', '--check'])).stdout).toContain('DIFFERS');
    expect((await run(['rebuild'])).exitCode).toBe(0);
    expect((await run(['rebuild', '--check'])).exitCode).toBe(0);
    expect(readdirSync(path.join(cwd, '.tractledger')).filter((name) => name.includes('check'))).toEqual([]);
  });
});

describe('events of a damaged ledger', () => {
  it('stop at the damage, or show it and go on, with exit code 4 either way', async () => {
    await storeSample();
    await storeDrafts(`sqlite:${path.join(cwd, ledgerFile)}`, sampleEvents('D').slice(0, 2));
    damageLedger('calexp/2.fits');
    expect((await run(['events'])).exitCode).toBe(4);
    const { exitCode, stdout } = await run(['events', '--skip-damage', '--json']);
    expect(exitCode).toBe(4);
    const lines = jsonLines(stdout);
    expect(lines.filter((line) => 'damage' in line)).toMatchObject([
      { damage: { firstSequence: 1, lastSequence: sampleEvents('C').length, producer: expect.any(String) as string } },
    ]);
    expect(lines.filter((line) => 'type' in line)).toHaveLength(2);
  });
});

describe('doctor', () => {
  it('tells what is installed, how the ledger answers and how far the views are, with every key', async () => {
    await storeSample();
    await json('project');
    const events = sampleEvents('C').length;
    const fileSystem = expect.any(String) as string;
    const findings = (await json('doctor', '--read-all')) as { schemas: { type: string; versions: number[] }[] };
    expect(findings).toEqual({
      version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      ledger: {
        address: `sqlite:${path.join(cwd, ledgerFile)}`,
        fileSystem,
        answers: true,
        events,
        position: expect.any(String) as string,
        damages: [],
        problem: null,
      },
      outbox: { file: path.join(cwd, 'outbox.db'), fileSystem, exists: false, waitingEvents: null, problem: null },
      views: {
        file: viewsFile,
        fileSystem,
        exists: true,
        position: expect.any(String) as string,
        lagEvents: 0,
        quarantined: 0,
        views: expect.any(Array) as unknown[],
        problem: null,
      },
      schemas: expect.any(Array) as unknown[],
    });
    expect(findings.schemas).toContainEqual({ type: 'FileProduced', versions: [1, 2] });
  });

  it('ends with 3 where the ledger cannot be reached, but tells the rest', async () => {
    const { exitCode, stdout } = await run(['doctor', '--json']);
    expect(exitCode).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({
      ledger: { answers: false, events: null, problem: { exitCode: 3 } },
      views: { exists: false },
    });
    expect(existsSync(path.join(cwd, ledgerFile))).toBe(false);
  });

  it('ends with 4 where it reads damage', async () => {
    await storeSample();
    damageLedger('calexp/2.fits');
    expect((await run(['doctor'])).exitCode).toBe(0);
    const { exitCode, stdout } = await run(['doctor', '--read-all']);
    expect(exitCode).toBe(4);
    expect(stdout).toContain('PROBLEM: 1 of its parts cannot be read');
  });
});

describe('emit', () => {
  const line = (text: string): string =>
    JSON.stringify({ type: 'OperatorNoted', header: { campaign: 'C', unit: 'u' }, text });

  it('stores lines through the outbox, and takes what they leave out from the options', async () => {
    const input = `${line('one')}\n\n${JSON.stringify({ type: 'OperatorNoted', text: 'two' })}\n`;
    const emitted = await run(['emit', '--campaign', 'D', '--json'], input);
    expect(emitted).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(emitted.stdout)).toEqual({ stored: 2, inLedger: true, outbox: path.join(cwd, 'outbox.db') });
    expect(jsonLines((await run(['events', '--json'])).stdout)).toMatchObject([
      { text: 'one', header: { campaign: 'C', unit: 'u', sequence: 1 } },
      { text: 'two', header: { campaign: 'D', unit: null, sequence: 2 } },
    ]);
  });

  it('refuses a bad line with its number and field, and says what is stored', async () => {
    const bad = JSON.stringify({ type: 'OperatorNoted', header: { campaign: 'C' }, text: 7 });
    const { exitCode, stdout, stderr } = await run(['emit'], `${line('one')}\n${bad}\n${line('three')}\n`);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('line 2: field text:');
    expect(stderr).toContain('the 1 event before it is stored');
    expect(jsonLines((await run(['events', '--json'])).stdout)).toMatchObject([{ text: 'one' }]);
  });

  it('keeps events in the outbox while the ledger is away, and relay brings them on', async () => {
    writeFileSync(path.join(cwd, 'in-the-way'), '');
    const ledger = 'sqlite:in-the-way/ledger.db';
    const emitted = await run(['emit', '--ledger', ledger, '--json'], `${line('one')}\n`);
    expect(emitted.exitCode).toBe(0);
    expect(JSON.parse(emitted.stdout)).toMatchObject({ stored: 1, inLedger: false });
    expect(emitted.stderr).toContain('tractledger relay');
    const waiting = await run(['doctor', '--json']);
    expect(JSON.parse(waiting.stdout)).toMatchObject({ outbox: { exists: true, waitingEvents: 1 } });
    const drained = await json('relay');
    expect(drained).toEqual({ outbox: path.join(cwd, 'outbox.db'), exists: true, drained: 1, lost: [] });
    expect(await json('relay')).toMatchObject({ drained: 0 });
    expect(jsonLines((await run(['events', '--json'])).stdout)).toMatchObject([{ text: 'one' }]);
  });
});

describe('import', () => {
  const trace = 'task_id\tname\tstatus\texit\tsubmit\n1\ta (x)\tCOMPLETED\t0\t2026-01-02 03:04:05.678\n';

  it('stores what is new, and tells every key of its report', async () => {
    writeFileSync(path.join(cwd, 'trace.txt'), trace);
    const argv = ['import', 'nextflow', 'trace.txt', '--campaign', 'C', '--unit', 'u'];
    const report = (await json(...argv)) as { stored: number };
    expect(Object.keys(report).sort()).toEqual(
      ['kind', 'campaign', 'unit', 'attempt', 'producer', 'files', 'records', 'ignored', 'read', 'stored']
        .concat(['duplicates', 'timeZone', 'leftForLater', 'warnings'])
        .sort(),
    );
    expect(report.stored).toBeGreaterThan(0);
    expect(await json(...argv)).toMatchObject({ stored: 0, duplicates: report.stored });
  });

  it('refuses a malformed file with file and line', async () => {
    writeFileSync(path.join(cwd, 'trace.txt'), `${trace}2\tb\n`);
    const { exitCode, stderr } = await run(['import', 'nextflow', 'trace.txt', '--campaign', 'C', '--unit', 'u']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/trace\.txt:3: expected/);
    expect(stderr).toContain('nothing of this import is stored');
  });

  it('tells a file that is not there from wrong use', async () => {
    expect((await run(['import', 'nextflow', 'nowhere.txt', '--campaign', 'C', '--unit', 'u'])).exitCode).toBe(3);
    expect(
      (await run(['import', 'nextflow', 'nowhere.txt', '--campaign', 'C', '--unit', 'u', '--time-zone', 'Mars']))
        .exitCode,
    ).toBe(2);
    expect((await run(['import', 'nextflo', 'nowhere.txt'])).stderr).toContain('Did you mean nextflow?');
    expect((await run(['import', 'htcondor'])).exitCode).toBe(2);
  });
});

describe('veto list', () => {
  it('shows vetoes in force, and lifted ones when asked', async () => {
    const state = ['veto', 'visit=1', '--why', 'trail', '--campaign', 'C', '--by', 'ann', '--json'];
    const { veto } = JSON.parse((await run(state)).stdout) as { veto: string };
    const listed = { veto, unit: null, task: null, dataId: { visit: 1 }, why: 'trail', ticket: null, vetoedBy: 'ann' };
    const inForce = { ...listed, lifted: false, liftedWhy: null, liftedBy: null };
    expect(await json('veto', 'list')).toEqual({ campaign: 'C', vetoes: [inForce] });
    await run(['veto', 'lift', veto, '--why', 'seen again', '--by', 'bob']);
    expect(await json('veto', 'list')).toEqual({ campaign: 'C', vetoes: [] });
    expect(await json('veto', 'list', '--all')).toMatchObject({ vetoes: [{ lifted: true, liftedBy: 'bob' }] });
  });
});
