/** Commands that a person may paste into a shell. */

/** A word as a POSIX shell reads it: as it is where nothing in it means anything to one, else between quotes. */
export function shellWord(text: string): string {
  return /^[\p{L}\p{N}_.,+=@:/-]+$/u.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
