/** Parts of notes in Markdown. */

/** A heading and its list, as lines. */
export function section(title: string, lines: readonly string[]): string[] {
  return ['', `## ${title}`, '', ...(lines.length === 0 ? ['Nothing.'] : lines.map((line) => `- ${line}`))];
}
