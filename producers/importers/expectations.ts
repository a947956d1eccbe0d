/** How many files a plan from outside makes one expect. */
import type { FileReference } from '../../schemas';
import type { Draft } from './drafts';
import type { ImportScope } from './identities';

/**
 * ExpectationDeclared for each dataset type, sorted, and for all together, basis plan. As with a plan made here, the
 * attempt's number is their revision, so that the expectation of a later attempt counts.
 * @param outputs every planned output, each path once
 */
export function expectationDrafts(
  outputs: Iterable<FileReference>,
  { attempt }: ImportScope,
  occurredAtMicros: number,
): Draft[] {
  const counts = new Map<string, number>();
  let total = 0;
  for (const { datasetType } of outputs) {
    counts.set(datasetType ?? '', (counts.get(datasetType ?? '') ?? 0) + 1);
    total += 1;
  }
  const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  return [...sorted, [null, total] as const].map(([datasetType, count]) => ({
    occurredAtMicros,
    event: {
      type: 'ExpectationDeclared',
      datasetType,
      count,
      basis: 'plan',
      revision: attempt,
      declaredBy: 'tractledger import',
      ticket: null,
    },
  }));
}
