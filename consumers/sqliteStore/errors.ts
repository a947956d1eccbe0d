/** The views cannot be used: where they lie, what is wrong, what to do. */
export class StateStoreError extends Error {
  override readonly name: string = 'StateStoreError';
}

/** Another process keeps these views up to date at the moment. */
export class StateStoreBusyError extends StateStoreError {
  override readonly name = 'StateStoreBusyError';
}
