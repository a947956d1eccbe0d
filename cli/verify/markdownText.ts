/** Text and tables in Markdown, whatever is in them. */
import { escapeControls } from '../output/terminal';

/** Words as prose: what would be markup or HTML is escaped, so that it reads as it was written. */
export function prose(text: string): string {
  return escapeControls(text)
    .replace(/[\\`*_[\]|~#]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;');
}

/** A name as code: it is shown as it is, in a table cell too. */
export function code(text: string): string {
  const shown = escapeControls(text).replace(/\|/g, '\\|');
  const longest = Math.max(0, ...(shown.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = longest > 0 || shown === '' ? ' ' : '';
  return `${fence}${pad}${shown}${pad}${fence}`;
}

/** One column of a table. */
export interface MarkdownColumn {
  readonly title: string;
  readonly right?: boolean;
}

/** A table of cells that are Markdown already. */
export function table(columns: readonly MarkdownColumn[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const head = [
    line(columns.map(({ title }) => title)),
    line(columns.map(({ right }) => (right === true ? '--:' : '---'))),
  ];
  return [...head, ...rows.map(line)].join('\n');
}
