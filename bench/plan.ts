/**
 * A plan of as many jobs as tract 9813 of the test report DMTR-51 has, and of ten times that: definition and tables are
 * read from the disk, the jobs and files expanded, and every event encoded.
 *
 *   node -r ./scripts/typescript.cjs bench/plan.ts
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadPipeline } from '../pipelines/loadPipeline';
import { makePlan } from '../pipelines/makePlan';
import { planNumbers } from '../pipelines/planNumbers';
import { encodeDrafts } from '../producers/outbox/draft';
import { planEvents } from '../producers/planner/planEvents';

/** Tasks and dataset types shaped as that report's: one job a CCD, warps, and six tasks on patches and filters. */
const definition = `format: 1
pipeline: bench
dimensions: { tract: int, visit: int, ccd: int, patch: string, filter: string }
unit: [tract]
tables: { ccds: ccds.csv, overlaps: overlaps.csv, coadds: coadds.csv }
datasetTypes:
  raw: { role: registered, dimensions: [visit, ccd], table: ccds, template: 'raw/{visit:07}-{ccd:03}.fits' }
${['calexp', 'src', 'metadata', 'background', 'flattened', 'oss', 'srcMatch', 'srcMatchFull'].map((name) => `  ${name}: { role: product, dimensions: [tract, visit, ccd], template: '{tract}/{attempt}/${name}-{visit:07}-{ccd:03}.fits' }`).join('\n')}
  warp: { role: intermediate, dimensions: [tract, patch, filter, visit], template: '{tract}/{attempt}/{patch}/warp-{filter}-{visit}.fits' }
${['coadd', 'det', 'meas', 'forced'].map((name) => `  ${name}: { role: product, dimensions: [tract, patch, filter], template: '{tract}/{attempt}/{patch}/${name}-{filter}.fits' }`).join('\n')}
${['mergeDet', 'ref'].map((name) => `  ${name}: { role: product, dimensions: [tract, patch], template: '{tract}/{attempt}/{patch}/${name}.fits' }`).join('\n')}
tasks:
  processCcd: { dimensions: [tract, visit, ccd], over: [ccds], executable: e, command: [e], inputs: { raw: {} }, outputs: { calexp: {}, src: {}, metadata: {}, background: {}, flattened: {}, oss: {}, srcMatch: {}, srcMatchFull: {} } }
  warp: { dimensions: [tract, patch, filter, visit], over: [overlaps], executable: e, command: [e], inputs: { calexp: { require: any } }, outputs: { warp: { mayBeAbsent: true } } }
  assemble: { dimensions: [tract, patch, filter], over: [coadds], executable: e, command: [e], inputs: { warp: { require: any } }, outputs: { coadd: {} } }
  detect: { dimensions: [tract, patch, filter], over: [coadds], executable: e, command: [e], inputs: { coadd: {} }, outputs: { det: {} } }
  mergeDetections: { dimensions: [tract, patch], over: [coadds], executable: e, command: [e], inputs: { det: { require: any } }, outputs: { mergeDet: {} } }
  measure: { dimensions: [tract, patch, filter], over: [coadds], executable: e, command: [e], inputs: { coadd: {}, mergeDet: {} }, outputs: { meas: {} } }
  mergeMeasurements: { dimensions: [tract, patch], over: [coadds], executable: e, command: [e], inputs: { meas: { require: any } }, outputs: { ref: {} } }
  forced: { dimensions: [tract, patch, filter], over: [coadds], executable: e, command: [e], inputs: { coadd: {}, ref: {} }, outputs: { forced: {} } }
`;

/** Executions of Table 3 for tract 9813; each warp reads four CCDs. */
const shape = { ccds: 24_103, warps: 16_327, coadds: 465, patches: 79, ccdsPerWarp: 4, ccdsPerVisit: 104 };

function writeTables(folder: string, times: number): void {
  const range = (length: number): number[] => Array.from({ length }, (_, index) => index);
  const filters = ['HSC-G', 'HSC-R', 'HSC-I', 'HSC-Z', 'HSC-Y', 'NB0921'];
  const pairs = range(shape.coadds * times).map((index) => {
    const patch = index % (shape.patches * times);
    return `1,"${String(patch % 9)},${String(Math.floor(patch / 9))}",${filters[Math.floor(index / (shape.patches * times))] ?? ''}`;
  });
  const { ccds, ccdsPerVisit, ccdsPerWarp } = shape;
  const ccdRow = (index: number): string =>
    `${String(Math.floor(index / ccdsPerVisit))},${String(index % ccdsPerVisit)}`;
  const overlaps = range(shape.warps * times).flatMap((warp) => {
    const pair = pairs[warp % pairs.length] ?? '';
    // Warps of one coadd take visits one after another, each with CCDs that exist.
    const visit = Math.floor(warp / pairs.length) % Math.floor((ccds * times) / ccdsPerVisit);
    return range(ccdsPerWarp).map((ccd) => `${pair},${String(visit)},${String((warp + ccd) % ccdsPerVisit)}`);
  });
  writeFileSync(path.join(folder, 'bench.yaml'), definition);
  writeFileSync(path.join(folder, 'ccds.csv'), `tract,visit,ccd\n${range(ccds * times).map((index) => `1,${ccdRow(index)}`).join('\n')}\n`); // prettier-ignore
  writeFileSync(path.join(folder, 'overlaps.csv'), `tract,patch,filter,visit,ccd\n${overlaps.join('\n')}\n`);
  writeFileSync(path.join(folder, 'coadds.csv'), `tract,patch,filter\n${pairs.join('\n')}\n`);
}

/** Seconds that planning takes, and what comes of it, for `times` the jobs of tract 9813. */
function measureOne(times: number): Record<'seconds' | 'jobs' | 'events' | 'references', number> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tractledger-bench-'));
  try {
    writeTables(folder, times);
    const begun = process.hrtime.bigint();
    const pipeline = loadPipeline(path.join(folder, 'bench.yaml'));
    const plan = makePlan(pipeline, { campaign: 'bench', unit: 'tract=1', attempt: 1 });
    let events = 0;
    for (const event of planEvents(plan, 0)) {
      events += encodeDrafts([event], '00000000-0000-7000-8000-000000000000', events + 1).length;
    }
    const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
    const { jobs, inputReferences, outputReferences } = planNumbers(plan);
    return { seconds, jobs, events, references: inputReferences + outputReferences };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Plans of both sizes. */
export function measurePlan(): Record<string, number> {
  const one = measureOne(1);
  const ten = measureOne(10);
  return {
    planJobs: one.jobs,
    planReferences: one.references,
    planSeconds: one.seconds,
    planTenfoldSeconds: ten.seconds,
    planTenfoldRatio: ten.seconds / one.seconds,
  };
}

if (require.main === module) {
  const result = measurePlan();
  for (const [name, value] of Object.entries(result)) {
    process.stdout.write(`${name.padEnd(28)} ${value.toFixed(3).padStart(14)}\n`);
  }
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
