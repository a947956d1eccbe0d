/** Every projection. To add a view, add its folder and a line here. */
import { declarationsProjection } from './declarations/declarations';
import { failuresProjection } from './failures/failures';
import { fileCountsProjection } from './fileCounts/fileCounts';
import { jobsProjection } from './jobs/jobs';
import { plansProjection } from './plans/plans';
import type { Projection } from './projection';
import { provenanceProjection } from './provenance/provenance';
import { runtimeMetricsProjection } from './runtimeMetrics/runtimeMetrics';

export { digestView } from './digest';
export * from './projection';

/** All projections by default, in the order in which they are folded. */
export const allProjections: readonly Projection[] = [
  jobsProjection,
  fileCountsProjection,
  provenanceProjection,
  runtimeMetricsProjection,
  failuresProjection,
  declarationsProjection,
  plansProjection,
];
