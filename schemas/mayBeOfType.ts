/** Which events may be of a type, told by their first ten bytes: most need not be decoded. */
import { publishedSchemas } from './generated/schemas';
import type { EventType } from './registry';
import { readFingerprint } from './singleObject';

/** Whether the bytes may be an event of these types; true for bytes whose schema is unknown here. */
export type TypeTest = (message: Uint8Array) => boolean;

/** Tells by the schema's fingerprint alone whether an event is of one of the types, whichever version wrote it. */
export function mayBeOfType(types: readonly EventType[] | undefined): TypeTest {
  if (types === undefined) {
    return () => true;
  }
  const wanted = new Set<string>(types);
  const others = new Set(
    publishedSchemas.filter(({ name }) => !wanted.has(name)).map(({ fingerprint }) => fingerprint as string),
  );
  return (message) => !others.has(readFingerprint(message));
}
