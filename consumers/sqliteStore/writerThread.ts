/** The thread behind a {@link BackgroundWriter}: makes one commit after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { errorCode, errorMessage } from '../../schemas/systemError';
import { stateAt, type ThreadFailure, type WriterThreadData } from './backgroundWriter';
import { ChangeWriter, type Change } from './changes';
import { openDatabase } from './openDatabase';

const { file, state, failures } = workerData as WriterThreadData;
let writer: ChangeWriter | null = null;

parentPort?.on('message', (changes: readonly Change[]) => {
  // Behind a commit that was not made there is none: the views would lack its rows and be said to have them.
  if (Atomics.load(state, stateAt.hasFailed) === 0) {
    commit(changes);
  }
  Atomics.sub(state, stateAt.underWay, 1);
  Atomics.notify(state, stateAt.underWay);
});

function commit(changes: readonly Change[]): void {
  try {
    writer ??= new ChangeWriter(openDatabase(file));
    writer.write(changes);
  } catch (error) {
    const failure: ThreadFailure = { message: errorMessage(error), code: errorCode(error) };
    failures.postMessage(failure);
    Atomics.store(state, stateAt.hasFailed, 1);
  }
}
