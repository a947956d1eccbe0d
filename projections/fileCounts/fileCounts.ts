/** The fileCounts view: files expected and actual by unit, attempt and dataset type (Table 1). */
import type { ExpectationDeclared, FileAbsent, FileChecked, FileProduced, FilePurged, JobReused } from '../../schemas';
import { afterOutcome, stateAfter, type ExecutionOutcome } from '../executionFacts';
import type { Projection, Tables } from '../projection';
import { scopeOf } from '../scope';
import { stampOf, supersedes } from '../statementOrder';
import { changeAbsence, changeExecution, changeVersion } from './recount';
import {
  absencesTable,
  expectationsTable,
  fileCountsTable,
  fileExecutionsTable,
  fileVersionsTable,
  purgesTable,
  type FileExecutionRow,
  type FileVersionRow,
} from './tables';

/** See the file's head. */
export const fileCountsProjection: Projection = {
  name: 'fileCounts',
  version: 3,
  tables: [fileCountsTable, expectationsTable, fileVersionsTable, fileExecutionsTable, absencesTable, purgesTable],
  folds: {
    FileProduced: applyFileProduced,
    FilePurged: applyPurge,
    FileChecked: applyFate,
    ExecutionSucceeded: applyOutcome,
    ExecutionFailed: applyOutcome,
    ExecutionLost: applyOutcome,
    JobReused: applyReuse,
    FileAbsent: applyAbsence,
    ExpectationDeclared: applyExpectation,
  },
};

function applyFileProduced(event: FileProduced, tables: Tables): void {
  const versions = tables.of(fileVersionsTable);
  const { campaign, unit, attempt } = scopeOf(event.header);
  const known = versions.get(event.execution, campaign, event.path);
  const row: FileVersionRow = {
    campaign,
    path: event.path,
    execution: event.execution,
    unit,
    attempt,
    dataset_type: event.datasetType,
    size_bytes: event.sizeBytes,
    md5: event.md5,
    content_digest: event.contentDigest,
    produced_at_us: event.header.occurredAt,
    producer: event.header.producer,
    sequence: event.header.sequence,
    metadata_keys: metadataKeys(event.metadata),
    purged: known?.purged ?? 0,
    check_result: known?.check_result ?? null,
    check_stamp: known?.check_stamp ?? null,
  };
  if (known !== undefined && !countsOver(row, known)) {
    return;
  }
  // Until its execution has ended or is reused, a file counts for nothing, so there is nothing to recount.
  if (tables.of(fileExecutionsTable).get(event.execution, campaign) === undefined) {
    versions.put(row);
  } else {
    changeVersion(row, tables);
  }
}

/**
 * One writing of a file told twice is one: a telling that knows the size counts over one that does not, then the later,
 * and of equal times the greater.
 */
function countsOver(told: FileVersionRow, known: FileVersionRow): boolean {
  if (known.produced_at_us === null || told.produced_at_us === null) {
    return known.produced_at_us === null;
  }
  const better =
    Number(told.size_bytes !== null) - Number(known.size_bytes !== null) || told.produced_at_us - known.produced_at_us;
  return better > 0 || (better === 0 && contentOf(told) > contentOf(known));
}

/** Every column that a telling decides, as one text that differs where any of them does. */
function contentOf(row: FileVersionRow): string {
  const { unit, attempt, dataset_type, size_bytes, md5, content_digest, metadata_keys } = row;
  const told = [dataset_type, size_bytes, md5, unit, attempt, content_digest, metadata_keys];
  return JSON.stringify([...told, row.producer, row.sequence]);
}

/** Which keys have a value: what a check can require. The values themselves stay in the ledger. */
function metadataKeys(metadata: FileProduced['metadata']): string | null {
  const keys = Object.keys(metadata);
  return keys.length === 0
    ? null
    : `{${keys
        .sort()
        .map((key) => `${JSON.stringify(key)}:${metadata[key] === null ? '0' : '1'}`)
        .join(',')}}`;
}

