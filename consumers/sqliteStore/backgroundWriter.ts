/**
 * Commits made by another thread, so that the next events are folded while the rows of the last ones are written. Two are
 * under way at the most, since now and then one takes long, when the log goes into the database: whoever hands over a
 * third waits until the first is in the database.
 */
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import type { Change } from './changes';
import { StateStoreError } from './errors';

/** What the thread is told at its start. */
export interface WriterThreadData {
  readonly file: string;
  /** How many commits are under way, and whether one has failed: then none is made any more. */
  readonly state: Int32Array;
  /** Takes a {@link ThreadFailure}. */
  readonly failures: MessagePort;
}

/** Why a commit was not made. */
export interface ThreadFailure {
  readonly message: string;
  /** SQLite's name of the error; empty where it is another's. */
  readonly code: string;
}

/** Where in the thread's state what stands. */
export const stateAt = { underWay: 0, hasFailed: 1 } as const;

/** See the file's head. */
export const mostCommitsUnderWay = 2;

/** A commit of some ten thousand rows takes less than a second; a disk that is this slow does not answer at all. */
const longestCommitMillis = 10 * 60_000;

/** See the file's head. */
export class BackgroundWriter {
  private readonly state = new Int32Array(new SharedArrayBuffer(8));
  private readonly worker: Worker;
  private readonly failures: MessagePort;
  private failure: Error | null = null;

  private constructor(
    private readonly file: string,
    threadFile: string,
  ) {
    const { port1, port2 } = new MessageChannel();
    this.failures = port1;
    const workerData: WriterThreadData = { file, state: this.state, failures: port2 };
    this.worker = new Worker(threadFile, { workerData, transferList: [port2] });
    this.worker.unref();
    this.worker.on('error', () => undefined); // told by the state, to whoever waits for the commit
    port1.unref();
  }

  /** Starts the thread; null where there is no compiled file to start it from, as under a test runner. */
  static start(file: string): BackgroundWriter | null {
    const threadFile = require.resolve('./writerThread');
    return threadFile.endsWith('.js') ? new BackgroundWriter(file, threadFile) : null;
  }

  /** Hands over a commit. @throws what a commit before met */
  write(changes: readonly Change[]): void {
    this.waitFor(mostCommitsUnderWay - 1);
    Atomics.add(this.state, stateAt.underWay, 1);
    this.worker.postMessage(changes);
  }

  /** Waits until the commits under way are in the database. @throws what they met */
  settle(): void {
    this.waitFor(0);
  }

  /** @param underWay how many commits may still be under way */
  private waitFor(underWay: number): void {
    for (;;) {
      const now = Atomics.load(this.state, stateAt.underWay);
      if (Atomics.load(this.state, stateAt.hasFailed) !== 0) {
        this.failure ??= asError(receiveMessageOnPort(this.failures)?.message as ThreadFailure | undefined);
        throw this.failure;
      }
      if (now <= underWay) {
        return;
      }
      if (Atomics.wait(this.state, stateAt.underWay, now, longestCommitMillis) === 'timed-out') {
        throw new StateStoreError(
          `the views at ${this.file} have taken no rows for ten minutes: does the disk answer?`,
        );
      }
    }
  }

  /** Ends the thread, after {@link settle}. */
  close(): void {
    void this.worker.terminate();
    this.failures.close();
  }
}

function asError(failure: ThreadFailure | undefined): Error {
  const { message = 'the rows could not be written', code = '' } = failure ?? {};
  return Object.assign(new Error(message), { code });
}
