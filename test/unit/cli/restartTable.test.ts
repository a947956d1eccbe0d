import { restartTable } from '../../../cli/restart/table';
import { afterFirstAttempt, ccd, coadd, coaddPipelineOf, restartIn, warp } from '../../support/coaddRestart';

const hints = `execution:
  processCcd: { retries: 2, cpuSeconds: 5400, maxRssBytes: 2000000000, toleratedLoss: { deadCcd: 0.001 } }
  coadd: { cpuSeconds: 90 }
`;
const hint =
  'processCcd: { retries: 2, cpuSeconds: 100, maxRssBytes: 2000000000, toleratedLoss: { deadCcd: 0.001 } }\n';
const pipeline = coaddPipelineOf([[`execution:\n  ${hint}`, hints]]);

/** The lines of a plan for people, spaces made one. */
async function linesOf(endings: Parameters<typeof afterFirstAttempt>[1]): Promise<string[]> {
  const { plan } = await restartIn(afterFirstAttempt(pipeline, endings), pipeline);
  return restartTable(plan)
    .split('\n')
    .map((line) => line.replace(/ +/g, ' ').trim());
}

describe('a restart plan for people', () => {
  it('sums jobs and CPU time to run, that may have to run, and saved', async () => {
    const lines = await linesOf({
      endings: { [ccd(11, 2)]: 'neverStarts', [coadd('4,4')]: 'fails', [coadd('4,5')]: 'neverStarts' },
    });
    expect(lines[0]).toBe('C, tract=1: attempt 2 would go on from attempt 1');
    expect(lines).toContainEqual(expect.stringMatching(/^processCcd run neverRan 1 \S.* processCcd \{/));
    const [run, maybe, saved] = lines.slice(lines.findIndex((line) => line.startsWith('to run:')));
    // A CCD and a warp took 2 s; no coadd has been made, so its hint of 90 s counts.
    expect([run, maybe, saved]).toEqual([
      'to run: 3 jobs, 3m 02s of CPU time',
      'if inputs change: 2 jobs, 4.00 s of CPU time',
      'saved: 4 jobs, 8.00 s of CPU time, against starting tract=1 over',
    ]);
  });

  it('counts in CPU hours from an hour on, by what was measured or else by hints, and tells what it cannot count', async () => {
    const nothingRan = Object.fromEntries(
      [ccd(10, 1), ccd(10, 2), ccd(11, 1), ccd(11, 2), warp('4,4', 10), warp('4,4', 11), warp('4,5', 11)]
        .concat(coadd('4,4'), coadd('4,5'))
        .map((job) => [job, 'neverStarts'] as const),
    );
    const lines = await linesOf({ endings: nothingRan });
    // Four times 5400 s and twice 90 s; of the warps nobody says anything.
    expect(lines).toContain('to run: 9 jobs, 6.05 CPU hours (3 jobs of unknown cost not counted)');
    expect(lines).toContain('saved: 0 jobs, 0.00 s of CPU time, against starting tract=1 over');
    expect(lines.some((line) => line.startsWith('left:'))).toBe(false);
  });
});
