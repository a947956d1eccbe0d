/** What is stated of a simulated campaign before its units, and when these begin. */
import type { DraftHeader } from '../outbox/draft';
import { environmentFields } from '../runner/environment';
import type { SimulatedProducer } from './simulatedProducer';
import { declaredBy, producerOf, type SimulatedCampaign } from './simulation';

/** When the first unit begins, and how much later each further one, microseconds: long after the one before has ended. */
const beginMicros = Date.UTC(2017, 8, 25) * 1000;
const unitStepMicros = 72 * 3_600_000_000;

/** When a unit begins, microseconds since 1970. @param place its place among all units of the campaign */
export function unitBeginMicros(place: number): number {
  return beginMicros + place * unitStepMicros;
}

/** What the jobs run in: invented, for the report tells little of it. */
export const environment = environmentFields({
  operatingSystem: 'CentOS Linux 7',
  compiler: 'gcc 6.3.1 (devtoolset-6)',
  packages: { lsst_distrib: 'w_2017_28', obs_subaru: 'w_2017_28' },
  patches: [],
  container: null,
  hardware: null,
});

/** The campaign and what its jobs run in, as its operator declares them. */
export function declareCampaign({ campaign }: SimulatedCampaign): SimulatedProducer {
  const operator = producerOf(campaign, 'operator');
  const header: DraftHeader = { occurredAt: beginMicros, campaign, unit: null, attempt: null };
  const description = 'HSC RC1 reprocessing, simulated after the test report DMTR-51';
  operator.tell({ type: 'CampaignDeclared', header, description, declaredBy });
  operator.tell({ type: 'EnvironmentDeclared', header, ...environment });
  return operator;
}
