/** The identities that importers give: all follow from what is imported, so that importing again says the same again. */
import { createHash } from 'node:crypto';
import { v5 } from 'uuid';

/** The namespace of every UUID that an importer makes. Never changed: stored events carry its children. */
const namespace = '6f1dd2f4-3a55-5d0c-9a43-0d8a2f6f9d3e';

/** The kinds of input that importers read. */
export type ImportKind = 'htcondor' | 'nextflow' | 'quantum-graph' | 'wfformat';

/** What an import is about. */
export interface ImportScope {
  readonly kind: ImportKind;
  readonly campaign: string;
  readonly unit: string;
  readonly attempt: number;
}

/** SHA-256 of a text, hexadecimal. */
export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** The producer that an imported input is: UUIDv5 of kind, campaign, unit, attempt and the digest of its first complete record. */
export function inputProducer(scope: ImportScope, firstRecordDigest: string): string {
  return derive(['input', scope.kind, scope.campaign, scope.unit, scope.attempt, firstRecordDigest]);
}

/**
 * The producer of the one note which says that a file was imported for an attempt. The file's path stands in its
 * identity and the first record's digest in its content, so that the file with another beginning is refused.
 * @param file null where the file is one whole and no other of its kind may tell the attempt, whatever its path
 */
export function noteProducer(scope: ImportScope, file: string | null): string {
  return derive(['note', scope.kind, scope.campaign, scope.unit, scope.attempt, ...(file === null ? [] : [file])]);
}

/** An execution of a job within an attempt, told from the attempt's others by what its source calls it. */
export function attemptExecution(scope: ImportScope, ...names: readonly (string | number)[]): string {
  return derive(['execution', scope.kind, scope.campaign, scope.unit, scope.attempt, ...names]);
}

/** An execution that later attempts of the unit may name too, as with cached work. */
export function unitExecution(scope: ImportScope, ...names: readonly (string | number)[]): string {
  return derive(['execution', scope.kind, scope.campaign, scope.unit, ...names]);
}

function derive(names: readonly (string | number)[]): string {
  // JSON keeps the names apart whatever they contain.
  return v5(JSON.stringify(names), namespace);
}
