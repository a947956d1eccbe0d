/** A small pipeline in files: two visits of two CCDs over two patches of one tract, and one visit in another. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** The definition; tests replace parts of it. */
export const coaddDefinition = `format: 1
pipeline: coadd
dimensions: { tract: int, visit: int, ccd: int, patch: string, filter: string }
unit: [tract]
tables:
  ccds: ccds.csv
  overlaps: overlaps.csv
datasetTypes:
  raw:
    role: registered
    dimensions: [visit, ccd]
    table: ccds
    template: raw/{visit:07}-{ccd:03}.fits
  calexp:
    role: intermediate
    dimensions: [tract, visit, ccd]
    template: '{attempt}/{tract}/CORR-{visit:07}-{ccd:03}.fits'
    metadata: [tract, visit, filter, ccd]
    sameness: contentDigest
  warp:
    role: intermediate
    dimensions: [tract, patch, filter, visit]
    template: '{attempt}/{tract}/{patch}/warp-{filter}-{visit}.fits'
  coadd:
    role: product
    dimensions: [tract, patch, filter]
    template: '{attempt}/{tract}/{patch}/coadd-{filter}.fits'
tasks:
  processCcd:
    dimensions: [tract, visit, ccd]
    over: [ccds]
    executable: processCcd.py
    command: [processCcd.py, '{inputs.raw}', --id, 'visit={visit}', 'ccd={ccd}', --threshold, '{science.threshold}', '{outputs.calexp}']
    inputs: { raw: {} }
    outputs: { calexp: {} }
  warp:
    dimensions: [tract, patch, filter, visit]
    over: [overlaps]
    executable: makeCoaddTempExp.py
    command: [makeCoaddTempExp.py, 'patch={patch}', '{inputs.calexp}', '{outputs.warp}']
    inputs: { calexp: { require: any } }
    outputs: { warp: { mayBeAbsent: true, toleratedAbsence: 0.05 } }
  coadd:
    dimensions: [tract, patch, filter]
    over: [overlaps]
    executable: assembleCoadd.py
    command: [assembleCoadd.py, '{inputs.warp}', '{outputs.coadd}']
    inputs: { warp: { require: { atLeast: 1 } } }
    outputs: { coadd: {} }
science:
  processCcd: { threshold: 5.5 }
execution:
  processCcd: { retries: 2, cpuSeconds: 100, maxRssBytes: 2000000000, toleratedLoss: { deadCcd: 0.001 } }
`;

/** Its tables: tract 1 has visits 10 and 11, tract 2 has visit 12. */
export const coaddTables: Readonly<Record<string, string>> = {
  'ccds.csv': 'tract,visit,ccd,filter\n1,10,1,HSC-I\n1,10,2,HSC-I\n1,11,1,HSC-I\n1,11,2,HSC-I\n2,12,1,HSC-R\n',
  'overlaps.csv': 'tract,patch,filter,visit\n1,"4,4",HSC-I,10\n1,"4,4",HSC-I,11\n1,"4,5",HSC-I,11\n2,"0,0",HSC-R,12\n',
};

/** Writes definition and tables into a folder and tells the definition's path. */
export function writePipeline(
  folder: string,
  definition: string = coaddDefinition,
  tables: Readonly<Record<string, string>> = coaddTables,
): string {
  mkdirSync(folder, { recursive: true });
  Object.entries(tables).forEach(([name, text]) => {
    writeFileSync(path.join(folder, name), text);
  });
  const file = path.join(folder, 'coadd.yaml');
  writeFileSync(file, definition);
  return file;
}
