/** The thread behind a {@link BackgroundWriter}: makes one commit after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { errorCode, errorMessage } from '../../schemas/systemError';
import { threadStates, type ThreadFailure, type WriterThreadData } from './backgroundWriter';
import { ChangeWriter, type Change } from './changes';
import { openDatabase } from './openDatabase';

const { file, state, failures } = workerData as WriterThreadData;
let writer: ChangeWriter | null = null;

parentPort?.on('message', (changes: readonly Change[]) => {
  try {
    writer ??= new ChangeWriter(openDatabase(file));
    writer.write(changes);
    Atomics.store(state, 0, threadStates.idle);
  } catch (error) {
    const failure: ThreadFailure = { message: errorMessage(error), code: errorCode(error) };
    failures.postMessage(failure);
    Atomics.store(state, 0, threadStates.failed);
  }
  Atomics.notify(state, 0);
});
