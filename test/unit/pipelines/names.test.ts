import { parse } from 'csv-parse/sync';
import { parse as parseYaml } from 'yaml';
import { loadPipeline } from '../../../pipelines/loadPipeline';
import { butlerPolicy } from '../../../pipelines/names/butlerPolicy';
import { csvNames } from '../../../pipelines/names/csvNames';
import { nameWarnings } from '../../../pipelines/names/formatNames';
import { wclNames } from '../../../pipelines/names/wcl';
import { coaddDefinition, writePipeline } from '../../support/coaddPipeline';
import { temporaryFolder } from '../../support/temporaryFolder';

const { folder, remove } = temporaryFolder();
afterAll(remove);

describe('the names of a definition', () => {
  const text = coaddDefinition.replace('    sameness: contentDigest\n', '    butlerSection: exposures\n');
  const pipeline = loadPipeline(writePipeline(folder, text));
  const { definition } = pipeline;

  it('are a Butler mapper policy', () => {
    expect(parseYaml(butlerPolicy(definition))).toEqual({
      datasets: {
        raw: { template: 'raw/%(visit)07d-%(ccd)03d.fits' },
        warp: { template: '%(attempt)d/%(tract)d/%(patch)s/warp-%(filter)s-%(visit)d.fits' },
        coadd: { template: '%(attempt)d/%(tract)d/%(patch)s/coadd-%(filter)s.fits' },
      },
      exposures: { calexp: { template: '%(attempt)d/%(tract)d/CORR-%(visit)07d-%(ccd)03d.fits' } },
    });
  });

  it('are the naming sections of a workflow file', () => {
    const wcl = wclNames(definition);
    expect(wcl).toContain('    <calexp>\n        ops = ${attempt}/${tract}\n    </calexp>\n');
    expect(wcl).toContain('<filename_pattern>\n    raw = ${visit:7}-${ccd:3}.fits\n');
  });

  it('are a table that keeps every template', () => {
    const rows: string[][] = parse(csvNames(definition));
    expect(rows.slice(1).map(([name, , , template]) => [name, template])).toEqual(
      [...definition.datasetTypes.values()].map(({ name, template }) => [name, template]),
    );
  });

  it('are told to differ where the other system reads values otherwise', () => {
    expect(nameWarnings(pipeline, 'butler-policy')).toEqual([]);
    expect(nameWarnings(pipeline, 'wcl')).toEqual([expect.stringContaining('patch="4,4", patch="4,5"')]);
    const tables = { 'ccds.csv': 'tract,visit,ccd\n1,1,1\n', 'overlaps.csv': 'tract,patch,filter,visit\n1,a b,I,1\n' };
    const other = loadPipeline(writePipeline(`${folder}/b`, text, tables));
    expect(nameWarnings(other, 'butler-policy')).toEqual([expect.stringContaining('patch="a b"')]);
  });
});
