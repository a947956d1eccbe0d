/** The merge rules of projections/README.md about files, one by one, in any order of hearing. */
import type { Row } from '../../projections';
import type { MemoryTables } from '../../projections/memoryTables';
import { expectationsTable, fileCountsTable, fileVersionsTable } from '../../projections/fileCounts/tables';
import {
  fileLocationsTable,
  provenanceExecutionsTable,
  registeredFilesTable,
  usesTable,
} from '../../projections/provenance/tables';
import type { LedgerEvent } from '../../schemas';
import { heardInAnyOrder, onlyRow as only } from '../support/memoryViews';
import { about, execution, newStory, type Tell } from '../support/story';

let tell: Tell = newStory();
beforeEach(() => {
  tell = newStory();
});

describe('the outputs of an execution', () => {
  it('that has not ended count for nothing yet', () => {
    expect(heardInAnyOrder([tell('ExecutionStarted'), tell('FileProduced')]).rows(fileCountsTable)).toEqual([]);
  });

  it.each(['ExecutionFailed', 'ExecutionLost'] as const)('that ended by %s are partial and never actual', (ends) => {
    expect(count(heardInAnyOrder([tell('FileProduced'), tell(ends)]))).toMatchObject({
      actual: 0,
      partial: 1,
      bytes: 0,
    });
  });

  it('that failed count where the job declared them usable', () => {
    const failed = tell('ExecutionFailed', { caveats: ['partialOutputsUsable'] });
    expect(count(heardInAnyOrder([tell('FileProduced'), failed]))).toMatchObject({ actual: 1, partial: 0, bytes: 100 });
  });

  it('count once it turns out to have ended well after all', () => {
    const views = heardInAnyOrder([
      tell('FileProduced'),
      tell('ExecutionLost', { by: 'relay', at: 5 }),
      tell('ExecutionSucceeded', { at: 4 }),
    ]);
    expect(count(views)).toMatchObject({ actual: 1, partial: 0 });
  });
});

describe('one path', () => {
  it('written by two executions of an attempt is one file: the version written last', () => {
    const views = heardInAnyOrder([
      tell('FileProduced', { execution: execution(1), at: 1, sizeBytes: 10 }),
      tell('FileProduced', { execution: execution(2), at: 2, sizeBytes: 30 }),
      tell('ExecutionSucceeded', { execution: execution(1) }),
      tell('ExecutionSucceeded', { execution: execution(2) }),
    ]);
    expect(count(views)).toMatchObject({ actual: 1, bytes: 30 });
    expect(views.rows(fileVersionsTable)).toHaveLength(2);
  });

  it('written at equal times is the version of the greater UUID', () => {
    const views = heardInAnyOrder([
      tell('FileProduced', { execution: execution(1), sizeBytes: 10 }),
      tell('FileProduced', { execution: execution(2), sizeBytes: 30 }),
      tell('ExecutionSucceeded', { execution: execution(1) }),
      tell('ExecutionSucceeded', { execution: execution(2) }),
    ]);
    expect(count(views)).toMatchObject({ actual: 1, bytes: 30 });
  });

  it('written well once is no partial file, whatever a failed try left there', () => {
    const views = heardInAnyOrder([
      tell('FileProduced', { execution: execution(1), at: 1 }),
      tell('ExecutionFailed', { execution: execution(1) }),
      tell('FileProduced', { execution: execution(2), at: 0 }),
      tell('ExecutionSucceeded', { execution: execution(2) }),
    ]);
    expect(count(views)).toMatchObject({ actual: 1, partial: 0 });
  });
});

