/** What is stated of a simulated unit before its jobs run. */
import type { AttemptStarted } from '../../schemas';
import type { Plan, PlannedFile } from '../../pipelines/plan';
import type { DraftHeader } from '../outbox/draft';
import { blankExpectations } from './dmtr51';
import { changesEvents } from './faults';
import { typicalSizeBytes } from './fileSizes';
import { dataIdOfRow } from './jobFacts';
import type { SimulatedProducer } from './simulatedProducer';
import { declaredBy, uuidOf, type SimulationOptions } from './simulation';

/** What is said of the attempt; the claim tells two simulations apart, so that neither goes on with the other's attempt. */
export function claimOf(
  { pipeline }: Plan,
  { seed, scale, faults }: SimulationOptions,
): Omit<AttemptStarted, 'type' | 'header'> {
  return {
    why: 'first',
    resumedFromAttempt: null,
    pipelineDigest: pipeline.digest,
    nodesExclusive: true,
    startedBy: declaredBy,
    claim: uuidOf('claim', seed, scale, ...[...faults].filter(changesEvents).sort()),
  };
}

/** The expected counts that the report's Table 1 prints, from an earlier run; blank ones are unknown. */
export function declareExpectations({ expected }: Plan, operator: SimulatedProducer, header: DraftHeader): void {
  for (const [datasetType, count] of expected) {
    operator.tell({
      type: 'ExpectationDeclared',
      header: { ...header, attempt: null },
      datasetType,
      count: blankExpectations.has(datasetType) ? null : count,
      basis: 'reference',
      revision: 1,
      declaredBy,
      ticket: null,
    });
  }
}

/** The raw images, each once. */
export function registerInputs({ jobs }: Plan, operator: SimulatedProducer, header: DraftHeader): void {
  const registered = new Set<PlannedFile>();
  for (const { inputs } of jobs) {
    for (const files of inputs) {
      // The files of one input are of one dataset type, so all of them are registered or none.
      for (const file of files[0]?.maker === null ? files : []) {
        registered.add(file);
      }
    }
  }
  for (const { path, type, row } of registered) {
    operator.tell({
      type: 'FileRegistered',
      header,
      path,
      datasetType: type.name,
      dataId: dataIdOfRow(type, row),
      sizeBytes: typicalSizeBytes(type.name),
      md5: null,
      originCampaign: null,
      collection: 'HSC/raw/all',
    });
  }
}
