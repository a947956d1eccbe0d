/** The fileCounts view: files expected and actual by unit, attempt and dataset type (Table 1). */
import type {
  ExpectationDeclared,
  FileAbsent,
  FileChecked,
  FileProduced,
  FilePurged,
  JobReused,
  LedgerEvent,
} from '../../schemas';
import { afterOutcome, stateAfter, type ExecutionOutcome } from '../executionFacts';
import type { Projection, Tables } from '../projection';
import { scopeOf } from '../scope';
import { stampOf, supersedes } from '../statementOrder';
import { recount } from './contributions';
import {
  absencesTable,
  expectationsTable,
  fileCountsTable,
  fileExecutionsTable,
  fileVersionsTable,
  type FileExecutionRow,
  type FileVersionRow,
} from './tables';

/** See the file's head. */
export const fileCountsProjection: Projection = {
  name: 'fileCounts',
  version: 1,
  tables: [fileCountsTable, expectationsTable, fileVersionsTable, fileExecutionsTable, absencesTable],
  apply,
};

function apply(event: LedgerEvent, tables: Tables): void {
  switch (event.type) {
    case 'FileProduced':
      applyFileProduced(event, tables);
      return;
    case 'FilePurged':
    case 'FileChecked':
      applyFate(event, tables);
      return;
    case 'ExecutionSucceeded':
    case 'ExecutionFailed':
    case 'ExecutionLost':
      applyOutcome(event, tables);
      return;
    case 'JobReused':
      applyReuse(event, tables);
      return;
    case 'FileAbsent':
      applyAbsence(event, tables);
      return;
    case 'ExpectationDeclared':
      applyExpectation(event, tables);
      return;
    default:
      return;
  }
}

function applyFileProduced(event: FileProduced, tables: Tables): void {
  const versions = tables.of(fileVersionsTable);
  const { campaign, unit, attempt } = scopeOf(event.header);
  const known = versions.get(campaign, event.path, event.execution);
  if (known !== undefined && !countsOver(event, known)) {
    return;
  }
  const row = {
    ...(known ?? unheardVersion(campaign, event.path, event.execution)),
    unit,
    attempt,
    dataset_type: event.datasetType,
    size_bytes: event.sizeBytes,
    produced_at_us: event.header.occurredAt,
  };
  // Until its execution has ended or is reused, a file counts for nothing, so there is nothing to recount.
  if (tables.of(fileExecutionsTable).get(event.execution) === undefined) {
    versions.put(row);
  } else {
    recount({ paths: [{ campaign, path: event.path }], absences: [] }, tables, () => {
      versions.put(row);
    });
  }
}

/** One writing of a file told twice is one: the later telling counts, and between equal times the greater, whichever came first. */
function countsOver(event: FileProduced, known: FileVersionRow): boolean {
  if (known.dataset_type === null || known.produced_at_us === null) {
    return true;
  }
  const later = event.header.occurredAt - known.produced_at_us;
  if (later !== 0) {
    return later > 0;
  }
  if (event.datasetType !== known.dataset_type) {
    return event.datasetType > known.dataset_type;
  }
  return (event.sizeBytes ?? -1) > (known.size_bytes ?? -1);
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
    produced_at_us: null,
    purged: 0,
    check_result: null,
    check_stamp: null,
  };
}

function applyFate(event: FilePurged | FileChecked, tables: Tables): void {
  if (event.execution === null) {
    return; // an input that this campaign did not make: not one of its files
  }
  const versions = tables.of(fileVersionsTable);
  const { campaign } = event.header;
  const known =
    versions.get(campaign, event.path, event.execution) ?? unheardVersion(campaign, event.path, event.execution);
  const stamp = stampOf(event.header);
  if (event.type === 'FilePurged') {
    recount({ paths: [{ campaign, path: event.path }], absences: [] }, tables, () => {
      versions.put({ ...known, purged: 1 });
    });
  } else if (supersedes(stamp, known.check_stamp)) {
    recount({ paths: [{ campaign, path: event.path }], absences: [] }, tables, () => {
      versions.put({ ...known, check_result: event.result, check_stamp: stamp });
    });
  }
}

const unheardExecution: Omit<FileExecutionRow, 'execution'> = {
  state: 'unheard',
  partial_usable: 0,
  reused_in: '[]',
  end_stamp: null,
  lost_stamp: null,
};

function applyOutcome(event: ExecutionOutcome, tables: Tables): void {
  const known = tables.of(fileExecutionsTable).get(event.execution) ?? {
    ...unheardExecution,
    execution: event.execution,
  };
  const stamps = afterOutcome({ start_stamp: null, ...known }, event);
  if (stamps === undefined) {
    return;
  }
  const { end_stamp, lost_stamp } = stamps;
  const partial_usable = event.type === 'ExecutionFailed' && event.caveats.includes('partialOutputsUsable') ? 1 : 0;
  changeExecution({ ...known, state: stateAfter(event), partial_usable, end_stamp, lost_stamp }, tables);
}

function applyReuse(event: JobReused, tables: Tables): void {
  const known = tables.of(fileExecutionsTable).get(event.fromExecution) ?? {
    ...unheardExecution,
    execution: event.fromExecution,
  };
  const { unit, attempt } = scopeOf(event.header);
  const places = new Set((JSON.parse(known.reused_in) as [string, number][]).map((place) => JSON.stringify(place)));
  places.add(JSON.stringify([unit, attempt]));
  changeExecution({ ...known, reused_in: `[${[...places].sort().join(',')}]` }, tables);
}

/** Puts an execution's row; its files and absences then count anew. */
function changeExecution(row: FileExecutionRow, tables: Tables): void {
  const touched = {
    paths: tables.of(fileVersionsTable).scan('by_execution', row.execution),
    absences: tables.of(absencesTable).scan('by_execution', row.execution),
  };
  recount(touched, tables, () => {
    tables.of(fileExecutionsTable).put(row);
  });
}

function applyAbsence(event: FileAbsent, tables: Tables): void {
  const absence = {
    ...scopeOf(event.header),
    job: event.job,
    dataset_type: event.datasetType,
    path: event.path ?? '',
    execution: event.execution,
    basis: event.basis,
  };
  const absences = tables.of(absencesTable);
  const known = absences.get(
    absence.campaign,
    absence.unit,
    absence.attempt,
    absence.job,
    absence.dataset_type,
    absence.path,
    absence.execution,
  );
  recount({ paths: [], absences: [absence] }, tables, () => {
    absences.put(known !== undefined && known.basis > absence.basis ? known : absence);
  });
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