describe('one writing of a file told under two identities', () => {
  it('is one version: the telling that knows the size, then the later', () => {
    const ended = tell('ExecutionSucceeded');
    const views = heardInAnyOrder([
      ended,
      tell('FileProduced', { at: 1, sizeBytes: 10 }),
      tell('FileProduced', { at: 2, sizeBytes: 20, by: 'importer' }),
      tell('FileProduced', { at: 3, sizeBytes: null, by: 'third' }),
    ]);
    expect(count(views)).toMatchObject({ actual: 1, bytes: 20 });
  });

  it('at equal times is the greater content, where not measured and zero are two things', () => {
    const views = heardInAnyOrder([
      tell('ExecutionSucceeded'),
      tell('FileProduced', { sizeBytes: null, md5: 'ff' }),
      tell('FileProduced', { sizeBytes: 0, md5: '00', by: 'importer' }),
    ]);
    expect(only(views, fileVersionsTable)).toMatchObject({ size_bytes: 0, md5: '00' });
    expect(count(views)).toMatchObject({ actual: 1, empty: 1 });
  });

  it('that producers place in two attempts counts in one, the greater where all else is equal', () => {
    const views = heardInAnyOrder([
      tell('ExecutionSucceeded'),
      tell('FileProduced', { attempt: 2 }),
      tell('FileProduced', { attempt: 1, by: 'importer' }),
    ]);
    expect(views.rows(fileCountsTable)).toMatchObject([{ attempt: 2, actual: 1 }]);
  });
});

describe('a purge', () => {
  it('holds for the version it names, also when heard before the file', () => {
    const views = heardInAnyOrder([
      tell('FilePurged', { execution: execution(1), by: 'operator' }),
      tell('FileProduced', { execution: execution(1), at: 1 }),
      tell('ExecutionSucceeded', { execution: execution(1) }),
    ]);
    expect(count(views)).toMatchObject({ actual: 1, purged: 1 });
  });

  it('does not touch a newer version of the path', () => {
    const views = heardInAnyOrder([
      tell('FilePurged', { execution: execution(1), at: 9, by: 'operator' }),
      tell('FileProduced', { execution: execution(1), at: 1 }),
      tell('FileProduced', { execution: execution(2), at: 2 }),
      tell('ExecutionSucceeded', { execution: execution(1) }),
      tell('ExecutionSucceeded', { execution: execution(2) }),
    ]);
    expect(count(views)).toMatchObject({ actual: 1, purged: 0 });
  });

  it('of an input from elsewhere is kept with the input', () => {
    const views = heardInAnyOrder([tell('FilePurged', { execution: null }), tell('FileRegistered', { by: 'planner' })]);
    expect(only(views, registeredFilesTable)).toMatchObject({ dataset_type: 'raw', purged: 1 });
  });
});

describe('a check', () => {
  it('that was made last counts', () => {
    const views = heardInAnyOrder([
      tell('FileProduced'),
      tell('ExecutionSucceeded'),
      tell('FileChecked', { at: 2, result: 'missing', by: 'a' }),
      tell('FileChecked', { at: 1, result: 'match', by: 'b' }),
    ]);
    expect(count(views)).toMatchObject({ actual: 1, missing: 1 });
  });

  it('that finds a purged file gone does not make it missing', () => {
    const views = heardInAnyOrder([
      tell('FileProduced'),
      tell('ExecutionSucceeded'),
      tell('FilePurged'),
      tell('FileChecked', { at: 2, result: 'missing' }),
    ]);
    expect(count(views)).toMatchObject({ purged: 1, missing: 0 });
  });
});

describe('a reused execution', () => {
  it('counts with its outputs in the reusing attempt, and does so for a path the attempt did not make', () => {
    const views = heardInAnyOrder([
      tell('FileProduced', { path: 'a.fits' }),
      tell('FileProduced', { path: 'b.fits' }),
      tell('ExecutionSucceeded'),
      tell('JobReused', { attempt: 2, by: 'planner' }),
    ]);
    expect(count(views, 1)).toMatchObject({ actual: 2, reused: 0 });
    expect(count(views, 2)).toMatchObject({ actual: 2, reused: 2, bytes: 200 });
  });

  it('gives way to what the reusing attempt made itself', () => {
    const views = heardInAnyOrder([
      tell('FileProduced', { sizeBytes: 10, at: 5 }),
      tell('ExecutionSucceeded'),
      tell('JobReused', { attempt: 2, by: 'planner' }),
      tell('FileProduced', { attempt: 2, execution: execution(2), sizeBytes: 30, at: 1 }),
      tell('ExecutionSucceeded', { attempt: 2, execution: execution(2) }),
    ]);
    expect(count(views, 2)).toMatchObject({ actual: 1, reused: 0, bytes: 30 });
  });
});

