/**
 * UUIDs that sort by their time, version 7 of RFC 9562, section 5.7. The package uuid makes them too, in twenty-one
 * files: more than the rest of what `exec` loads for itself, in front of every job.
 */
import { randomBytes } from 'node:crypto';
import { uuidFromBytes } from '../../schemas/uuid';

/** A new UUID. @param unixMillis the time in its first 48 bits, milliseconds since 1970 */
export function uuidV7(unixMillis: number = Date.now()): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(unixMillis, 0, 6);
  bytes.writeUInt8(0x70 | (bytes.readUInt8(6) & 0x0f), 6);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
  return uuidFromBytes(bytes);
}
