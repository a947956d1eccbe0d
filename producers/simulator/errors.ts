/** What can go wrong with a simulation that its user can mend. */

/** A simulation that cannot be; the message says what to do instead. */
export class SimulationError extends Error {
  override readonly name = 'SimulationError';
}
