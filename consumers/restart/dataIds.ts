/** Which data IDs a veto or a withdrawal concerns. */
import type { DataIdValue } from '../../schemas';

const parsed = new Map<string, Readonly<Record<string, DataIdValue>>>();
const mostParsed = 1000;

/**
 * Whether a data ID holds all the values of another.
 * @param wanted canonical; null holds for every data ID
 */
export function matchesDataId(wanted: string | null, dataId: string | null): boolean {
  if (wanted === null) {
    return true;
  }
  const entries = Object.entries(valuesOf(wanted));
  if (dataId === null || entries.length === 0) {
    return false;
  }
  const values = valuesOf(dataId);
  return entries.every(([dimension, value]) => values[dimension] === value);
}

/** A few texts are asked for again and again: those of vetoes and withdrawals. */
function valuesOf(text: string): Readonly<Record<string, DataIdValue>> {
  let values = parsed.get(text);
  if (values === undefined) {
    values = parse(text);
    if (parsed.size >= mostParsed) {
      parsed.clear();
    }
    parsed.set(text, values);
  }
  return values;
}

function parse(text: string): Readonly<Record<string, DataIdValue>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, DataIdValue>) : {};
  } catch {
    return {}; // from a producer that did not keep to canonical data IDs: it matches nothing
  }
}
