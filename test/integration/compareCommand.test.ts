import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Comparison } from '../../consumers/compare/comparison';
import { SqliteLedger } from '../../ledger/sqlite/sqliteLedger';
import { writeSiteMarker } from '../../pipelines/siteMarker';
import { encodeDrafts } from '../../producers/outbox/draft';
import type { LedgerEvent } from '../../schemas';
import { cliArguments, jsonLines, runCli, type CliResult } from '../support/runCli';
import { about, execution, newStory, producerOf, type Tell } from '../support/story';
import { temporaryFolder } from '../support/temporaryFolder';

let cwd: string;
let root: string;
let remove: () => void;
let tell: Tell;

beforeEach(() => {
  ({ folder: cwd, remove } = temporaryFolder());
  root = path.join(cwd, 'root');
  mkdirSync(root);
  writeSiteMarker(root, 'lustre');
  tell = newStory();
});

afterEach(() => {
  remove();
});

const content = 'pixels';
const md5 = createHash('md5').update(content).digest('hex');

async function record(...events: readonly LedgerEvent[]): Promise<void> {
  const ledger = SqliteLedger.open(path.join(cwd, '.tractledger/ledger.db'));
  await ledger.append(producerOf('sidecar'), events[0]?.header.sequence ?? 1, encodeDrafts(events, producerOf('sidecar'), events[0]?.header.sequence ?? 1)); // prettier-ignore
  await ledger.close();
}

/** What one execution wrote, and how it ended. */
function wrote(
  number: number,
  paths: readonly string[],
  outcome: 'ExecutionSucceeded' | 'ExecutionFailed',
  where: { readonly unit?: string; readonly attempt?: number } = {},
): LedgerEvent[] {
  // prettier-ignore
  const id = execution(number);
  const files = paths.map((name) =>
    tell('FileProduced', { execution: id, path: name, sizeBytes: content.length, md5, at: number, ...where }),
  );
  return [...files, tell(outcome, { execution: id, at: number, ...where })];
}

function write(name: string, bytes: string = content): void {
  mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
  writeFileSync(path.join(root, name), bytes);
}

async function compare(...more: string[]): Promise<CliResult> {
  return runCli(['compare', '--root', root, ...more], { cwd });
}

async function compared(...more: string[]): Promise<Comparison & { readonly exitCode: number | null }> {
  const { exitCode, stdout, stderr } = await compare('--json', ...more);
  expect(stderr).toBe('');
  return { ...(JSON.parse(stdout) as Comparison), exitCode };
}

function told({ differences }: Comparison): Record<string, string> {
  return Object.fromEntries(
    differences.map(({ path: name, bucket, role }) => [name, role === null ? bucket : `${bucket} ${role}`]),
  );
}

