/**
 * Makes the data ID tables of pipelines/hsc-rc1.yaml: exposures of HSC laid over the patches of three tracts, so that the
 * jobs come out as Table 3 of the test report DMTR-51 counts them. Which exposures went into the real campaign is not
 * published in that report, so visits and pointings stand in for them; their numbers are the report's.
 *
 *   node -r ./scripts/typescript.cjs scripts/hscRc1Tables.ts
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';

/** Lengths are in patches: 4000 pixels of 0.168 arc seconds. A tract has 9 x 9 patches. */
const patchesAcross = 9;
const ccd = { width: 0.51, height: 1.04, columnStep: 0.56, rowStep: 1.13 };
/** HSC has 104 science CCDs; number 9 is dead. */
const ccdCount = 104;
const deadCcd = 9;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where a telescope pointed, in the patches of one tract, and how much of that tract is processed. */
interface Pointing {
  readonly tract: number;
  readonly name: string;
  readonly centre: Point;
  readonly ccds: number;
  readonly patches: number;
  /** Exposures by filter. */
  readonly visits: Readonly<Record<string, number>>;
}

type PatchName = string;

const range = (length: number): number[] => Array.from({ length }, (_, index) => index);

/** The centres of the CCDs about the optical axis: the innermost places of a grid. */
const ccdPlaces: readonly Point[] = range(19)
  .flatMap((column) => range(11).map((row) => ({ x: (column - 9) * ccd.columnStep, y: (row - 5) * ccd.rowStep })))
  .sort((a, b) => Math.hypot(a.x, a.y) - Math.hypot(b.x, b.y) || a.x - b.x || a.y - b.y)
  .slice(0, ccdCount)
  .sort((a, b) => a.x - b.x || a.y - b.y);

/** COSMOS: twelve pointings about the tract's centre in five filters, three with the narrow band. */
function cosmos(): Pointing[] {
  const broad = range(12).map((index): Pointing => ({
    tract: 9813,
    name: `cosmos${String(index)}`,
    centre: around({ x: 4.5, y: 4.5 }, 0.9, index / 12 + 1 / 24),
    ccds: index === 0 ? 103 : 102,
    patches: index < 3 ? 70 : 69,
    visits: { 'HSC-G': 2, 'HSC-R': 2, 'HSC-I': 4, 'HSC-Z': 4, 'HSC-Y': 5 },
  }));
  const narrow = range(3).map((index): Pointing => ({
    tract: 9813,
    name: `cosmosNarrow${String(index)}`,
    centre: around({ x: 4.5, y: 4.5 }, 0.3, index / 3),
    ccds: index === 0 ? 100 : 99,
    patches: index < 2 ? 67 : 66,
    visits: { NB0921: 11 },
  }));
  return [...broad, ...narrow];
}

/** Wide: four pointings a tract, and one on the border whose exposures both tracts share. */
function wide(): Pointing[] {
  const corners: readonly Point[] = [{ x: 3.6, y: 3.6 }, { x: 5.4, y: 3.6 }, { x: 3.6, y: 5.4 }, { x: 5.4, y: 5.4 }]; // prettier-ignore
  const ofTract = (tract: number, ccds: readonly number[], patches: readonly number[]): Pointing[] =>
    corners.map((centre, index) => ({
      tract,
      name: `wide${String(tract)}_${String(index)}`,
      centre,
      ccds: ccds[index] ?? 0,
      patches: patches[index] ?? 0,
      visits: { 'HSC-G': index < 2 ? 2 : 1, 'HSC-R': index < 2 ? 1 : 2, 'HSC-I': 2, 'HSC-Z': 2, 'HSC-Y': 2 },
    }));
  const border = { name: 'wideBorder', visits: { 'HSC-G': 2, 'HSC-R': 2, 'HSC-I': 3, 'HSC-Z': 2, 'HSC-Y': 2 } };
  return [
    ...ofTract(8766, [94, 94, 93, 93], [58, 57, 57, 57]),
    { ...border, tract: 8766, centre: { x: 9.2, y: 4.5 }, ccds: 44, patches: 24 },
    ...ofTract(8767, [94, 94, 94, 94], [58, 58, 58, 57]),
    { ...border, tract: 8767, centre: { x: 0.2, y: 4.5 }, ccds: 52, patches: 32 },
  ];
}

/** Patches that a tract is not processed in: at all, or in one filter only. */
const left: Readonly<Record<number, { readonly all: readonly PatchName[]; readonly narrow: readonly PatchName[] }>> = {
  9813: { all: ['0,8', '8,0'], narrow: ['0,0', '0,1', '1,0', '8,8', '8,7', '7,8', '0,7', '1,8', '8,1'] },
};

function around({ x, y }: Point, distance: number, turn: number): Point {
  return { x: x + distance * Math.cos(2 * Math.PI * turn), y: y + distance * Math.sin(2 * Math.PI * turn) };
}

