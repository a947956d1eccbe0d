/** One event on one line for people: when, what, about what, and every field that says something. */
import { microsToIso } from '../../schemas/json';
import type { LedgerEvent } from '../../schemas/generated/events';
import { escapeControls, shorten } from './terminal';

const typeWidth = 'ExpectationDeclared'.length;
const mostListed = 3;

/** The line without its end; on a terminal (`widthChars`) cut at the right to fit. */
export function eventLine(event: LedgerEvent, widthChars: number | null): string {
  const { header, type, ...fields } = event;
  const attempt = header.attempt === null ? '' : `/${String(header.attempt)}`;
  const about = `${header.campaign} ${header.unit ?? '*'}${attempt}`;
  const time = microsToIso(header.occurredAt).replace('T', ' ').slice(0, 23);
  const line = escapeControls(
    [time, type.padEnd(typeWidth), about, ...Object.entries(fields).flatMap(said)].join('  '),
  );
  return widthChars === null || line.length <= widthChars ? line : `${line.slice(0, Math.max(1, widthChars - 1))}…`;
}

/** `name=value` for a field that holds something; a record's own fields stand for it. */
function said([name, value]: [string, unknown]): string[] {
  if (value === null || value === '' || (Array.isArray(value) && value.length === 0)) {
    return [];
  }
  if (Array.isArray(value)) {
    const listed = value.slice(0, mostListed).map(item);
    const more = value.length - listed.length;
    return [`${name}=[${listed.join(', ')}${more > 0 ? `, and ${String(more)} more` : ''}]`];
  }
  return typeof value === 'object' ? Object.entries(value).flatMap(said) : [`${name}=${item(value)}`];
}

function item(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'path' in value) {
    return String(value.path);
  }
  return shorten(String(value), 120);
}