describe('compare', () => {
  it('ends well only where ledger and disk agree', async () => {
    await record(...wrote(1, ['a/1.fits', 'a/2.fits'], 'ExecutionSucceeded'));
    write('a/1.fits');
    write('a/2.fits');
    const clean = await compared();
    expect(clean).toMatchObject({
      exitCode: 0,
      site: 'lustre',
      check: 'md5',
      differences: [],
      elsewhere: 0,
      purged: 0,
    });
    expect(clean.counts).toEqual({ equal: 2, onlyOnDisk: 0, onlyInLedger: 0, size: 0, md5: 0, unreachable: 0 });
    expect(clean.equalBy).toEqual({ exists: 0, size: 0, md5: 2 });
    rmSync(path.join(root, 'a/1.fits'));
    const { exitCode, stdout } = await compare();
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^onlyInLedger +1$/m);
    expect(stdout).toMatch(/^onlyInLedger +a\/1\.fits/m);
  });

  it('tells each kind of difference, and what the ledger knows of the file', async () => {
    const made = ['same', 'short', 'empty', 'wrong', 'gone', 'folder', 'away', 'purgedGone', 'purgedThere'];
    await record(
      ...wrote(1, made, 'ExecutionSucceeded'),
      ...wrote(2, ['partial', 'partialGone'], 'ExecutionFailed'),
      tell('FilePurged', { execution: execution(1), path: 'purgedGone' }),
      tell('FilePurged', { execution: execution(1), path: 'purgedThere' }),
      tell('FileRegistered', { path: 'raw/1', sizeBytes: content.length, md5: null }),
      tell('FileRegistered', { path: 'raw/2', sizeBytes: 7, md5: null }),
      tell('InputsUsed', { execution: execution(1), files: [{ path: 'calib', datasetType: 'flat' }] }),
      tell('FileLocated', { path: 'gone', execution: execution(1), site: 'lustre', uri: 'x' }),
      tell('FileLocated', { path: 'wrong', execution: execution(1), site: 'lustre', uri: 'x' }),
    );
    ['same', 'purgedThere', 'partial', 'raw/1', 'raw/2', 'orphan', 'folder/inside'].forEach((name) => {
      write(name);
    });
    write('short', 'pix');
    write('empty', '');
    write('wrong', 'piXels');
    symlinkSync('/nowhere/at/all', path.join(root, 'away'));
    symlinkSync('orphan', path.join(root, 'link'));
    symlinkSync(cwd, path.join(root, 'out'));
    execFileSync('mkfifo', [path.join(root, 'fifo')]);
    const found = await compared();
    expect(found.exitCode).toBe(1);
    expect(told(found)).toEqual({
      away: 'unreachable made',
      calib: 'onlyInLedger used',
      empty: 'size made',
      fifo: 'onlyOnDisk',
      folder: 'unreachable made',
      'folder/inside': 'onlyOnDisk',
      gone: 'onlyInLedger made',
      link: 'onlyOnDisk',
      orphan: 'onlyOnDisk',
      out: 'onlyOnDisk',
      partialGone: 'onlyInLedger partial',
      purgedThere: 'onlyOnDisk purged',
      'raw/2': 'size registered',
      short: 'size made',
      wrong: 'md5 made',
    });
    expect(found).toMatchObject({ purged: 1, counts: { equal: 3 }, equalBy: { size: 1, md5: 2 } });
    const bySize = await compared('--check', 'size');
    expect(told(bySize)).not.toHaveProperty('wrong');
    expect(bySize).toMatchObject({ exitCode: 1, check: 'size', equalBy: { size: 4, md5: 0 } });
  });

  it('judges one attempt by what it made or took over, and only counts what is known from elsewhere', async () => {
    await record(
      ...wrote(1, ['1/a', '1/b'], 'ExecutionSucceeded'),
      ...wrote(2, ['2/c'], 'ExecutionSucceeded', { attempt: 2 }),
      ...wrote(3, ['other'], 'ExecutionSucceeded', { unit: 'tract=2' }),
      ...wrote(4, ['1/d'], 'ExecutionSucceeded'),
      tell('JobReused', { attempt: 2, fromExecution: execution(1) }),
    );
    ['1/b', '2/c', 'other', '1/d', 'orphan'].forEach((name) => {
      write(name);
    });
    const second = await compared('--unit', about.unit, '--attempt', '2');
    expect(told(second)).toEqual({ '1/a': 'onlyInLedger made', orphan: 'onlyOnDisk' });
    expect(second).toMatchObject({ counts: { equal: 2 }, elsewhere: 2 });
    expect(told(await compared('--unit', 'tract=2'))).toEqual({ orphan: 'onlyOnDisk' });
    const ignoring = await compared('--unit', 'tract=2', '--ignore', 'orphan', '--ignore', '1/');
    expect(ignoring).toMatchObject({ exitCode: 0, differences: [], elsewhere: 1 });
    expect((await compare('--unit', 'tract=3')).exitCode).toBe(2);
  });

  it('judges what counts now, and what was made again since only when asked', async () => {
    const first = { job: 'one', unit: 'tract=9813', attempt: 1 };
    const taken = { job: 'other', unit: 'tract=9813', attempt: 1 };
    const again = { ...first, attempt: 2 };
    const ended = (number: number, where: object): LedgerEvent =>
      tell('ExecutionSucceeded', { execution: execution(number), ...where, at: number });
    const made = (number: number, name: string, where: object): LedgerEvent =>
      tell('FileProduced', { execution: execution(number), path: name, sizeBytes: content.length, md5, at: number, ...where }); // prettier-ignore
    await record(
      ...[made(1, '1/one.fits', first), made(1, '1/gone.fits', first), ended(1, first)],
      ...[made(2, '1/other.fits', taken), ended(2, taken)],
      made(3, '2/tried.fits', again),
      tell('ExecutionFailed', { execution: execution(3), ...again, at: 3 }),
      ...[made(4, '2/one.fits', again), ended(4, again)],
      tell('JobReused', { ...taken, attempt: 2, fromExecution: execution(2), at: 5 }),
    );
    write('1/one.fits', 'spoilt');
    write('1/other.fits', 'spoilt');
    write('2/tried.fits', '');
    write('2/one.fits');
    const found = await compared();
    expect(told(found)).toEqual({ '1/other.fits': 'md5 made' });
    expect([found.counts.equal, found.superseded, found.elsewhere]).toEqual([1, 2, 0]);
    expect(told(await compared('--unit', 'tract=9813'))).toEqual({ '1/other.fits': 'md5 made' });
    const all = await compared('--all-attempts');
    expect(told(all)).toEqual({
      '1/gone.fits': 'onlyInLedger made',
      '1/one.fits': 'md5 made',
      '1/other.fits': 'md5 made',
      '2/tried.fits': 'size partial',
    });
    expect(all.superseded).toBe(0);
    const { stdout } = await compare();
    expect(stdout).toContain('done again since, and not judged: 2');
    expect(told(await compared('--unit', 'tract=9813', '--attempt', '1'))).toEqual({
      '1/gone.fits': 'onlyInLedger made',
      '1/one.fits': 'md5 made',
      '1/other.fits': 'md5 made',
    });
  });

  it('tells what executions that did not finish left behind from files that nobody planned', async () => {
    const planned = (job: string, ...paths: string[]): LedgerEvent =>
      tell('JobPlanned', { job, predictedOutputs: paths.map((name) => ({ path: name, datasetType: 'warp' })) });
    await record(
      planned('killed', '1/killed.fits', '1/killed.bg.fits'),
      tell('ExecutionStarted', { job: 'killed', execution: execution(1) }),
      tell('ExecutionLost', { job: 'killed', execution: execution(1) }),
      planned('runs', '1/runs.fits'),
      tell('ExecutionStarted', { job: 'runs', execution: execution(2) }),
      planned('done', '1/done.fits', '1/absent.fits'),
      tell('ExecutionStarted', { job: 'done', execution: execution(3) }),
      tell('FileProduced', { execution: execution(3), path: '1/done.fits', sizeBytes: content.length, md5 }),
      tell('ExecutionSucceeded', { job: 'done', execution: execution(3) }),
      planned('waits', '1/waits.fits'),
    );
    const left = ['1/killed.fits', '1/killed.fits.part', '1/killed.bg.fits.failed-0123456789ab', '1/runs.fits'];
    const nobodys = ['1/absent.fits', '1/waits.fits', '1/killed', '1/killed.fit', '2/killed.fits', 'killed.fits.part'];
    const drafts = ['.tractledger-site.json.probe-1', '.tractledger-site.json.2'];
    [...left, ...nobodys, ...drafts, '1/done.fits'].forEach((name) => {
      write(name);
    });
    symlinkSync('done.fits', path.join(root, '1/runs.fits.tmp'));
    const found = await compared();
    expect(told(found)).toEqual(
      Object.fromEntries([...nobodys, '1/runs.fits.tmp'].map((name) => [name, 'onlyOnDisk'] as const)),
    );
    const { unit, attempt } = about;
    const killed = { campaign: about.campaign, unit, attempt, job: 'killed', execution: execution(1), state: 'lost' };
    expect(found.leftovers).toEqual([
      { ...killed, path: '1/killed.bg.fits.failed-0123456789ab' },
      { ...killed, path: '1/killed.fits' },
      { ...killed, path: '1/killed.fits.part' },
      { ...killed, path: '1/runs.fits', job: 'runs', execution: execution(2), state: 'running' },
    ]);
    nobodys.forEach((name) => {
      rmSync(path.join(root, name));
    });
    rmSync(path.join(root, '1/runs.fits.tmp'));
    const { exitCode, stdout } = await compare();
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/did not finish, and not judged: 4;/)]);
    const listed = await compare('--leftovers0');
    expect([listed.exitCode, listed.stdout.split('\0')]).toEqual([0, [...left.slice(0, 3).sort(), '']]);
  });

  it('expects nothing here that is known to lie at another site only', async () => {
    await record(
      ...wrote(1, ['a', 'b'], 'ExecutionSucceeded'),
      tell('FileLocated', { path: 'a', execution: execution(1), site: 'tape', uri: 'x' }),
      tell('FileLocated', { path: 'b', execution: execution(1), site: 'tape', uri: 'x' }),
      tell('FileLocated', { path: 'b', execution: execution(1), site: 'lustre', uri: 'x' }),
    );
    expect(told(await compared())).toEqual({ b: 'onlyInLedger made' });
  });

  it('looks through links to folders only for what the ledger says lies there', async () => {
    await record(...wrote(1, ['linked/1', 'linked/2'], 'ExecutionSucceeded'));
    mkdirSync(path.join(root, 'real'));
    symlinkSync('real', path.join(root, 'linked'));
    write('linked/1');
    expect(told(await compared())).toEqual({ 'linked/2': 'onlyInLedger made', 'real/1': 'onlyOnDisk' });
  });

  it('tells names that are not UTF-8 byte by byte', async () => {
    await record(...wrote(1, ['caf\ufffd', 'd\u00e9/ok'], 'ExecutionSucceeded'));
    write('caf\ufffd');
    write('d\u00e9/ok');
    const latin1 = Buffer.from('caf\xe9', 'latin1');
    const folder = Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff])]);
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), latin1]), content);
    mkdirSync(folder);
    writeFileSync(Buffer.concat([folder, Buffer.from('/below')]), content);
    const found = await compared();
    expect(found.counts).toMatchObject({ equal: 2, onlyOnDisk: 2 });
    expect(found.differences.map(({ path: name, bytes }) => [name, bytes])).toEqual([
      ['\\xff/below', 'ff2f62656c6f77'],
      ['caf\\xe9', latin1.toString('hex')],
    ]);
  });

  it('records what was found, so that a report counts it', async () => {
    await record(...wrote(1, ['a', 'b'], 'ExecutionSucceeded'));
    write('a');
    expect((await compared('--record', '--by', 'ann')).exitCode).toBe(1);
    const { stdout } = await runCli(['events', '--json', '--type', 'FileChecked'], { cwd });
    expect(jsonLines(stdout)).toMatchObject([
      { path: 'a', execution: execution(1), site: 'lustre', result: 'match', checkedBy: 'ann' },
      { path: 'b', result: 'missing', header: { campaign: about.campaign, unit: about.unit, attempt: about.attempt } },
    ]);
    const report = JSON.parse((await runCli(['report', '--json'], { cwd })).stdout) as { fileCounts: unknown[] };
    expect(report.fileCounts).toMatchObject([{ actual: 2, missing: 1 }]);
  });
});

