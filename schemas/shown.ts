/** A value of any kind for an error message, at most 80 characters; never throws, whatever it is given. */
export function shown(value: unknown): string {
  const text = asText(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function asText(value: unknown): string {
  if (value === undefined) {
    return 'nothing';
  }
  if (typeof value === 'number' || typeof value === 'bigint') {
    return String(value); // JSON knows neither NaN nor big integers
  }
  try {
    const json = JSON.stringify(value) as string | undefined;
    return json ?? `a ${typeof value}`;
  } catch {
    return `a ${typeof value} that cannot be shown`; // circular, nested too deep, or its own toJSON throws
  }
}
