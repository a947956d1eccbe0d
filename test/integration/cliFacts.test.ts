import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { jsonLines, runCli, startCli } from '../support/runCli';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'tractledger-cli-'));
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

async function note(text: string, ...more: string[]): Promise<void> {
  const { exitCode, stderr } = await runCli(['note', text, '--campaign', 'C', ...more], { cwd });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
}

describe('tractledger', () => {
  it('suggests the command that was meant, as wrong use', async () => {
    const { exitCode, stdout, stderr } = await runCli(['evnts'], { cwd });
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain("unknown command 'evnts'");
    expect(stderr).toContain('Did you mean events?');
  });

  it('suggests the option that was meant', async () => {
    const { exitCode, stderr } = await runCli(['events', '--folow'], { cwd });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('Did you mean --follow?');
  });

  it('prints help as asked for with exit code 0, and as a reminder with exit code 2', async () => {
    const asked = await runCli(['--help'], { cwd });
    expect(asked.exitCode).toBe(0);
    expect(asked.stdout).toContain('Exit codes:');
    const reminded = await runCli([], { cwd });
    expect(reminded.exitCode).toBe(2);
    expect(reminded.stderr).toContain('Exit codes:');
    const one = await runCli(['help', 'note'], { cwd });
    expect(one.exitCode).toBe(0);
    expect(one.stdout).toContain('Examples:');
  });

  it('prints its version', async () => {
    const { exitCode, stdout } = await runCli(['--version'], { cwd });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('says where a ledger is missing, what to do, and no stack unless asked', async () => {
    const { exitCode, stdout, stderr } = await runCli(['events', '--ledger', 'sqlite:nowhere.db'], { cwd });
    expect(exitCode).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toMatch(
      /^tractledger: there is no ledger at sqlite:.*nowhere\.db; check --ledger or TRACTLEDGER_URL/,
    );
    expect(stderr).not.toContain('    at ');
    const debug = await runCli(['events', '--ledger', 'sqlite:nowhere.db', '--debug'], { cwd });
    expect(debug.exitCode).toBe(3);
    expect(debug.stderr).toContain('    at ');
  });

  it('never shows a password that a ledger’s URL holds', async () => {
    const { exitCode, stderr } = await runCli(['events', '--ledger', 'esdb://ann:hunter2@localhost:2113'], { cwd });
    expect(exitCode).toBe(3);
    expect(stderr).not.toContain('hunter2');
  });

  it('tells a path from a URL', async () => {
    const { exitCode, stderr } = await runCli(['events', '--ledger', 'ledger.db'], { cwd });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('sqlite:ledger.db');
  });
});

describe('note', () => {
  it('stores the remark with who said it, without the secrets in it', async () => {
    await note('password=hunter2 is bad', '--unit', 'tract=9813', '--attempt', '2', '--ticket', 'DM-1', '--by', 'ann');
    const { exitCode, stdout } = await runCli(['events', '--json'], { cwd });
    expect(exitCode).toBe(0);
    const [event, ...others] = jsonLines(stdout);
    expect(others).toEqual([]);
    expect(event).toEqual({
      type: 'OperatorNoted',
      header: {
        producer: expect.stringMatching(uuidForm) as string,
        sequence: 1,
        occurredAt: expect.stringMatching(/Z$/) as string,
        campaign: 'C',
        unit: 'tract=9813',
        attempt: 2,
      },
      text: 'password=[redacted] is bad',
      job: null,
      path: null,
      ticket: 'DM-1',
      notedBy: 'ann',
      recordedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
      position: expect.stringMatching(/^sqlite:/) as string,
    });
  });

  it('asks for the campaign, from option or environment', async () => {
    const without = await runCli(['note', 'hello'], { cwd });
    expect(without.exitCode).toBe(2);
    expect(without.stderr).toContain('TRACTLEDGER_CAMPAIGN');
    const { exitCode } = await runCli(['note', 'hello'], { cwd, env: { TRACTLEDGER_CAMPAIGN: 'C' } });
    expect(exitCode).toBe(0);
  });

  it('refuses an empty remark and an attempt of no unit', async () => {
    expect((await runCli(['note', ' ', '--campaign', 'C'], { cwd })).exitCode).toBe(2);
    expect((await runCli(['note', 'x', '--campaign', 'C', '--attempt', '1'], { cwd })).exitCode).toBe(2);
    expect((await runCli(['note', 'x', '--campaign', 'C', '--unit', 'u', '--attempt', '0'], { cwd })).exitCode).toBe(2);
  });
});

describe('veto', () => {
  it('is stated with a canonical data ID, and lifted by its UUID with the scope it had', async () => {
    const stated = await runCli(
      ['veto', 'visit=1228', 'filter=a,b=c', '--why', 'trail', '--campaign', 'C', '--unit', 'u', '--json'],
      { cwd },
    );
    expect(stated.exitCode).toBe(0);
    const { veto } = JSON.parse(stated.stdout) as { veto: string };
    const lifted = await runCli(['veto', 'lift', veto, '--why', 'seen again'], { cwd });
    expect(lifted).toMatchObject({ exitCode: 0, stderr: '' });
    const events = jsonLines((await runCli(['events', '--json'], { cwd })).stdout);
    expect(events).toMatchObject([
      { type: 'DataIdVetoed', veto, task: null, dataId: '{"filter":"a,b=c","visit":1228}', why: 'trail' },
      { type: 'VetoLifted', veto, why: 'seen again', header: { campaign: 'C', unit: 'u', attempt: null } },
    ]);
  });

  it('refuses to lift what nobody stated', async () => {
    await note('hello');
    const { exitCode, stderr } = await runCli(['veto', 'lift', 'a8e88757-6954-47d4-b763-5650e15f2504'], { cwd });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('no veto a8e88757-6954-47d4-b763-5650e15f2504 was ever stated');
  });

  it('refuses to veto everything, or without a reason', async () => {
    expect((await runCli(['veto', '{}', '--why', 'x', '--campaign', 'C'], { cwd })).exitCode).toBe(2);
    expect((await runCli(['veto', 'visit=1', '--campaign', 'C'], { cwd })).exitCode).toBe(2);
    expect((await runCli(['veto', 'visit', '--why', 'x', '--campaign', 'C'], { cwd })).exitCode).toBe(2);
  });
});

describe('events', () => {
  it('filters by type, unit and job, and ends at the limit', async () => {
    await note('one', '--unit', 'u');
    await note('two', '--job', 'processCcd {"visit":1}');
    await runCli(['veto', 'visit=1', '--why', 'x', '--campaign', 'D'], { cwd });
    const texts = async (...filter: string[]): Promise<unknown[]> => {
      const { exitCode, stdout } = await runCli(['events', '--json', ...filter], { cwd });
      expect(exitCode).toBe(0);
      return jsonLines(stdout).map(({ type, text }) => text ?? type);
    };
    expect(await texts()).toEqual(['one', 'two', 'DataIdVetoed']);
    expect(await texts('--type', 'operatornoted')).toEqual(['one', 'two']);
    expect(await texts('--type', 'DataIdVetoed', 'VetoLifted')).toEqual(['DataIdVetoed']);
    expect(await texts('--unit', 'u')).toEqual(['one']);
    expect(await texts('--job', 'processCcd {"visit":1}')).toEqual(['two']);
    expect(await texts('--campaign', 'D')).toEqual(['DataIdVetoed']);
    expect(await texts('--limit', '1')).toEqual(['one']);
  });

  it('goes on behind a position that it told', async () => {
    await note('one');
    await note('two');
    const [first] = jsonLines((await runCli(['events', '--json'], { cwd })).stdout);
    const { stdout } = await runCli(['events', '--json', '--from', String(first?.['position'])], { cwd });
    expect(jsonLines(stdout)).toMatchObject([{ text: 'two' }]);
    const foreign = await runCli(['events', '--from', 'sqlite:a8e88757-6954-47d4-b763-5650e15f2504:1'], { cwd });
    expect(foreign.exitCode).toBe(2);
    expect(foreign.stderr).toContain('belongs to ledger');
  });

  it('shows what an event smuggles in as text', async () => {
    await note('a\u001b[2Jb');
    const { stdout } = await runCli(['events'], { cwd });
    expect(stdout).toContain('text=a\\e[2Jb');
  });

  it('refuses a type that does not exist, naming those that do', async () => {
    const { exitCode, stderr } = await runCli(['events', '--type', 'FileMade'], { cwd });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('FileProduced');
  });

  it('ends quietly when its reader has gone', async () => {
    await note('x'.repeat(100_000)); // more than a pipe holds
    await note('y'.repeat(100_000));
    const child = startCli(['events'], { cwd });
    const stderr: Buffer[] = [];
    child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.stdout?.destroy();
    const exitCode = await new Promise((resolve) => child.once('close', resolve));
    expect({ exitCode, stderr: Buffer.concat(stderr).toString() }).toEqual({ exitCode: 0, stderr: '' });
  });

  it('follows the ledger until it is interrupted, and then ends well', async () => {
    await note('before');
    const child = startCli(['events', '--follow', '--json'], { cwd });
    let stdout = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    const seen = async (text: string): Promise<void> => {
      while (!stdout.includes(text)) {
        await new Promise((resolve) => child.stdout?.once('data', resolve));
      }
    };
    await seen('before');
    await note('after');
    await seen('after');
    child.kill('SIGINT');
    const exitCode = await new Promise((resolve) => child.once('close', resolve));
    expect(exitCode).toBe(0);
    expect(jsonLines(stdout)).toMatchObject([{ text: 'before' }, { text: 'after' }]);
  });
});

describe('relay', () => {
  it('copies a ledger once, and what is there already never again', async () => {
    await note('one');
    await note('two');
    const source = 'sqlite:.tractledger/ledger.db';
    const relay = ['relay', source, '--ledger', 'sqlite:copy.db', '--json'];
    const first = await runCli(relay, { cwd });
    expect(first).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(first.stdout)).toMatchObject({ events: 2, stored: 2 });
    expect(JSON.parse((await runCli(relay, { cwd })).stdout)).toMatchObject({ events: 2, stored: 0 });
    const copied = jsonLines((await runCli(['events', '--json', '--ledger', 'sqlite:copy.db'], { cwd })).stdout);
    const original = jsonLines((await runCli(['events', '--json'], { cwd })).stdout);
    const identity = (events: typeof copied): unknown[] => events.map(({ header }) => header);
    expect(identity(copied)).toEqual(identity(original));
  });

  it('says which ledger is missing', async () => {
    const { exitCode, stderr } = await runCli(['relay', 'sqlite:nowhere.db'], { cwd });
    expect(exitCode).toBe(3);
    expect(stderr).toContain('nowhere.db');
  });

  it('logs JSON for services while following', async () => {
    await note('one');
    const child = startCli(['relay', 'sqlite:.tractledger/ledger.db', '--ledger', 'sqlite:copy.db', '--follow'], {
      cwd,
    });
    let stderr = '';
    await new Promise<void>((resolve) => {
      child.stderr?.on('data', (chunk: Buffer) => {
        stderr += chunk.toString();
        resolve();
      });
    });
    child.kill('SIGTERM');
    const exitCode = await new Promise((resolve) => child.once('close', resolve));
    expect(exitCode).toBe(0);
    expect(jsonLines(stderr)).toMatchObject([
      { level: 'info', msg: 'relaying' },
      { level: 'info', msg: 'stopped' },
    ]);
  });
});