describe('the root of a comparison', () => {
  it('must have a marker, which --mark writes', async () => {
    await record(...wrote(1, ['a'], 'ExecutionSucceeded'));
    const bare = path.join(cwd, 'bare');
    mkdirSync(bare);
    const unmarked = await runCli(['compare', '--root', bare], { cwd });
    expect(unmarked).toMatchObject({ exitCode: 3, stdout: '' });
    expect(unmarked.stderr).toContain('.tractledger-site.json');
    expect((await runCli(['compare', '--root', bare, '--mark'], { cwd })).exitCode).toBe(2);
    expect((await runCli(['compare', '--root', bare, '--mark', '--site', 'bare'], { cwd })).exitCode).toBe(1);
    expect((await runCli(['compare', '--root', bare, '--site', 'lustre'], { cwd })).exitCode).toBe(2);
    expect((await runCli(['compare', '--root', path.join(cwd, 'nowhere')], { cwd })).exitCode).toBe(3);
  });

  it('that vanishes makes nothing missing', async () => {
    await record(...wrote(1, ['a'], 'ExecutionSucceeded'));
    renameSync(root, path.join(cwd, 'away'));
    mkdirSync(root);
    const { exitCode, stdout, stderr } = await compare('--record');
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr).toContain('is the file system mounted?');
    expect((await runCli(['events', '--json', '--type', 'FileChecked'], { cwd })).stdout).toBe('');
  });
});