describe('an output that is legitimately absent', () => {
  it('is absent once, however many usable executions say so, and not by word of a failed one', () => {
    const views = heardInAnyOrder([
      tell('FileAbsent', { execution: execution(1) }),
      tell('FileAbsent', { execution: execution(2) }),
      tell('ExecutionSucceeded', { execution: execution(1) }),
      tell('ExecutionSucceeded', { execution: execution(2) }),
    ]);
    expect(count(views)).toMatchObject({ absent: 1, actual: 0 });
    tell = newStory();
    expect(heardInAnyOrder([tell('FileAbsent'), tell('ExecutionFailed')]).rows(fileCountsTable)).toEqual([]);
  });
});

describe('expectations', () => {
  it('of one basis: the highest revision counts, of equal revisions the later', () => {
    const views = heardInAnyOrder([
      tell('ExpectationDeclared', { revision: 2, count: 20, at: 1 }),
      tell('ExpectationDeclared', { revision: 2, count: 22, at: 2, by: 'operator' }),
      tell('ExpectationDeclared', { revision: 1, count: 10, at: 3 }),
    ]);
    expect(only(views, expectationsTable)).toMatchObject({ revision: 2, count: 22 });
  });

  it('of several bases are never mixed, and that nothing is known is a statement too', () => {
    const views = heardInAnyOrder([
      tell('ExpectationDeclared', { basis: 'plan', count: 20 }),
      tell('ExpectationDeclared', { basis: 'reference', count: null }),
      tell('ExpectationDeclared', { basis: 'plan', datasetType: null, count: 9 }),
    ]);
    expect(views.rows(expectationsTable)).toMatchObject([
      { dataset_type: '', basis: 'plan', count: 9 },
      { dataset_type: 'calexp', basis: 'plan', count: 20 },
      { dataset_type: 'calexp', basis: 'reference', count: null },
    ]);
  });
});

describe('an input', () => {
  it('told as declared, reported and observed stands once, by the strongest basis', () => {
    const files = [{ path: 'raw.fits', datasetType: null }];
    const views = heardInAnyOrder([
      tell('InputsUsed', { basis: 'observed', files }),
      tell('InputsUsed', { basis: 'declared', files: [{ path: 'raw.fits', datasetType: 'raw' }], by: 'planner' }),
      tell('InputsUsed', { basis: 'reported', files, by: 'importer' }),
    ]);
    expect(only(views, usesTable)).toMatchObject({ basis: 'observed', dataset_type: 'raw' });
  });

  it('that was declared, and not among those reported then, does not count as used', () => {
    const views = heardInAnyOrder([
      tell('InputsUsed', { basis: 'declared', files: [{ path: 'unread.fits', datasetType: null }], by: 'planner' }),
      tell('InputsUsed', { basis: 'reported', files: [{ path: 'read.fits', datasetType: null }] }),
    ]);
    expect(only(views, provenanceExecutionsTable)).toMatchObject({ inputs_basis: 'reported' });
    expect(views.rows(usesTable)).toMatchObject([
      { path: 'read.fits', basis: 'reported' },
      { path: 'unread.fits', basis: 'declared' },
    ]);
  });

  it('list that comes in parts is joined', () => {
    const part = (number: number): LedgerEvent =>
      tell('InputsUsed', { part: number, parts: 2, files: [{ path: `${String(number)}.fits`, datasetType: 'raw' }] });
    expect(heardInAnyOrder([part(1), part(2)]).rows(usesTable)).toHaveLength(2);
  });

  it('from elsewhere and where a file lies: the later statement counts, by site', () => {
    const views = heardInAnyOrder([
      tell('FileLocated', { at: 2, uri: 'new' }),
      tell('FileLocated', { at: 1, uri: 'old', by: 'relay' }),
      tell('FileLocated', { site: 's3', uri: 's3://a' }),
    ]);
    expect(views.rows(fileLocationsTable)).toMatchObject([{ uri: 'new' }, { uri: 's3://a' }]);
  });
});

function count(views: MemoryTables, attempt: number = about.attempt): Row {
  return views.rows(fileCountsTable).find((row) => row['attempt'] === attempt) ?? {};
}
