/**
 * From the values of a Butler data ID to names and values.
 *
 * A quantum names its dimensions in the order of the Butler's dimension universe and lists the values in another: first
 * the required dimensions, then those that others imply. Source: lsst.daf.butler, `DimensionGroup.data_coordinate_keys`
 * ("required", then "implied") and `configs/dimensions.yaml`.
 */
import type { DataId, DataIdValue } from '../../../schemas';

/** What implies what, by the default dimension universe from version 0 to 7. */
const impliedBy: ReadonlyMap<string, readonly string[]> = new Map([
  ['band', ['physical_filter']],
  ['physical_filter', ['visit', 'exposure']],
  ['visit_system', ['visit']],
  ['day_obs', ['visit', 'exposure']],
  ['group', ['exposure']],
]);

/**
 * A data ID from a quantum's dimensions and values; the values may stop after the required dimensions.
 * @returns null where there are not as many values as dimensions
 */
export function quantumDataId(dimensions: readonly string[], values: readonly DataIdValue[]): DataId | null {
  const isImplied = (name: string): boolean =>
    impliedBy.get(name)?.some((other) => dimensions.includes(other)) ?? false;
  const required = dimensions.filter((name) => !isImplied(name));
  const ordered = [...required, ...dimensions.filter(isImplied)];
  if (values.length !== ordered.length && values.length !== required.length) {
    return null;
  }
  return Object.fromEntries(values.map((value, index) => [ordered[index] ?? '', value]));
}

/**
 * The logical path that stands for a dataset: its type and its data ID's values, `calexp/LSSTCam-imSim/9/1472`. A graph
 * tells no file names. Two datasets have one path exactly when type and values are the same, whatever these hold.
 * @param values null for a dataset without a data ID
 */
export function datasetPath(type: string, values: readonly DataIdValue[] | null): string {
  return [
    segment(type),
    ...(values ?? []).map((value) => (typeof value === 'number' ? String(value) : segment(value))),
  ].join('/');
}

/** A text as one step of a path: never empty, never `.` or `..`, and never like a number, which stands for itself. */
function segment(text: string): string {
  if (/^-?\d+$/.test(text) || text === '') {
    return encodeURIComponent(`"${text}"`);
  }
  return encodeURIComponent(text).replace(/^\.+$/, (dots) => dots.replaceAll('.', '%2E'));
}
