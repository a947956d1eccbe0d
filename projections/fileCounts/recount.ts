/** Changes to file versions, executions and absences, and to the counts what follows from them. */
import type { Tables } from '../projection';
import { contributionsOf, isUsable, noFiles, type Contribution, type FindExecution } from './contributions';
import { CountChanges } from './countChanges';
import {
  absencesTable,
  fileExecutionsTable,
  fileVersionsTable,
  type AbsenceRow,
  type FileExecutionRow,
  type FileVersionRow,
} from './tables';

/** Puts a file version; its path then counts anew. */
export function changeVersion(row: FileVersionRow, tables: Tables): void {
  const versions = tables.of(fileVersionsTable);
  const executions = tables.of(fileExecutionsTable);
  const find = executions.get.bind(executions);
  const known = versions.get(row.execution, row.campaign, row.path);
  versions.put(row);
  const others = versions.others('by_path', row);
  const changes = new CountChanges();
  changes.take(contributionsOf(known === undefined ? others : [known, ...others], find));
  changes.add(contributionsOf([row, ...others], find));
  changes.applyTo(tables);
}

/** Puts an execution's row, in place of the one that was known; its files and absences then count anew. */
export function changeExecution(row: FileExecutionRow, known: FileExecutionRow | undefined, tables: Tables): void {
  const { campaign } = row;
  const versions = tables.of(fileVersionsTable);
  const executions = tables.of(fileExecutionsTable);
  const changes = new CountChanges();
  const before = withExecution(row, known, tables);
  const after = withExecution(row, row, tables);
  for (const version of versions.scan('by_execution', row.execution, campaign)) {
    const ofPath = [version, ...versions.others('by_path', version)];
    changes.take(contributionsOf(ofPath, before));
    changes.add(contributionsOf(ofPath, after));
  }
  for (const absence of tables.of(absencesTable).scan('by_execution', row.execution, campaign)) {
    changes.take([absenceContribution(absence, before, tables)]);
    changes.add([absenceContribution(absence, after, tables)]);
  }
  executions.put(row);
  changes.applyTo(tables);
}

/** Finds executions as they are, but one as it was or will be. */
function withExecution(one: FileExecutionRow, standing: FileExecutionRow | undefined, tables: Tables): FindExecution {
  const executions = tables.of(fileExecutionsTable);
  return (execution, campaign) =>
    execution === one.execution && campaign === one.campaign ? standing : executions.get(execution, campaign);
}

/** Puts an absence; of two statements of one execution about one output the greater basis counts, then the later. */
export function changeAbsence(row: AbsenceRow, tables: Tables): void {
  const absences = tables.of(absencesTable);
  const executions = tables.of(fileExecutionsTable);
  const find = executions.get.bind(executions);
  const { campaign, unit, attempt, job, dataset_type, path, execution } = row;
  const known = absences.get(campaign, unit, attempt, job, dataset_type, path, execution);
  const changes = new CountChanges();
  changes.take([absenceContribution(row, find, tables)]);
  absences.put(known !== undefined && isOver(known, row) ? known : row);
  changes.add([absenceContribution(row, find, tables)]);
  changes.applyTo(tables);
}

function isOver(known: AbsenceRow, told: AbsenceRow): boolean {
  return known.basis === told.basis ? known.stamp > told.stamp : known.basis > told.basis;
}

/** An output is absent once, however many executions of the job said so. */
function absenceContribution(absence: AbsenceRow, find: FindExecution, tables: Tables): Contribution {
  const { campaign, unit, attempt, job, dataset_type, path } = absence;
  const absent = tables
    .of(absencesTable)
    .scan('by_output', campaign, unit, attempt, job, dataset_type, path)
    .some(({ execution }) => isUsable(find(execution, campaign)));
  return {
    scope: { campaign, unit, attempt },
    datasetType: dataset_type,
    counts: { ...noFiles, absent: absent ? 1 : 0 },
  };
}
