/** Reading text files by complete lines, so that a file that is still being written is read up to its last one. */
import { open, stat } from 'node:fs/promises';
import { errorMessage } from '../../schemas/systemError';
import { ImportFileError, ImportFormatError, type Place } from './errors';

/** One line of a file, without its line end. */
export interface Line extends Place {
  readonly text: string;
}

/** A file, and how much of it is to be read: its size when it was looked at, so that two passes see the same bytes. */
export interface FileExtent {
  readonly file: string;
  readonly sizeBytes: number;
}

const chunkBytes = 1 << 18;
/** Nothing that writes these logs writes lines this long; a file that has one is something else. */
const maxLineBytes = 1 << 24;
const newline = 0x0a;

/**
 * The sizes of files as they stand.
 * @throws {ImportFileError} for a file that is absent or no regular file
 */
export async function measureFiles(files: readonly string[]): Promise<FileExtent[]> {
  return Promise.all(
    files.map(async (file) => {
      const found = await stat(file).catch((error: unknown) => {
        throw new ImportFileError(file, `cannot be read: ${errorMessage(error)}`, { cause: error });
      });
      if (!found.isFile()) {
        throw new ImportFileError(file, 'is no regular file');
      }
      return { file, sizeBytes: found.size };
    }),
  );
}

/**
 * The complete lines of a file, many at a time. What follows the last line end is not delivered: it may still grow.
 * Bytes that are no UTF-8 become U+FFFD. A carriage return before the line end is dropped.
 * @param onRemainder called at the end with an incomplete last line
 * @throws {ImportFileError} where reading fails, {@link ImportFormatError} for a line over 16 MiB
 */
export async function* readLines(
  extent: FileExtent,
  onRemainder: (line: Line) => void,
): AsyncGenerator<readonly Line[], void> {
  let pending: Buffer = Buffer.alloc(0);
  let line = 1;
  for await (const chunk of readChunks(extent)) {
    const joined = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    const end = joined.lastIndexOf(newline) + 1;
    // A copy: the chunk's memory is used again for the next one.
    pending = Buffer.from(joined.subarray(end));
    if (pending.length > maxLineBytes) {
      throw new ImportFormatError({ file: extent.file, line }, 'lines of text', pending.toString('latin1', 0, 80));
    }
    if (end > 0) {
      const texts = joined.toString('utf8', 0, end - 1).split('\n');
      const first = line;
      line += texts.length;
      yield texts.map((text, index) => ({
        file: extent.file,
        line: first + index,
        text: text.endsWith('\r') ? text.slice(0, -1) : text,
      }));
    }
  }
  if (pending.length > 0) {
    onRemainder({ file: extent.file, line, text: pending.toString('utf8') });
  }
}

async function* readChunks(extent: FileExtent): AsyncGenerator<Buffer, void> {
  const handle = await open(extent.file).catch((error: unknown) => {
    throw new ImportFileError(extent.file, `cannot be read: ${errorMessage(error)}`, { cause: error });
  });
  try {
    const memory = Buffer.allocUnsafe(chunkBytes);
    for (let at = 0; at < extent.sizeBytes;) {
      const { bytesRead } = await handle.read(memory, 0, Math.min(chunkBytes, extent.sizeBytes - at), at);
      if (bytesRead === 0) {
        throw new ImportFileError(extent.file, 'became shorter while it was read; import it again');
      }
      at += bytesRead;
      yield memory.subarray(0, bytesRead);
    }
  } catch (error) {
    throw error instanceof ImportFileError
      ? error
      : new ImportFileError(extent.file, `cannot be read: ${errorMessage(error)}`, { cause: error });
  } finally {
    await handle.close();
  }
}
