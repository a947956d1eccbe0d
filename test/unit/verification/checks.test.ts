import type { LedgerEvent } from '../../../schemas';
import {
  changed,
  cleanStory,
  fileOf,
  notPassed,
  plus,
  ran,
  resultOf,
  runOf,
  story,
  storyDefinition,
  storyWithoutWarp2,
  verified,
  without,
  type StoryJob,
} from '../../support/coaddStory';
import { execution, microsAt, producerOf, unmeasured, type Tell } from '../../support/story';

const { warp1, coadd } = story;

const outcomeOf =
  (number: number) =>
  (event: LedgerEvent): boolean =>
    event.type === 'ExecutionSucceeded' && event.execution === execution(number);

/** A second run of a job, later than everything else. */
const again = (job: StoryJob, number: number, from: number) => (tell: Tell) =>
  ran(tell, { ...job, number, from, by: 'nodec' });

it('finds nothing wrong in a campaign in which nothing is wrong', async () => {
  const report = await verified(cleanStory());
  expect(notPassed(report)).toEqual({});
  expect(report.checks.flatMap(({ findings }) => findings)).toEqual([]);
  expect(report.verdict).toBe('pass');
  expect(await verified(cleanStory(), { strict: true })).toMatchObject({ verdict: 'pass' });
});

describe('each check trips over what it is for, and no other does', () => {
  const later = { at: 90, by: 'oper' } as const;
  const stories: readonly (readonly [check: string, told: string, tellStory: () => LedgerEvent[]])[] = [
    [
      'files.expected',
      'more files than planned',
      () =>
        changed(cleanStory(), 'ExpectationDeclared', ({ datasetType }) => datasetType === 'warp', { count: 1 }).map(
          (event) =>
            event.type === 'ExpectationDeclared' && event.datasetType === null ? { ...event, count: 4 } : event,
        ),
    ],
    ['files.empty', 'an empty file', () => changed(cleanStory(), 'FileProduced', fileOf(5), { sizeBytes: 0 })],
    [
      'files.empty',
      'a file that somebody found empty',
      () =>
        plus((tell) => [tell('FileChecked', { ...later, path: coadd.path, execution: execution(5), result: 'empty' })]),
    ],
    ...(['missing', 'size', 'checksum'] as const).map(
      (result) =>
        [
          'files.checked',
          `a file whose check came to ${result}`,
          () => plus((tell) => [tell('FileChecked', { ...later, path: coadd.path, execution: execution(5), result })]),
        ] as const,
    ),
    [
      'files.kept',
      'a purged product',
      () => plus((tell) => [tell('FilePurged', { ...later, path: coadd.path, execution: execution(5) })]),
    ],
    [
      'files.withdrawn',
      'withdrawn outputs that were not made again',
      () => plus((tell) => [tell('OutputsWithdrawn', { ...later, task: 'warp', dataId: '{"patch":"4,4"}' })]),
    ],
    [
      'metadata.required',
      'a null value',
      () =>
        changed(cleanStory(), 'FileProduced', fileOf(1), {
          metadata: { tract: '1', visit: '10', filter: null, ccd: '1' },
        }),
    ],
    [
      'metadata.required',
      'a key that is not there',
      () => changed(cleanStory(), 'FileProduced', fileOf(1), { metadata: { tract: '1', visit: '10', ccd: '1' } }),
    ],
    [
      'provenance.wasGeneratedBy',
      'a file whose execution nobody heard start',
      () => without(cleanStory(), (event) => event.type === 'ExecutionStarted' && event.execution === execution(5)),
    ],
    [
      'provenance.inputs',
      'an execution without inputs',
      () => without(cleanStory(), (event) => event.type === 'InputsUsed' && event.execution === execution(5)),
    ],
    [
      'provenance.origin',
      'an input that the pipeline makes and nobody made',
      () =>
        changed(cleanStory(), 'InputsUsed', (event) => event.execution === execution(5), {
          files: [
            { path: warp1.path, datasetType: 'warp' },
            { path: 'warp/elsewhere.fits', datasetType: 'warp' },
          ],
        }),
    ],
    [
      'metrics.measured',
      'an execution without its memory',
      () => changed(cleanStory(), 'ExecutionSucceeded', outcomeOf(2), { metrics: { ...unmeasured, wallMicros: 1 } }),
    ],
    [
      'anomalies.totals',
      'a planned total that is not the sum of its rows',
      () => changed(cleanStory(), 'ExpectationDeclared', ({ datasetType }) => datasetType === null, { count: 7 }),
    ],
    [
      'anomalies.exclusiveHosts',
      'another unit on a host that was to be had alone',
      () =>
        plus((tell) => [
          tell('ExecutionStarted', {
            by: 'other',
            at: 12,
            unit: 'tract=2',
            execution: execution(90),
            host: 'nodea',
            task: 'x',
          }),
          tell('ExecutionFailed', { by: 'other', at: 40, unit: 'tract=2', execution: execution(90) }),
        ]),
    ],
    [
      'anomalies.neverEnded',
      'an execution whose end nobody tells',
      () => plus((tell) => [tell('ExecutionStarted', { ...runOf(coadd, 8), at: 40, by: 'nodec' })]),
    ],
    ['anomalies.startedTwice', 'a job run twice at once', () => plus(again(coadd, 6, 55))],
    [
      'anomalies.clocks',
      'an end before the start',
      () =>
        changed(cleanStory(), 'ExecutionStarted', ({ execution: run }) => run === execution(5), {
          header: { ...headerOf(5), occurredAt: microsAt(75) },
        }),
    ],
    [
      'anomalies.clocks',
      'an input written after it was read, on one host',
      () =>
        cleanStory().map((event) =>
          fileOf(3)(event) ? { ...event, header: { ...event.header, occurredAt: microsAt(52) } } : event,
        ),
    ],
    [
      'anomalies.fewerInputs',
      'a job that went without an input it requires',
      () =>
        changed(
          changed(cleanStory(), 'PipelineDeclared', () => true, {
            text: storyDefinition.replace('warp: { require: { atLeast: 1 } }', 'warp: {}'),
          }),
          'InputsUsed',
          (event) => event.execution === execution(5),
          { files: [{ path: warp1.path, datasetType: 'warp' }] },
        ),
    ],
    [
      'anomalies.environments',
      'two environments',
      () =>
        changed(cleanStory(), 'ExecutionStarted', ({ execution: run }) => run === execution(2), {
          environmentDigest: 'f'.repeat(64),
        }),
    ],
    [
      'anomalies.absences',
      'more absences than are tolerated',
      () =>
        storyWithoutWarp2().map((event) =>
          event.type === 'InputsUsed' && event.execution === execution(5)
            ? { ...event, files: [{ path: warp1.path, datasetType: 'warp' }] }
            : event,
        ),
    ],
  ];

  it.each(stories)('%s: %s', async (check, _, tellStory) => {
    const report = await verified(tellStory(), { unit: 'tract=1' });
    expect(notPassed(report)).toEqual({ [check]: 'fail' });
    expect(report.verdict).toBe('fail');
    const { findings } = resultOf(report, check);
    expect(findings.length).toBeGreaterThan(0);
    findings.forEach(({ events }) => {
      expect(events.length).toBeGreaterThan(0);
    });
  });
});

