import { queryLineage, type Lineage } from '../../../consumers/queries/lineage';
import type { EventDraft } from '../../../producers/outbox/draft';
import { lineageDot } from '../../../cli/output/lineageDot';
import { lineageTree } from '../../../cli/output/lineageTree';
import { viewsOf, type TemporaryViews } from '../../support/viewsOf';

const campaign = 'C';
const noMetrics = { wallMicros: null, userCpuMicros: null, systemCpuMicros: null, maxRssBytes: null };
const uuid = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

interface Run {
  readonly number: number;
  /** Seconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly fails?: boolean;
}

/** One execution's events. */
function eventsOf({ number, from, to, reads, writes, fails = false }: Run): EventDraft[] {
  const execution = uuid(number);
  const job = `job${String(number)}`;
  const header = (seconds: number) => ({ occurredAt: seconds * 1e6, campaign, unit: 'u', attempt: 1 });
  return [
    {
      type: 'ExecutionStarted',
      header: header(from),
      execution,
      job,
      task: 't',
      dataId: null,
      tryNumber: null,
      batchJob: null,
      processId: null,
      host: null,
      allocation: null,
      executable: null,
      argv: [],
      logPath: null,
      environmentDigest: null,
      site: null,
    },
    {
      type: 'InputsUsed',
      header: header(from),
      execution,
      job,
      basis: 'declared',
      files: reads.map((path) => ({ path, datasetType: null })),
      part: 1,
      parts: 1,
    },
    ...writes.map((path): EventDraft => ({
      type: 'FileProduced',
      header: header(to),
      execution,
      datasetType: 'd',
      path,
      sizeBytes: 1,
      md5: null,
      sha256: null,
      dataId: null,
      metadata: {},
      contentDigest: null,
    })),
    fails
      ? {
          type: 'ExecutionFailed',
          header: header(to),
          execution,
          job,
          exitCode: 1,
          signal: null,
          failureClass: null,
          permanence: null,
          message: null,
          missingOutputs: [],
          metrics: noMetrics,
          caveats: [],
        }
      : { type: 'ExecutionSucceeded', header: header(to), execution, job, metrics: noMetrics, caveats: [] },
  ];
}

async function withRuns(runs: readonly Run[], look: (views: TemporaryViews['views']) => void): Promise<void> {
  const { views, remove } = await viewsOf(runs.flatMap(eventsOf));
  try {
    look(views);
  } finally {
    remove();
  }
}

const versions = ({ files }: Lineage): string[] =>
  files.map(({ path, execution }) => `${path}@${execution?.slice(-1) ?? ''}`);

describe('lineage', () => {
  it('goes through the version that was there when it was read, not the one written later', async () => {
    const runs = [
      { number: 1, from: 0, to: 10, reads: ['raw1'], writes: ['a'] },
      { number: 2, from: 20, to: 30, reads: ['a'], writes: ['early'] },
      { number: 3, from: 40, to: 50, reads: ['raw3'], writes: ['a'] },
      { number: 4, from: 60, to: 70, reads: ['a'], writes: ['late'] },
    ];
    await withRuns(runs, (views) => {
      const up = (path: string): string[] => versions(queryLineage(views, { campaign, path, direction: 'up' }));
      expect(up('early')).toEqual(['early@2', 'a@1', 'raw1@']);
      expect(up('late')).toEqual(['late@4', 'a@3', 'raw3@']);
      const down = (execution: string): string[] =>
        versions(queryLineage(views, { campaign, path: 'a', execution, direction: 'down' }));
      expect(down(uuid(1))).toEqual(['a@1', 'early@2']);
      expect(down(uuid(3))).toEqual(['a@3', 'late@4']);
    });
  });

  it('prefers what a successful execution wrote to what a failed one left behind', async () => {
    const runs = [
      { number: 1, from: 0, to: 10, reads: [], writes: ['a'] },
      { number: 2, from: 11, to: 12, reads: ['wrong'], writes: ['a'], fails: true },
      { number: 3, from: 20, to: 30, reads: ['a'], writes: ['b'] },
    ];
    await withRuns(runs, (views) => {
      expect(versions(queryLineage(views, { campaign, path: 'b', direction: 'up' }))).toEqual(['b@3', 'a@1']);
    });
  });

  it('visits what is reached twice once, and ends where a file was changed in place', async () => {
    const runs = [
      { number: 1, from: 0, to: 10, reads: ['raw'], writes: ['a', 'b'] },
      { number: 2, from: 20, to: 30, reads: ['a', 'b'], writes: ['c'] },
      { number: 3, from: 40, to: 50, reads: ['c', 'a'], writes: ['c'] },
    ];
    await withRuns(runs, (views) => {
      const lineage = queryLineage(views, { campaign, path: 'c', direction: 'up' });
      expect(versions(lineage)).toEqual(['c@3', 'a@1', 'c@2', 'raw@', 'b@1']);
      expect(lineage.executions.map(({ execution }) => execution.slice(-1)).sort()).toEqual(['1', '2', '3']);
      const tree = [...lineageTree(lineage)];
      expect(tree.filter((line) => line.includes('(see above)'))).toHaveLength(2);
      expect(versions(queryLineage(views, { campaign, path: 'raw', direction: 'down' })).sort()).toEqual(
        ['a@1', 'b@1', 'c@2', 'c@3', 'raw@'].sort(),
      );
    });
  });

  it('follows a chain deeper than the call stack allows', async () => {
    const runs = Array.from({ length: 3000 }, (_, index) => ({
      number: index + 1,
      from: index,
      to: index + 1,
      reads: [`f${String(index)}`],
      writes: [`f${String(index + 1)}`],
    }));
    await withRuns(runs, (views) => {
      const lineage = queryLineage(views, { campaign, path: 'f3000', direction: 'up' });
      expect(lineage.files).toHaveLength(3001);
      expect([...lineageTree(lineage)]).toHaveLength(6001);
    });
  });

  it('says what the depth limit left out', async () => {
    const runs = [
      { number: 1, from: 0, to: 10, reads: ['raw'], writes: ['a'] },
      { number: 2, from: 20, to: 30, reads: ['a'], writes: ['b'] },
    ];
    await withRuns(runs, (views) => {
      const near = queryLineage(views, { campaign, path: 'b', direction: 'up', depth: 1 });
      expect(versions(near)).toEqual(['b@2', 'a@1']);
      expect(near.truncated).toBe(true);
      expect([...lineageTree(near)].at(-1)).toContain('depth limit');
      expect(queryLineage(views, { campaign, path: 'b', direction: 'up', depth: 2 }).truncated).toBe(false);
    });
  });

  it('quotes names for Graphviz, whatever is in them', async () => {
    const runs = [{ number: 1, from: 0, to: 1, reads: ['a"\\b\n'], writes: ['c'] }];
    await withRuns(runs, (views) => {
      const dot = [...lineageDot(queryLineage(views, { campaign, path: 'c', direction: 'up' }))].join('\n');
      expect(dot).toContain('"a\\"\\\\b\\\\n@"');
    });
  });
});
