import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { ImportError } from '../../producers/importers/errors';
import { htcondorInputs } from '../../producers/importers/htcondor/importHtcondor';
import type { ImportInput } from '../../producers/importers/importInput';
import { nextflowInput } from '../../producers/importers/nextflow/importNextflow';
import { draftsOf, fileWith } from '../support/imports';
import { describeWithSharedData } from '../support/sharedData';
import { temporaryFolder } from '../support/temporaryFolder';

/** Gives the input that a file is. */
type InputOf = (file: string) => Promise<ImportInput>;

async function eventTexts(input: ImportInput): Promise<string[]> {
  return (await draftsOf(input)).drafts.map((draft) => JSON.stringify(draft));
}

/** A log cut at any byte: its events are the first of the whole log's, and its producer is the same. */
async function holdsForEveryCut(source: string, inputOf: InputOf, cuts: number): Promise<void> {
  const temporary = temporaryFolder();
  try {
    const bytes = readFileSync(source);
    const whole = await inputOf(source);
    const events = await eventTexts(whole);
    expect(events.length).toBeGreaterThan(10);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: bytes.length }), async (cut) => {
        const input = await inputOf(fileWith(temporary.folder, 'cut.log', bytes.subarray(0, cut)));
        const seen = await eventTexts(input);
        expect(seen.join('\n') === events.slice(0, seen.length).join('\n')).toBe(true);
        expect([null, whole.first?.digest]).toContain(input.first?.digest ?? null);
      }),
      { numRuns: cuts, examples: [[0], [1], [bytes.length - 1], [bytes.length]] },
    );
  } finally {
    temporary.remove();
  }
}

/** A file some of whose bytes were replaced, dropped or repeated: it is read, or refused with an error for people. */
async function isReadOrRefused(source: string, inputOf: InputOf, changes: number): Promise<void> {
  const temporary = temporaryFolder();
  const bytes = readFileSync(source).subarray(0, 8000);
  const change = fc.record({
    at: fc.nat(bytes.length),
    dropped: fc.nat(200),
    put: fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.constantFrom('\n', '\t', '...\n', ' ', '999', '-', '(').map((text) => Buffer.from(text)),
      fc.nat(bytes.length).map((from) => bytes.subarray(from, from + 100)),
    ),
  });
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (all) => {
        const changed = all.reduce<Buffer>(
          (text, { at, dropped, put }) => Buffer.concat([text.subarray(0, at), put, text.subarray(at + dropped)]),
          bytes,
        );
        try {
          await draftsOf(await inputOf(fileWith(temporary.folder, 'changed.log', changed)));
        } catch (error) {
          expect(error).toBeInstanceOf(ImportError);
        }
      }),
      { numRuns: changes },
    );
  } finally {
    temporary.remove();
  }
}

describeWithSharedData('htcondor', "HTCondor's logs, cut and damaged", (root) => {
  const names = ['tiny_problems/tiny_problems', 'tiny_success/tiny_success', 'test_pipelines_check_20240727T003507Z'];
  const inputOf =
    (name: string): InputOf =>
    async (logPath) =>
      (await htcondorInputs({ logPath, dagPath: path.join(root, `${name}.dag`), timeZone: '-06:00' }))[0];

  it.each(names)('a prefix of %s gives a prefix of its events', async (name) => {
    await holdsForEveryCut(`${path.join(root, name)}.dag.nodes.log`, inputOf(name), 150);
  });

  it('a damaged log is read or refused', async () => {
    const [name = ''] = names;
    await isReadOrRefused(`${path.join(root, name)}.dag.nodes.log`, inputOf(name), 300);
  });

  it('a damaged DAG file is read or refused', async () => {
    const name = path.join(root, 'tiny_problems/tiny_problems.dag');
    const read: InputOf = async (dagPath) =>
      (await htcondorInputs({ logPath: `${name}.nodes.log`, dagPath, campaign: 'c', unit: 'u' }))[0];
    await isReadOrRefused(name, read, 200);
  });
});

describeWithSharedData('nextflow', "Nextflow's traces, cut and damaged", (root) => {
  const inputOf: InputOf = (tracePath) => nextflowInput({ tracePath, campaign: 'c', unit: 'u' });

  it.each(['execution_trace_217.txt', 'execution_trace_864.txt'])(
    'a prefix of %s gives a prefix of its events',
    async (name) => {
      await holdsForEveryCut(path.join(root, name), inputOf, 40);
    },
  );

  it('a damaged trace is read or refused', async () => {
    await isReadOrRefused(path.join(root, 'execution_trace_217.txt'), inputOf, 300);
  });
});
