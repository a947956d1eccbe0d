import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { htcondorInputs } from '../../producers/importers/htcondor/importHtcondor';
import type { ImportInput } from '../../producers/importers/importInput';
import { nextflowInput } from '../../producers/importers/nextflow/importNextflow';
import { eventsOf, fileWith } from '../support/imports';
import { describeWithSharedData } from '../support/sharedData';
import { temporaryFolder } from '../support/temporaryFolder';

/** Gives the input that a file is. */
type InputOf = (file: string) => Promise<ImportInput>;

/** A log cut at any byte: its events are the first of the whole log's, and its producer is the same. */
async function holdsForEveryCut(source: string, inputOf: InputOf, cuts: number): Promise<void> {
  const temporary = temporaryFolder();
  try {
    const bytes = readFileSync(source);
    const whole = await inputOf(source);
    const events = await eventsOf(whole);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: bytes.length }), async (cut) => {
        const input = await inputOf(fileWith(temporary.folder, 'cut.log', bytes.subarray(0, cut)));
        const seen = await eventsOf(input);
        expect(seen).toEqual(events.slice(0, seen.length));
        expect([null, whole.first?.digest]).toContain(input.first?.digest ?? null);
      }),
      { numRuns: cuts, examples: [[0], [1], [bytes.length - 1], [bytes.length]] },
    );
  } finally {
    temporary.remove();
  }
}

describeWithSharedData('htcondor', "a prefix of HTCondor's log gives a prefix of its events", (root) => {
  it.each(['tiny_problems/tiny_problems', 'tiny_success/tiny_success', 'test_pipelines_check_20240727T003507Z'])(
    '%s',
    async (name) => {
      const dagPath = path.join(root, `${name}.dag`);
      await holdsForEveryCut(
        `${path.join(root, name)}.dag.nodes.log`,
        async (logPath) => (await htcondorInputs({ logPath, dagPath, timeZone: '-06:00' }))[0],
        100,
      );
    },
  );
});

describeWithSharedData('nextflow', "a prefix of Nextflow's trace gives a prefix of its events", (root) => {
  it.each(['execution_trace_217.txt', 'execution_trace_864.txt'])('%s', async (name) => {
    const inputOf: InputOf = (tracePath) => nextflowInput({ tracePath, campaign: 'c', unit: 'u' });
    await holdsForEveryCut(path.join(root, name), inputOf, 25);
  });
});
