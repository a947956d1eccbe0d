/** Commands that a person may paste into a shell. */

/** A word as a POSIX shell reads it: as it is where nothing in it means anything to one, else between quotes. */
export function shellWord(text: string): string {
  return /^[\p{L}\p{N}_.,+=@:/-]+$/u.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** The command that goes on with a unit, ready to be typed. */
export function restartCommand(
  { campaign, unit }: { readonly campaign: string; readonly unit: string },
  definition: string,
  { root }: { readonly root: string },
): string {
  const words = [campaign, unit, '--definition', definition, '--root', root];
  return ['tractledger restart', ...words.map(shellWord)].join(' ');
}