function headerOf(number: number): LedgerEvent['header'] {
  const start = cleanStory().find(
    (event) => event.type === 'ExecutionStarted' && event.execution === execution(number),
  );
  if (start === undefined) {
    throw new Error('no such execution');
  }
  return start.header;
}

describe('a finding names the events it rests on', () => {
  it('by producer, sequence and time', async () => {
    const empty = changed(cleanStory(), 'FileProduced', fileOf(5), { sizeBytes: 0 });
    const { header } = empty.find(fileOf(5)) ?? { header: headerOf(5) };
    const [finding] = resultOf(await verified(empty), 'files.empty').findings;
    expect(finding).toMatchObject({
      subject: coadd.path,
      events: [{ producer: producerOf('nodea'), sequence: header.sequence, occurredAt: '2017-07-14T02:40:59.000000Z' }],
    });
  });
});

describe('an output without an attempt', () => {
  it('fails the check for it', async () => {
    const report = await verified(
      cleanStory().map((event) =>
        fileOf(5)(event) ? { ...event, header: { ...event.header, unit: null, attempt: null } } : event,
      ),
    );
    const failed = report.checks.filter(({ verdict, check }) => verdict === 'fail' && check === 'provenance.attempt');
    expect(failed).toMatchObject([{ unit: null, findings: [{ subject: coadd.path }] }]);
  });
});