function unheardVersion(campaign: string, path: string, execution: string): FileVersionRow {
  return {
    campaign,
    path,
    execution,
    unit: '',
    attempt: 0,
    dataset_type: null,
    size_bytes: null,
    md5: null,
    content_digest: null,
    produced_at_us: null,
    producer: null,
    sequence: null,
    metadata_keys: null,
    purged: 0,
    check_result: null,
    check_stamp: null,
  };
}

function applyPurge(event: FilePurged, tables: Tables): void {
  const purges = tables.of(purgesTable);
  const { campaign } = event.header;
  const execution = event.execution ?? '';
  const site = event.site ?? '';
  const stamp = stampOf(event.header);
  if (supersedes(stamp, purges.get(execution, campaign, event.path, site)?.stamp ?? null)) {
    const { path, why, purgedBy: purged_by } = event;
    purges.put({ campaign, path, execution, site, why, purged_by, stamp });
  }
  applyFate(event, tables);
}

function applyFate(event: FilePurged | FileChecked, tables: Tables): void {
  if (event.execution === null) {
    return; // an input that this campaign did not make: not one of its files
  }
  const versions = tables.of(fileVersionsTable);
  const { campaign } = event.header;
  const known =
    versions.get(event.execution, campaign, event.path) ?? unheardVersion(campaign, event.path, event.execution);
  const stamp = stampOf(event.header);
  if (event.type === 'FilePurged') {
    changeVersion({ ...known, purged: 1 }, tables);
  } else if (supersedes(stamp, known.check_stamp)) {
    changeVersion({ ...known, check_result: event.result, check_stamp: stamp }, tables);
  }
}

/** An execution of which neither end nor reuse has been heard. */
function unheardExecution(campaign: string, execution: string): FileExecutionRow {
  return {
    campaign,
    execution,
    state: 'unheard',
    partial_usable: 0,
    reused_in: '[]',
    end_stamp: null,
    lost_stamp: null,
  };
}

function applyOutcome(event: ExecutionOutcome, tables: Tables): void {
  const { campaign } = event.header;
  const known = tables.of(fileExecutionsTable).get(event.execution, campaign);
  const before = known ?? unheardExecution(campaign, event.execution);
  const stamps = afterOutcome(before, event);
  if (stamps === undefined) {
    return;
  }
  const { end_stamp, lost_stamp } = stamps;
  const partial_usable = event.type === 'ExecutionFailed' && event.caveats.includes('partialOutputsUsable') ? 1 : 0;
  changeExecution({ ...before, state: stateAfter(event), partial_usable, end_stamp, lost_stamp }, known, tables);
}

function applyReuse(event: JobReused, tables: Tables): void {
  const { campaign, unit, attempt } = scopeOf(event.header);
  const known = tables.of(fileExecutionsTable).get(event.fromExecution, campaign);
  const before = known ?? unheardExecution(campaign, event.fromExecution);
  const places = new Set((JSON.parse(before.reused_in) as [string, number][]).map((place) => JSON.stringify(place)));
  places.add(JSON.stringify([unit, attempt]));
  changeExecution({ ...before, reused_in: `[${[...places].sort().join(',')}]` }, known, tables);
}

function applyAbsence(event: FileAbsent, tables: Tables): void {
  const absence = {
    ...scopeOf(event.header),
    job: event.job,
    dataset_type: event.datasetType,
    path: event.path ?? '',
    execution: event.execution,
    basis: event.basis,
    stamp: stampOf(event.header),
  };
  changeAbsence(absence, tables);
}

function applyExpectation(event: ExpectationDeclared, tables: Tables): void {
  const table = tables.of(expectationsTable);
  const { campaign, unit } = scopeOf(event.header);
  const dataset_type = event.datasetType ?? '';
  const known = table.get(campaign, unit, dataset_type, event.basis);
  const stamp = stampOf(event.header);
  const revised = event.revision - (known?.revision ?? Number.NEGATIVE_INFINITY);
  if (revised > 0 || (revised === 0 && supersedes(stamp, known?.stamp ?? null))) {
    const { basis, count, revision, declaredBy: declared_by, ticket } = event;
    table.put({ campaign, unit, dataset_type, basis, count, revision, declared_by, ticket, stamp });
  }
}
