/** Units by name: which there are, and what values a name fixes. */
import { canonicalDataId, DataIdError, parseDataId } from '../schemas';
import type { Definition } from './definition';
import { PlanError } from './errors';
import type { Pipeline } from './loadPipeline';
import { compareRows, projection, type Values } from './relation';
import { typed } from './tables';

/**
 * The values of the definition's unit dimensions in a unit's name: `tract=9813` where there is one, the canonical data
 * ID where there are several, none where units are named freely.
 * @throws {PlanError} where the name is none of that form
 */
export function unitValues({ unit, dimensions }: Definition, name: string): Values {
  const [first] = unit;
  if (first === undefined) {
    return new Map();
  }
  const expected = unit.length === 1 ? `${first}=VALUE` : `the canonical data ID of ${unit.join(', ')}`;
  const fail = (): never => {
    throw new PlanError(`a unit of this pipeline is called ${expected}, not ${JSON.stringify(name)}`);
  };
  if (unit.length === 1) {
    const value = name.startsWith(`${first}=`)
      ? typed(name.slice(first.length + 1), dimensions.get(first) ?? 'string')
      : null;
    return new Map([[first, value ?? fail()]]);
  }
  const read = dataIdIn(name) ?? fail();
  const values = new Map(unit.map((dimension) => [dimension, read[dimension] ?? fail()]));
  const fits = [...values].every(
    ([dimension, value]) => (typeof value === 'number') === (dimensions.get(dimension) === 'int'),
  );
  return fits && canonicalDataId(Object.fromEntries(values)) === name ? values : fail();
}

function dataIdIn(name: string): ReturnType<typeof parseDataId> | null {
  try {
    return name.startsWith('{') ? parseDataId([name]) : null;
  } catch (error) {
    if (error instanceof DataIdError) {
      return null;
    }
    throw error;
  }
}

/**
 * The names of the units that the tables tell of, in order: each combination of the unit's dimensions that stands in a
 * table with all of them. Where units are named freely, none.
 */
export function unitNames({ definition, tables }: Pipeline): readonly string[] {
  const { unit } = definition;
  const [first] = unit;
  if (first === undefined) {
    return [];
  }
  const whole = [...tables.values()].filter(({ columns }) => unit.every((name) => columns.includes(name)));
  const rows = whole.flatMap(({ columns, rows }) => projection(unit, columns)(rows));
  return [...projection(unit, unit)(rows)]
    .sort(compareRows)
    .map((row) =>
      unit.length === 1
        ? `${first}=${String(row[0])}`
        : canonicalDataId(Object.fromEntries(unit.map((name, place) => [name, row[place] ?? '']))),
    );
}
