/** Size and digests of a file, reading it once and never whole. */
import { createHash, type Hash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { describe } from './fileState';

/** What reading a file through told. */
export interface FileContent {
  /** The bytes that were read: what the digests are of. */
  readonly sizeBytes: number;
  /** Hexadecimal; null where this platform's cryptography forbids MD5. */
  readonly md5: string | null;
  /** Hexadecimal; null unless asked for. */
  readonly sha256: string | null;
  /** Whether somebody wrote to the file meanwhile. */
  readonly changed: boolean;
}

const chunkBytes = 1024 * 1024;

/**
 * Reads a file through.
 * @param signal ends the reading early
 * @returns null where the signal ended it
 * @throws what opening and reading throw
 */
export async function readContent(
  file: string,
  options: { readonly sha256: boolean; readonly signal: AbortSignal },
): Promise<FileContent | null> {
  const handle = await open(file);
  try {
    const before = describe(await handle.stat({ bigint: true }));
    const md5 = hashIfAllowed('md5');
    const sha256 = options.sha256 ? hashIfAllowed('sha256') : null;
    const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, Math.max(1, before.sizeBytes + 1)));
    let sizeBytes = 0;
    for (;;) {
      if (options.signal.aborted) {
        return null;
      }
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, sizeBytes);
      if (bytesRead === 0) {
        break;
      }
      sizeBytes += bytesRead;
      md5?.update(chunk.subarray(0, bytesRead));
      sha256?.update(chunk.subarray(0, bytesRead));
    }
    const after = describe(await handle.stat({ bigint: true }));
    const changed = after.fingerprint !== before.fingerprint || sizeBytes !== before.sizeBytes;
    return { sizeBytes, md5: md5?.digest('hex') ?? null, sha256: sha256?.digest('hex') ?? null, changed };
  } finally {
    await handle.close();
  }
}

/** OpenSSL in FIPS mode refuses MD5; a missing digest is then a digest not told. */
function hashIfAllowed(algorithm: string): Hash | null {
  try {
    return createHash(algorithm);
  } catch {
    return null;
  }
}
