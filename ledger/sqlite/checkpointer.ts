/**
 * Takes the write-ahead log into the file on another thread, while appends go on: a checkpoint writes every page a second
 * time and waits for its sync, which was a quarter of all the time that many appends in a row took. SQLite's own
 * checkpoint behind a commit stays as it was and finds little left to do, or all of it where there is no thread.
 */
import { Worker } from 'node:worker_threads';

/** What the thread is given at its start. */
export interface CheckpointThreadData {
  readonly file: string;
  /** One number: {@link checkpointStates}. */
  readonly state: Int32Array;
}

/** What the thread is told. */
export type CheckpointOrder = 'checkpoint' | 'close';

/** What the thread is at. */
export const checkpointStates = { idle: 0, busy: 1 } as const;

/** So much has a ledger taken before it starts a thread: a short-lived process never pays for one. */
const startBytes = 8 * 1024 * 1024;

/** After so much more the thread is told to take the log in: well before SQLite's 1,000 pages, and with few syncs. */
const stepBytes = 1600 * 1024;

/** Beside its events a commit writes a page of each table and index that it touches. */
const bytesBesideEvents = 4 * 4096;

/** One open ledger's checkpoints in the background. */
export class Checkpointer {
  private readonly state = new Int32Array(new SharedArrayBuffer(4));
  private worker: Worker | null = null;
  private hasStarted = false;
  private committedBytes = 0;
  private bytesSinceStep = 0;

  /** @param file the ledger's, which exists */
  constructor(private readonly file: string) {}

  /** To be told of every commit. @param eventBytes the bytes of the events in it, as far as known */
  noteCommit(eventBytes: number): void {
    this.committedBytes += eventBytes + bytesBesideEvents;
    this.bytesSinceStep += eventBytes + bytesBesideEvents;
    if (this.bytesSinceStep < stepBytes || this.committedBytes < startBytes) {
      return;
    }
    if (!this.hasStarted) {
      this.hasStarted = true;
      this.start();
    }
    const { idle, busy } = checkpointStates;
    if (this.worker !== null && Atomics.compareExchange(this.state, 0, idle, busy) === idle) {
      this.bytesSinceStep = 0;
      this.worker.postMessage('checkpoint' satisfies CheckpointOrder);
    }
  }

  /** Ends the thread; its connection is closed then. */
  async close(): Promise<void> {
    const { worker } = this;
    this.hasStarted = true;
    if (worker !== null) {
      await new Promise<void>((resolve) => {
        worker.ref(); // whoever closes may have nothing else to wait for
        worker.once('exit', () => {
          resolve();
        });
        worker.postMessage('close' satisfies CheckpointOrder);
      });
    }
  }

  /** Where there is no compiled file to start a thread from, as under a test runner, commits go on without. */
  private start(): void {
    const threadFile = require.resolve('./checkpointThread');
    if (!threadFile.endsWith('.js')) {
      return;
    }
    const workerData: CheckpointThreadData = { file: this.file, state: this.state };
    const worker = new Worker(threadFile, { workerData });
    worker.unref();
    worker.on('error', () => undefined); // commits then go on without it
    worker.on('exit', () => {
      this.worker = null;
    });
    this.worker = worker;
  }
}
