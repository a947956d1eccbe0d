/** Names that something might have been called instead. */

/** So many tell what they look like. */
const namesShown = 5;

/** The first of some names, and how many more there are. */
export function someOf(names: readonly string[]): string {
  const more = names.length > namesShown ? ` and ${String(names.length - namesShown)} more` : '';
  return `${names.slice(0, namesShown).join(', ')}${more}`;
}
