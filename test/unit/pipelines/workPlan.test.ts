import { loadPipeline } from '../../../pipelines/loadPipeline';
import { makePlan } from '../../../pipelines/makePlan';
import { freshWorkPlan } from '../../../pipelines/workPlan';
import { writePipeline } from '../../support/coaddPipeline';
import { temporaryFolder } from '../../support/temporaryFolder';

const { folder, remove } = temporaryFolder();
afterAll(remove);

test('the work of a fresh attempt runs every job but those that are to be left', () => {
  const plan = makePlan(loadPipeline(writePipeline(folder)), { campaign: 'C', unit: 'tract=1', attempt: 1 });
  const left = plan.jobs[0]?.name ?? '';
  const work = freshWorkPlan(plan, new Map([[left, { reason: 'vetoed', execution: null, failureClass: null }]]));
  expect([...work.run.keys()]).toEqual(plan.jobs.slice(1).map(({ name }) => name));
  expect([...new Set([...work.run.values()].map(({ reason }) => reason))]).toEqual(['neverRan']);
  expect([...work.leave.keys()]).toEqual([left]);
});
