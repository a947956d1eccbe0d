/** Every check of the test case, in the order of its sections. To add one: a file under checks/ and a line here. */
import { toleratedAbsences } from './checks/absences';
import { oneEnvironment } from './checks/environments';
import { exclusiveHosts } from './checks/exclusiveHosts';
import { clocks, endedExecutions, startedOnce } from './checks/executionTimes';
import { expectedFiles } from './checks/expectedFiles';
import { fewerInputs } from './checks/fewerInputs';
import { checkedFiles, emptyFiles, keptProducts, partialOutputs } from './checks/files';
import { lostJobs } from './checks/lostJobs';
import { requiredMetadata } from './checks/metadata';
import { killedExecutions, measuredExecutions } from './checks/metrics';
import {
  generatedOutputs,
  linkedInputs,
  originOfInputs,
  outputsOfAttempts,
  outputsOfOtherAttempts,
} from './checks/provenance';
import { reconciledTotals } from './checks/totals';
import { withdrawnFiles } from './checks/withdrawn';
import type { Check } from './verification';

/** See the file's head. */
export const checks: readonly Check[] = [
  expectedFiles,
  emptyFiles,
  checkedFiles,
  keptProducts,
  withdrawnFiles,
  partialOutputs,
  lostJobs,
  requiredMetadata,
  outputsOfAttempts,
  generatedOutputs,
  outputsOfOtherAttempts,
  linkedInputs,
  originOfInputs,
  measuredExecutions,
  killedExecutions,
  reconciledTotals,
  exclusiveHosts,
  endedExecutions,
  startedOnce,
  clocks,
  fewerInputs,
  oneEnvironment,
  toleratedAbsences,
];
