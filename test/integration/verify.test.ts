import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { VerificationReport } from '../../consumers/verification/report';
import { openLedger } from '../../ledger/openLedger';
import { encodeEvent, type LedgerEvent } from '../../schemas';
import { changed, cleanStory, fileOf, storyDefinition, without } from '../support/coaddStory';
import { writePipeline } from '../support/coaddPipeline';
import { jsonLines, runCli, type CliResult } from '../support/runCli';
import { temporaryFolder } from '../support/temporaryFolder';
import { readXml } from '../support/wellFormedXml';

const { folder, remove } = temporaryFolder();
afterAll(remove);
let ledgers = 0;

/** A ledger with a story, and the command line beside it. */
async function worldOf(story: readonly LedgerEvent[]): Promise<(...argv: string[]) => Promise<CliResult>> {
  const url = `sqlite:${path.join(folder, String((ledgers += 1)), 'ledger.db')}`;
  const ledger = await openLedger(url);
  try {
    for (const producer of new Set(story.map(({ header }) => header.producer))) {
      await ledger.append(producer, 1, story.filter(({ header }) => header.producer === producer).map(encodeEvent));
    }
  } finally {
    await ledger.close();
  }
  return (...argv) => runCli(argv, { cwd: folder, env: { TRACTLEDGER_URL: url } });
}

const empty = (): LedgerEvent[] => changed(cleanStory(), 'FileProduced', fileOf(5), { sizeBytes: 0 });

describe('verify', () => {
  it('exits with 0 where nothing is wrong, and 1 where something is', async () => {
    const clean = await worldOf(cleanStory());
    expect(await clean('verify', 'rc1', '--brief')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('rc1: pass') as string,
    });
    const wrong = await worldOf(empty());
    expect(await wrong('verify')).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('# rc1: fail') as string,
    });
    const xml = await wrong('verify', '--campaign', 'rc1', '--format', 'junit');
    expect(xml.exitCode).toBe(1);
    expect(readXml(xml.stdout).attributes.get('failures')).toBe('1');
  });

  it('records the verdict with the digest of the report, which stays the same', async () => {
    const run = await worldOf(empty());
    const { stdout, stderr } = await run('verify', '--json', '--record', '--by', 'ann', '--ticket', 'DM-10084');
    expect(stderr).toContain('CheckConcluded (fail) stored');
    expect((JSON.parse(stdout) as VerificationReport).verdict).toBe('fail');
    const events = await run('events', '--type', 'CheckConcluded', '--json');
    expect(jsonLines(events.stdout)).toMatchObject([
      {
        testCase: 'DRP-00-05',
        verdict: 'fail',
        reportDigest: createHash('sha256').update(stdout).digest('hex'),
        concludedBy: 'ann',
        ticket: 'DM-10084',
      },
    ]);
    expect((await run('verify', '--format', 'json')).stdout).toBe(stdout);
  });

  it('holds a campaign against a definition in a file, and with --strict fails what cannot be judged', async () => {
    const run = await worldOf(without(cleanStory(), ({ type }) => type === 'PipelineDeclared'));
    const file = writePipeline(path.join(folder, 'pipeline'), storyDefinition);
    expect(await run('verify', '--strict', '--brief')).toMatchObject({ exitCode: 1 });
    expect(await run('verify', '--strict', '--brief', '--pipeline', file)).toMatchObject({ exitCode: 0 });
  });

  it('refuses what makes no sense', async () => {
    const run = await worldOf(cleanStory());
    writeFileSync(path.join(folder, 'broken.yaml'), 'pipeline: 1\n');
    for (const argv of [
      ['verify', 'rc1', '--campaign', 'rc2'],
      ['verify', '--brief', '--json'],
      ['verify', '--format', 'yaml'],
      ['verify', 'rc2'],
      ['verify', '--unit', 'tract=9'],
      ['verify', '--pipeline', 'broken.yaml'],
    ]) {
      expect(await run(...argv)).toMatchObject({ exitCode: 2, stdout: '' });
    }
  });
});
