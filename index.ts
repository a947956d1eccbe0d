/** The library: what a TypeScript producer or reader of a ledger uses. */
export * from './schemas';
export * from './ledger/errors';
export { openLedger } from './ledger/openLedger';
export type * from './ledger/port';
export { claimNextAttempt, type AttemptClaim } from './producers/attempts/claimAttempt';
export { createEmitter, type EmittedEvent, type Emitter, type EmitterOptions } from './producers/emitter/emitter';
