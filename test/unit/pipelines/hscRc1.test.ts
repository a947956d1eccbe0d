/** The definition of the model campaign, planned unit by unit against the tables of DMTR-51. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { loadPipeline } from '../../../pipelines/loadPipeline';
import { makePlan } from '../../../pipelines/makePlan';
import { describeWithSharedData } from '../../support/sharedData';

const pipeline = loadPipeline(path.resolve(__dirname, '../../../pipelines/hsc-rc1.yaml'));

describeWithSharedData('dmtr-51', 'the definition hsc-rc1', (root) => {
  const table = (name: string): Record<string, string>[] =>
    parse(readFileSync(path.join(root, name)), { columns: true });

  it.each(['8766', '8767', '9813'])('plans the jobs and files of tract %s', (tract) => {
    const plan = makePlan(pipeline, { campaign: 'c', unit: `tract=${tract}`, attempt: 1 });
    const jobs = new Map<string, number>();
    plan.jobs.forEach(({ task: { executable } }) => jobs.set(executable, (jobs.get(executable) ?? 0) + 1));
    const ofTract = table('table3-executables.csv').filter((row) => row['tract'] === tract);
    expect([...jobs]).toEqual(ofTract.map(({ executable, executions }) => [executable, Number(executions)]));

    // The report lists the warps that were left; the plan has one for each execution, absent ones among them.
    const warps = jobs.get('makeCoaddTempExp.py');
    const listed = table('table1-file-counts.csv')
      .filter((row) => row['tract'] === tract)
      .map(({ datasetType, actual }) => [datasetType, datasetType === 'deepcoadd_directwarp' ? warps : Number(actual)]);
    expect(Object.fromEntries(plan.expected)).toEqual(Object.fromEntries(listed));
    expect(plan.unmet).toEqual([]);
  });
});
