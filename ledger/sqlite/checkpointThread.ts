/** The thread behind a {@link Checkpointer}: takes the log into the file when told to, on a connection of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { BetterSqlite3 } from './betterSqlite3';
import { checkpointStates, type CheckpointOrder, type CheckpointThreadData } from './checkpointer';

const { file, state } = workerData as CheckpointThreadData;
const database = new BetterSqlite3(file, { fileMustExist: true });
database.pragma('synchronous = FULL');
database.pragma('wal_autocheckpoint = 0');
database.prepare('SELECT id FROM ledger').get(); // a connection knows of the log only once it has read

parentPort?.on('message', (order: CheckpointOrder) => {
  if (order === 'close') {
    database.close();
    parentPort?.close();
    return;
  }
  try {
    database.pragma('wal_checkpoint(PASSIVE)');
  } catch {
    // Nothing is lost: what stays in the log is taken by the next checkpoint, in the last resort a commit's own.
  }
  Atomics.store(state, 0, checkpointStates.idle);
});
