/**
 * avsc's types without the rest of it. Its index also loads containers, services and streams, which takes longer than
 * everything else that `exec` loads before a job can start; nothing here needs them.
 */
import { createRequire } from 'node:module';
import type { Type as AvscType, types as avscTypes } from 'avsc';

interface TypesModule {
  readonly Type: typeof AvscType;
  readonly builtins: typeof avscTypes;
}

const loaded = createRequire(__filename)('avsc/lib/types') as TypesModule;

/** avsc's `Type`. */
export const Type = loaded.Type;

/** avsc's `types`: the classes of Avro's types. */
export const types = loaded.builtins;
