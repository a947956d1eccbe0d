/** The provenance view: executions and the files they used, files from elsewhere, where files lie. */
import type { ExecutionStarted, FileLocated, FilePurged, FileRegistered, InputsUsed } from '../../schemas';
import { afterOutcome, afterStart, noStamps, stateAfter, type ExecutionOutcome } from '../executionFacts';
import type { Projection, Tables } from '../projection';
import { agreedScope, scopeOf } from '../scope';
import { agreed, stampOf, supersedes } from '../statementOrder';
import {
  fileLocationsTable,
  provenanceExecutionsTable,
  registeredFilesTable,
  usesTable,
  type ProvenanceExecutionRow,
  type RegisteredFileRow,
} from './tables';

/** See the file's head. */
export const provenanceProjection: Projection = {
  name: 'provenance',
  version: 1,
  tables: [usesTable, provenanceExecutionsTable, registeredFilesTable, fileLocationsTable],
  folds: {
    InputsUsed: applyInputs,
    ExecutionStarted: applyExecution,
    ExecutionSucceeded: applyExecution,
    ExecutionFailed: applyExecution,
    ExecutionLost: applyExecution,
    FileRegistered: applyRegistration,
    FileLocated: applyLocation,
    FilePurged: applyPurge,
  },
};

function applyInputs(event: InputsUsed, tables: Tables): void {
  const uses = tables.of(usesTable);
  const { campaign } = event.header;
  for (const { path, datasetType } of event.files) {
    const known = uses.get(event.execution, campaign, path);
    uses.put({
      campaign,
      path,
      execution: event.execution,
      dataset_type: agreed(known?.dataset_type ?? null, datasetType),
      basis: strongerBasis(known?.basis ?? null, event.basis),
    });
  }
  applyExecution(event, tables);
}

/** What was observed says more than what was reported, and that more than what was declared beforehand. */
const basisRanks = ['declared', 'reported', 'observed'];

function strongerBasis(known: string | null, told: string): string {
  if (known === null) {
    return told;
  }
  const difference = basisRanks.indexOf(told) - basisRanks.indexOf(known);
  return difference > 0 || (difference === 0 && told > known) ? told : known;
}

function applyExecution(event: ExecutionStarted | InputsUsed | ExecutionOutcome, tables: Tables): void {
  const executions = tables.of(provenanceExecutionsTable);
  const known = executions.get(event.execution) ?? unheardExecution(event);
  const told = withTelling(known, event);
  const scope = agreedScope(known, event.header);
  if (scope !== undefined || event.job > known.job) {
    executions.put({ ...(told ?? known), ...scope, job: event.job > known.job ? event.job : known.job });
  } else if (told !== undefined) {
    executions.put(told);
  }
}

const unheard: ProvenanceExecutionRow = {
  execution: '',
  campaign: '',
  unit: '',
  attempt: 0,
  job: '',
  task: null,
  state: 'unheard',
  inputs_basis: null,
  ...noStamps,
};

function unheardExecution(event: ExecutionStarted | InputsUsed | ExecutionOutcome): ProvenanceExecutionRow {
  const { campaign, unit, attempt } = scopeOf(event.header);
  return { ...unheard, execution: event.execution, campaign, unit, attempt, job: event.job };
}

function withTelling(
  row: ProvenanceExecutionRow,
  event: ExecutionStarted | InputsUsed | ExecutionOutcome,
): ProvenanceExecutionRow | undefined {
  if (event.type === 'InputsUsed') {
    return { ...row, inputs_basis: strongerBasis(row.inputs_basis, event.basis) };
  }
  return event.type === 'ExecutionStarted' ? withStart(row, event) : withOutcome(row, event);
}

function withStart(row: ProvenanceExecutionRow, event: ExecutionStarted): ProvenanceExecutionRow | undefined {
  const start_stamp = afterStart(row, event);
  const state = row.state === 'unheard' ? 'running' : row.state;
  return start_stamp === undefined ? undefined : { ...row, start_stamp, task: event.task, state };
}

function withOutcome(row: ProvenanceExecutionRow, event: ExecutionOutcome): ProvenanceExecutionRow | undefined {
  const stamps = afterOutcome(row, event);
  return stamps && { ...row, end_stamp: stamps.end_stamp, lost_stamp: stamps.lost_stamp, state: stateAfter(event) };
}

function unregistered(campaign: string, path: string): RegisteredFileRow {
  const unknown = { dataset_type: null, size_bytes: null, md5: null, origin_campaign: null, collection: null };
  return { campaign, path, ...unknown, stamp: null, purged: 0 };
}

function applyRegistration(event: FileRegistered, tables: Tables): void {
  const files = tables.of(registeredFilesTable);
  const { campaign } = event.header;
  const known = files.get(campaign, event.path) ?? unregistered(campaign, event.path);
  const stamp = stampOf(event.header);
  if (supersedes(stamp, known.stamp)) {
    files.put({
      ...known,
      dataset_type: event.datasetType,
      size_bytes: event.sizeBytes,
      md5: event.md5,
      origin_campaign: event.originCampaign,
      collection: event.collection,
      stamp,
    });
  }
}

function applyLocation(event: FileLocated, tables: Tables): void {
  const locations = tables.of(fileLocationsTable);
  const { campaign } = event.header;
  const execution = event.execution ?? '';
  const stamp = stampOf(event.header);
  if (supersedes(stamp, locations.get(campaign, event.path, execution, event.site)?.stamp ?? null)) {
    locations.put({ campaign, path: event.path, execution, site: event.site, uri: event.uri, stamp });
  }
}

function applyPurge(event: FilePurged, tables: Tables): void {
  if (event.execution !== null) {
    return; // a file of this campaign: its version says so
  }
  const files = tables.of(registeredFilesTable);
  const { campaign } = event.header;
  files.put({ ...(files.get(campaign, event.path) ?? unregistered(campaign, event.path)), purged: 1 });
}
