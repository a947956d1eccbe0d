/** Standard output, line by line: at the reader's pace, and quietly over when the reader has gone. */
import { once } from 'node:events';
import { OutputClosedError } from '../errors';

const chunkChars = 64 * 1024;

const closed = new AbortController();
let watching = false;

/** Aborted once nobody reads standard output any more, so that what only waits for more to print can end. */
export function outputClosed(): AbortSignal {
  watchOutput();
  return closed.signal;
}

/**
 * Lets a reader that closes the pipe end the writing instead of the process: Node's own answer would be a stack trace.
 * Any other error of the stream is raised as it is.
 */
export function watchOutput(): void {
  if (watching) {
    return;
  }
  watching = true;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') {
      throw error;
    }
    closed.abort();
  });
}

/** Collects lines and writes them in chunks; `flush` when the last is said, or when a person waits for each. */
export class LineWriter {
  #pending: string[] = [];
  #pendingChars = 0;

  /** Adds a line. @throws {OutputClosedError} once nobody reads any more */
  async line(text: string): Promise<void> {
    this.#pending.push(text, '\n');
    this.#pendingChars += text.length + 1;
    if (this.#pendingChars >= chunkChars) {
      await this.flush();
    }
  }

  /** Writes out what was collected. @throws {OutputClosedError} once nobody reads any more */
  async flush(): Promise<void> {
    const text = this.#pending.join('');
    this.#pending = [];
    this.#pendingChars = 0;
    await writeOutput(text);
  }
}

/** Writes a text to standard output. @throws {OutputClosedError} once nobody reads any more */
export async function writeOutput(text: string): Promise<void> {
  const signal = outputClosed();
  if (!signal.aborted && text !== '' && !process.stdout.write(text)) {
    await once(process.stdout, 'drain', { signal }).catch(ignoreFailure);
  }
  if (signal.aborted) {
    throw new OutputClosedError('standard output was closed by its reader');
  }
}

/** Writes a value to standard output as one JSON document, indented. @throws {OutputClosedError} */
export async function writeJson(value: unknown): Promise<void> {
  await writeOutput(`${JSON.stringify(value, null, 2)}\n`);
}

function ignoreFailure(): void {
  // The wait ends when the stream fails, too; the signal tells, and is looked at right after it.
}
