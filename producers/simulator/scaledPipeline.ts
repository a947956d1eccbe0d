/** The pipeline hsc-rc1 for a campaign of another size: whole further copies of its tracts, and parts of them. */
import path from 'node:path';
import type { DataIdValue } from '../../schemas';
import { digestOfFiles, loadPipeline, type Pipeline } from '../../pipelines/loadPipeline';
import { indexBy, type Relation, type Row } from '../../pipelines/relation';
import { shippedPipeline } from '../../pipelines/shippedPipeline';
import { rowsText } from '../../pipelines/tables';

/** What is added to a tract's number in each further copy, and to the numbers of its exposures. */
const copySteps: Readonly<Record<string, number>> = { tract: 10_000, visit: 100_000 };

/** A unit of a scaled campaign. */
export interface ScaledUnit {
  readonly unit: string;
  /** The tract of the report whose numbers it has. */
  readonly tract: number;
  /** Its place among all units of the campaign. */
  readonly place: number;
  /** The pipeline of the whole campaign, but of its tables the rows of this unit alone. */
  readonly pipeline: Pipeline;
}

/** A pipeline of the wanted size. */
export interface ScaledPipeline {
  readonly units: readonly ScaledUnit[];
  /** The files it would be read from, by name in one folder, each in pieces: the definition's and its tables'. */
  readonly files: ReadonlyMap<string, Iterable<string>>;
}

/**
 * The pipeline for a campaign `scale` times the size of the report's: for 2.5, two copies of every tract and one of half
 * their patches. At 1 it is the very definition that this package ships.
 * @throws what `loadPipeline` throws
 */
export function scaledPipeline(scale: number): ScaledPipeline {
  const file = shippedPipeline('hsc-rc1');
  const original = loadPipeline(file);
  const shares = [...Array.from({ length: Math.floor(scale) }, () => 1), scale - Math.floor(scale)].filter(
    (share) => share > 0,
  );
  const copies = shares.map((share, copy) => copyOf(original.tables, share, copy));
  const files = new Map<string, Iterable<string>>([[path.basename(file), [original.text]]]);
  for (const [name, tablePath] of original.definition.tables) {
    files.set(tablePath, { [Symbol.iterator]: () => piecesOf(name, copies) });
  }
  const digest = scale === 1 ? original.digest : digestOfFiles(files.values());
  const units = copies.flatMap((tables, copy) =>
    [...byTract(tables)].map(([number, rows]) => ({
      unit: `tract=${String(number)}`,
      tract: number - copy * (copySteps['tract'] ?? 0),
      pipeline: { ...original, digest, tables: rows },
    })),
  );
  return { units: units.map((unit, place) => ({ ...unit, place })), files };
}

/** The text of a table's file, a copy at a time. */
function* piecesOf(name: string, copies: readonly Tables[]): Generator<string, void> {
  for (const [copy, tables] of copies.entries()) {
    const { columns, rows } = tables.get(name) ?? { columns: [], rows: [] };
    yield rowsText(copy === 0 ? [columns, ...rows] : rows);
  }
}

type Tables = ReadonlyMap<string, Relation>;

/** The tables of each tract that has coadds, by its number. */
function byTract(tables: Tables): Map<number, Tables> {
  const indexed = [...tables].map(([name, { columns, rows }]) => {
    const place = columns.indexOf('tract');
    return { name, columns, rows: indexBy(rows, (row) => Number(row[place])) };
  });
  const tracts = [...(indexed.find(({ name }) => name === 'coadds')?.rows.keys() ?? [])].map(Number);
  return new Map(
    tracts
      .sort((a, b) => a - b)
      .map((tract) => [
        tract,
        new Map(indexed.map(({ name, columns, rows }) => [name, { columns, rows: rows.get(tract) ?? [] }])),
      ]),
  );
}

/** The tables with a share of each tract's patches, renumbered as one of several copies. */
function copyOf(tables: Tables, share: number, copy: number): Tables {
  return new Map(
    [...(share < 1 ? partOf(tables, share, copy === 0 ? 1 : 0) : tables)].map(([name, { columns, rows }]) => {
      const steps = columns.map((column) => (copySteps[column] ?? 0) * copy);
      const renumbered =
        copy === 0 ? rows : rows.map((row) => row.map((value, place) => moved(value, steps[place] ?? 0)));
      return [name, { columns, rows: renumbered }];
    }),
  );
}

function moved(value: DataIdValue, step: number): DataIdValue {
  return typeof value === 'number' ? value + step : value;
}

/**
 * A share of each tract's patches, those that most CCDs lie on first, and about that share of each pointing's CCDs: enough
 * that every patch which the pointing lies on still has one. The columns are those of the tables that this package ships.
 */
function partOf(tables: Tables, share: number, atLeast: number): Tables {
  const footprints = tables.get('footprints')?.rows ?? [];
  const patchKey = (row: Row, place: number): string => JSON.stringify([row[0], row[place]]);
  const kept = new Set<string>();
  for (const ofTract of indexBy(footprints, ([tract = '']) => tract).values()) {
    const byPatch = [...indexBy(ofTract, (row) => patchKey(row, 3))];
    byPatch.sort(([a, most], [b, more]) => more.length - most.length || (a < b ? -1 : 1));
    byPatch.slice(0, Math.max(atLeast, Math.round(share * byPatch.length))).forEach(([key]) => kept.add(String(key)));
  }
  const onKept = footprints.filter((row) => kept.has(patchKey(row, 3)));
  const ccds = ccdsFor(onKept, tables.get('ccds')?.rows ?? [], share);
  const pointings = new Set(onKept.map(([tract, pointing]) => JSON.stringify([tract, pointing])));
  const stays: Readonly<Record<string, (row: Row) => boolean>> = {
    visits: ([tract, , , pointing]) => pointings.has(JSON.stringify([tract, pointing])),
    ccds: (row) => ccds.has(ccdKey(row)),
    footprints: (row) => ccds.has(ccdKey(row)) && kept.has(patchKey(row, 3)),
    coadds: (row) => kept.has(patchKey(row, 1)),
  };
  return new Map(
    [...tables].map(([name, { columns, rows }]) => [name, { columns, rows: rows.filter((row) => stays[name]?.(row)) }]),
  );
}

function ccdKey([tract, pointing, ccd]: Row): string {
  return JSON.stringify([tract, pointing, ccd]);
}

/** Of each pointing one CCD a patch, then others on the patches up to the share of all that the pointing has. */
function ccdsFor(footprints: readonly Row[], ccds: readonly Row[], share: number): ReadonlySet<string> {
  const pointingKey = ([tract, pointing]: Row): string => JSON.stringify([tract, pointing]);
  const whole = indexBy(ccds, pointingKey);
  const chosen = new Set<string>();
  for (const [pointing, rows] of indexBy(footprints, pointingKey)) {
    const ofPointing = new Set(
      [...indexBy(rows, ([, , , patch = '']) => patch).values()].map(([first = []]) => ccdKey(first)),
    );
    const wanted = Math.round(share * (whole.get(pointing)?.length ?? 0));
    for (const row of rows) {
      if (ofPointing.size < wanted) {
        ofPointing.add(ccdKey(row));
      }
    }
    ofPointing.forEach((key) => chosen.add(key));
  }
  return chosen;
}