/** Who may not read what only its owner may: everybody but root, and where these tests run as root, nobody. */
const reader = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
const readerCanRead = spawnSync(process.execPath, [...cliArguments, '--version'], reader).status === 0;

(readerCanRead ? describe : describe.skip)('folders that may not be entered', () => {
  it('are unreachable, and so is what the ledger says lies there', async () => {
    await record(...wrote(1, ['closed/a', 'open/a', 'listless/a', 'unreadable'], 'ExecutionSucceeded'));
    ['closed/a', 'closed/orphan', 'open/a', 'listless/a', 'listless/orphan', 'unreadable'].forEach((name) => {
      write(name);
    });
    expect((await runCli(['project'], { cwd })).exitCode).toBe(0);
    chmodSync(cwd, 0o755);
    execFileSync('chmod', ['-R', 'a+rwX', cwd]);
    chmodSync(path.join(root, 'unreadable'), 0);
    chmodSync(path.join(root, 'closed'), 0);
    chmodSync(path.join(root, 'listless'), 0o311);
    try {
      const argv = [...cliArguments, 'compare', '--root', root, '--no-project', '--json'];
      const { status, stdout, stderr } = spawnSync(process.execPath, argv, { cwd, ...reader, encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
      const found = JSON.parse(stdout) as Comparison;
      expect(told(found)).toEqual({
        'closed/': 'unreachable',
        'closed/a': 'unreachable made',
        'listless/': 'unreachable',
        unreadable: 'unreachable made',
      });
      expect(found.counts.equal).toBe(2);
    } finally {
      execFileSync('chmod', ['-R', 'u+rwX', cwd]);
    }
  });
});
