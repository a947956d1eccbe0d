import { randomUUID } from 'node:crypto';
import { readRecords } from '../../../consumers/restart/readRecords';
import type { EventDraft } from '../../../producers/outbox/draft';
import { viewsOf } from '../../support/viewsOf';

const header = { occurredAt: 1_500_000_000_000_000, campaign: 'C', unit: 'U', attempt: 1 };
const odd = ['a "quoted" name', 'back\\slash', 'a\nline', 'tab\t,comma', 'Ωμέγα', '🔭', 'plain/file.fits', '0', '[1]'];

function executed(execution: string, job: string, paths: readonly string[], sizeBytes = 1): EventDraft[] {
  const metrics = { wallMicros: null, userCpuMicros: null, systemCpuMicros: null, maxRssBytes: null };
  const unknown = { batchJob: null, processId: null, allocation: null, logPath: null, environmentDigest: null };
  const files = odd.map((path) => ({ path: `read/${path}`, datasetType: 'raw' }));
  return [
    { type: 'ExecutionStarted', header, execution, job, ...unknown, site: null, task: 't', dataId: null, tryNumber: 1, host: null, executable: 'e', argv: [] }, // prettier-ignore
    { type: 'InputsUsed', header, execution, job, basis: 'declared', files, part: 1, parts: 1 },
    ...paths.map((path): EventDraft => ({ type: 'FileProduced', header, execution, datasetType: path.length % 2 === 0 ? 'even' : 'odd', path, sizeBytes, md5: null, sha256: null, contentDigest: 'd', dataId: null, metadata: {} })), // prettier-ignore
    { type: 'ExecutionSucceeded', header, execution, job, metrics, caveats: [] },
  ];
}

describe('what executions made and were given', () => {
  it('is read as it was told, whatever the paths hold', async () => {
    const execution = randomUUID();
    const { views, remove } = await viewsOf(executed(execution, 'j', odd));
    try {
      const { filesOf, inputsOf } = readRecords(views, 'C', 'U');
      const made = filesOf(execution);
      const sorted = [...odd].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(made?.files.map(({ path }) => path)).toEqual(sorted);
      expect(made?.files.find(({ path }) => path === '🔭')).toEqual({
        ...{ path: '🔭', execution, datasetType: 'even', sizeBytes: 1, md5: null, contentDigest: 'd' },
        ...{ producedAtMicros: header.occurredAt, purged: false, checkResult: null },
      });
      expect(made?.datasetTypes).toEqual(new Set(['even', 'odd']));
      expect(made?.areSound).toBe(true);
      const given = inputsOf([execution, randomUUID()]);
      expect([...given.keys()]).toEqual([execution]);
      expect(given.get(execution)?.files).toEqual(sorted.map((path) => ({ path: `read/${path}`, wasRead: true })));
    } finally {
      remove();
    }
  });

  it('is sound unless a file is empty, purged or was found otherwise, and then each file says so', async () => {
    const executions = Array.from({ length: 4 }, () => randomUUID());
    const [fine = '', empty = '', purged = '', found = ''] = executions;
    const about = { header, path: 'p', site: 'S' };
    const { views, remove } = await viewsOf([
      ...executions.flatMap((execution, index) => executed(execution, `j${String(index)}`, ['p'], execution === empty ? 0 : 1)), // prettier-ignore
      { type: 'FilePurged', ...about, execution: purged, why: 'space', purgedBy: null },
      { type: 'FileChecked', ...about, execution: found, result: 'checksum', checkedBy: null },
      { type: 'FileChecked', ...about, execution: fine, result: 'match', checkedBy: null },
    ]);
    try {
      const { filesOf } = readRecords(views, 'C', 'U');
      expect(executions.map((execution) => filesOf(execution)?.areSound)).toEqual([true, false, false, false]);
      expect(filesOf(purged)?.files[0]).toMatchObject({ purged: true });
      expect(filesOf(found)?.files[0]).toMatchObject({ purged: false, checkResult: 'checksum' });
      expect(filesOf(randomUUID())).toBeNull();
    } finally {
      remove();
    }
  });

  it('is found by path, and a path that several executions wrote is known to be', async () => {
    const [first = '', second = '', third = ''] = Array.from({ length: 3 }, () => randomUUID());
    const drafts = [executed(first, 'a', odd), executed(second, 'b', ['back\\slash', 'other']), executed(third, 'c', ['own', '🔭'])]; // prettier-ignore
    const { views, remove } = await viewsOf(drafts.flat());
    try {
      const { makersOf, repeatedPaths } = readRecords(views, 'C', 'U');
      const repeated = new Map([...repeatedPaths].map(([path, makers]) => [path, new Set(makers)]));
      expect(repeated).toEqual(
        new Map([
          ['back\\slash', new Set([first, second])],
          ['🔭', new Set([first, third])],
        ]),
      );
      for (const path of odd) {
        expect(makersOf(path)).toContain(first);
      }
      expect(new Set(makersOf('back\\slash'))).toEqual(new Set([first, second]));
      expect(makersOf('own')).toEqual([third]);
      expect(makersOf('nobody made it')).toEqual([]);
    } finally {
      remove();
    }
  });
});
