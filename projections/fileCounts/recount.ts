/** Changes to file versions, executions and absences, and to the counts what follows from them. */
import type { Tables } from '../projection';
import { contributionsOf, isUsable, noFiles, type Contribution, type Counts } from './contributions';
import {
  absencesTable,
  fileCountsTable,
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
  const before = versions.scan('by_path', row.path, row.campaign);
  const after = [...before.filter(({ execution }) => execution !== row.execution), row];
  versions.put(row);
  addAll(contributionsOf(before, executions.get.bind(executions)), -1, tables);
  addAll(contributionsOf(after, executions.get.bind(executions)), 1, tables);
}

/** Puts an execution's row; its files and absences then count anew. */
export function changeExecution(row: FileExecutionRow, tables: Tables): void {
  const { campaign } = row;
  const versions = tables.of(fileVersionsTable);
  const executions = tables.of(fileExecutionsTable);
  const find = executions.get.bind(executions);
  const paths = versions
    .scan('by_execution', row.execution, campaign)
    .map(({ path }) => versions.scan('by_path', path, campaign));
  const absences = tables.of(absencesTable).scan('by_execution', row.execution, campaign);
  const contributions = (): Contribution[] => [
    ...paths.flatMap((path) => contributionsOf(path, find)),
    ...absences.map((absence) => absenceContribution(absence, tables)),
  ];
  addAll(contributions(), -1, tables);
  executions.put(row);
  addAll(contributions(), 1, tables);
}

/** Puts an absence; of two statements of one execution about one output the greater basis counts, then the later. */
export function changeAbsence(row: AbsenceRow, tables: Tables): void {
  const absences = tables.of(absencesTable);
  const { campaign, unit, attempt, job, dataset_type, path, execution } = row;
  const known = absences.get(campaign, unit, attempt, job, dataset_type, path, execution);
  addAll([absenceContribution(row, tables)], -1, tables);
  absences.put(known !== undefined && isOver(known, row) ? known : row);
  addAll([absenceContribution(row, tables)], 1, tables);
}

function isOver(known: AbsenceRow, told: AbsenceRow): boolean {
  return known.basis === told.basis ? known.stamp > told.stamp : known.basis > told.basis;
}

/** An output is absent once, however many executions of the job said so. */
function absenceContribution(absence: AbsenceRow, tables: Tables): Contribution {
  const { campaign, unit, attempt, job, dataset_type, path } = absence;
  const executions = tables.of(fileExecutionsTable);
  const absent = tables
    .of(absencesTable)
    .scan('by_output', campaign, unit, attempt, job, dataset_type, path)
    .some(({ execution }) => isUsable(executions.get(execution, campaign)));
  return {
    scope: { campaign, unit, attempt },
    datasetType: dataset_type,
    counts: { ...noFiles, absent: absent ? 1 : 0 },
  };
}

const countNames = Object.keys(noFiles) as (keyof Counts)[];

function addAll(contributions: readonly Contribution[], sign: 1 | -1, tables: Tables): void {
  for (const contribution of contributions) {
    add(contribution, sign, tables);
  }
}

function add({ scope, datasetType, counts }: Contribution, sign: 1 | -1, tables: Tables): void {
  if (countNames.every((name) => counts[name] === 0)) {
    return;
  }
  const table = tables.of(fileCountsTable);
  const { campaign, unit, attempt } = scope;
  const known = table.get(campaign, unit, attempt, datasetType);
  const after = {
    campaign,
    unit,
    attempt,
    dataset_type: datasetType,
    actual: (known?.actual ?? 0) + sign * counts.actual,
    reused: (known?.reused ?? 0) + sign * counts.reused,
    absent: (known?.absent ?? 0) + sign * counts.absent,
    missing: (known?.missing ?? 0) + sign * counts.missing,
    empty: (known?.empty ?? 0) + sign * counts.empty,
    partial: (known?.partial ?? 0) + sign * counts.partial,
    purged: (known?.purged ?? 0) + sign * counts.purged,
    bytes: (known?.bytes ?? 0) + sign * counts.bytes,
  };
  if (countNames.every((name) => after[name] === 0)) {
    table.delete(campaign, unit, attempt, datasetType);
  } else {
    table.put(after);
  }
}