/** The area that a CCD shares with the patch whose lower left corner is given. */
function shared(place: Point, corner: Point): number {
  const along = (centre: number, length: number, begin: number): number =>
    Math.max(0, Math.min(centre + length / 2, begin + 1) - Math.max(centre - length / 2, begin));
  return along(place.x, ccd.width, corner.x) * along(place.y, ccd.height, corner.y);
}

/** What one pointing gives in its tract: its CCDs, and which of them lie on which patch. */
function footprintOf({ tract, name, centre, ccds, patches, visits }: Pointing): {
  readonly ccds: number[];
  readonly pairs: { readonly ccd: number; readonly patch: PatchName }[];
} {
  const places = ccdPlaces.map(({ x, y }) => ({ x: x + centre.x, y: y + centre.y }));
  const corners = range(patchesAcross).flatMap((x) => range(patchesAcross).map((y) => ({ x, y })));
  const overlaps = corners.flatMap(
    (corner) =>
    places.map((place, number) => ({ number, patch: `${String(corner.x)},${String(corner.y)}`, corner, area: shared(place, corner) })), // prettier-ignore
  );
  const touching = overlaps.filter(({ area, number }) => area > 0 && number !== deadCcd);
  const most = range(ccdCount)
    .filter((number) => number !== deadCcd)
    .map((number) => ({ number, area: sumOf(touching.filter((overlap) => overlap.number === number)) }))
    .sort((a, b) => b.area - a.area || a.number - b.number);
  const kept = new Set(most.slice(0, ccds).map(({ number }) => number));
  const outside = [...(left[tract]?.all ?? []), ...('NB0921' in visits ? (left[tract]?.narrow ?? []) : [])];
  // Patches on the side that the pointing leans to come first, so that together the pointings reach every patch.
  const lean = { x: centre.x - 4.5, y: centre.y - 4.5 };
  const byWorth = corners
    .map((corner) => ({
      patch: `${String(corner.x)},${String(corner.y)}`,
      area: sumOf(touching.filter((overlap) => overlap.corner === corner && kept.has(overlap.number))),
      lean: lean.x * (corner.x - 4) + lean.y * (corner.y - 4),
    }))
    .filter(({ patch, area }) => area > 0 && !outside.includes(patch))
    .sort((a, b) => b.lean + 4 * b.area - a.lean - 4 * a.area || (a.patch < b.patch ? -1 : 1));
  const chosen = new Set(byWorth.slice(0, patches).map(({ patch }) => patch));
  if (kept.size !== ccds || chosen.size !== patches) {
    throw new Error(`${name}: ${String(kept.size)} CCDs on ${String(byWorth.length)} patches are too few`);
  }
  return {
    ccds: [...kept].sort((a, b) => a - b),
    pairs: touching
      .filter(({ number, patch }) => kept.has(number) && chosen.has(patch))
      .map(({ number, patch }) => ({ ccd: number, patch })),
  };
}

function sumOf(overlaps: readonly { readonly area: number }[]): number {
  return overlaps.reduce((sum, { area }) => sum + area, 0);
}

/** The four tables, as lines. */
function tables(): Readonly<Record<string, string[]>> {
  const lines: Record<string, string[]> = {
    'visits.csv': ['tract,visit,filter,pointing'],
    'ccds.csv': ['tract,pointing,ccd'],
    'footprints.csv': ['tract,pointing,ccd,patch'],
  };
  const coadds = new Set<string>();
  const numbers = new Map<string, number>();
  for (const pointing of [...wide(), ...cosmos()]) {
    const { tract, name } = pointing;
    const { ccds, pairs } = footprintOf(pointing);
    for (const [filter, count] of Object.entries(pointing.visits)) {
      for (const index of range(count)) {
        // An exposure on the border has one number in both tracts; HSC counts exposures in steps of two.
        const key = `${name} ${filter} ${String(index)}`;
        const visit = numbers.get(key) ?? 1166 + 2 * numbers.size;
        numbers.set(key, visit);
        lines['visits.csv']?.push(`${String(tract)},${String(visit)},${filter},${name}`);
      }
      pairs.forEach(({ patch }) => coadds.add(`${String(tract)},"${patch}",${filter}`));
    }
    lines['ccds.csv']?.push(...ccds.map((number) => `${String(tract)},${name},${String(number)}`));
    lines['footprints.csv']?.push(...pairs.map(({ ccd, patch }) => `${String(tract)},${name},${String(ccd)},"${patch}"`)); // prettier-ignore
  }
  return { ...lines, 'coadds.csv': ['tract,patch,filter', ...[...coadds].sort()] };
}

const folder = path.resolve(__dirname, '../pipelines/hsc-rc1');
for (const [name, lines] of Object.entries(tables())) {
  writeFileSync(path.join(folder, name), `${lines.join('\n')}\n`);
  process.stdout.write(`${name}: ${String(lines.length - 1)} rows\n`);
}
