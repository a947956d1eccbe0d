/** Whether an input has what its task needs of it. */
import type { Requirement } from './definition';

/**
 * Whether the files that are there are enough.
 * @param found how many of the planned files there are
 * @param complete whether that is all of them
 */
export function meets(requirement: Requirement, found: number, complete: boolean): boolean {
  if (requirement === 'all') {
    return complete;
  }
  return found >= (requirement === 'any' ? 1 : requirement.atLeast);
}
