/** What differs between two campaigns as they ran, and what that changes for whoever verifies the second. */
import { diffDefinitions } from '../../pipelines/diffDefinitions';
import type { CampaignProfile, Parts } from './campaignProfile';

/** What a difference is about. */
export type DiffSection = (typeof diffSections)[number];

/** In the order in which a reader wants them. */
export const diffSections = [
  'environment',
  'configuration',
  'datasetTypesRead',
  'datasetTypesWritten',
  'executions',
] as const;

/** One thing that differs; null where one side has none or does not know. */
export interface CampaignDifference {
  readonly section: DiffSection;
  /** What it is part of: an environment by rank, a task, a dataset type, an executable. */
  readonly subject: string;
  readonly part: string;
  readonly before: string | number | null;
  readonly after: string | number | null;
  /** What it changes for verification; null where it changes nothing there. */
  readonly verification: string | null;
}

const compareProducts = 'what the products hold: compare them, not their bytes';

/** Every difference, by section. */
export function diffCampaigns(before: CampaignProfile, after: CampaignProfile): CampaignDifference[] {
  return [
    ...byName('environment', before.environments, after.environments, () => compareProducts),
    ...partsOf(
      'environment',
      'executions',
      unnamed(before),
      unnamed(after),
      () => 'which environment they ran in is not known',
    ),
    ...configuration(before, after),
    ...byName('datasetTypesRead', before.datasetTypesRead, after.datasetTypesRead, readVerification),
    ...byName('datasetTypesWritten', before.datasetTypesWritten, after.datasetTypesWritten, writtenVerification),
    ...byName('executions', before.executables, after.executables, executableVerification),
    ...partsOf('executions', 'all', before.total, after.total, (part) =>
      part === 'units' ? 'how many units are verified' : null,
    ),
  ];
}

function unnamed({ executionsWithoutEnvironment }: CampaignProfile): Parts {
  return { 'without environment': executionsWithoutEnvironment };
}

/** From the definitions where both are in the ledger; from their digests otherwise. */
function configuration(before: CampaignProfile, after: CampaignProfile): CampaignDifference[] {
  if (before.definition !== null && after.definition !== null) {
    return diffDefinitions(before.definition, after.definition).map((found) => ({
      section: 'configuration',
      ...found,
    }));
  }
  const digests = ({ pipelineDigests }: CampaignProfile): Parts => ({ digest: pipelineDigests.join(', ') || null });
  return partsOf(
    'configuration',
    'pipeline',
    digests(before),
    digests(after),
    () => 'what is expected at all; only the digests of the definitions can be compared',
  );
}

type Verification = (part: string, before: Parts | undefined, after: Parts | undefined) => string | null;

const readVerification: Verification = (part, before, after) =>
  before === undefined || after === undefined
    ? 'which inputs executions are linked to'
    : part === 'files'
      ? 'how many inputs are linked'
      : null;

const writtenVerification: Verification = (part, before, after) => {
  if (before === undefined) {
    return 'new: expected now';
  }
  if (after === undefined) {
    return 'gone: expected no more, or lost';
  }
  return part === 'bytes' ? null : 'which count is expected: the reference needs another, or files are lost';
};

const executableVerification: Verification = (part, before, after) =>
  before === undefined || after === undefined
    ? 'under which names executions are counted'
    : part === 'executions'
      ? 'how many executions are expected'
      : null;

function byName(
  section: DiffSection,
  before: ReadonlyMap<string, Parts>,
  after: ReadonlyMap<string, Parts>,
  verification: Verification,
): CampaignDifference[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].flatMap((name) => {
    const [old, now] = [before.get(name), after.get(name)];
    return partsOf(section, name, old ?? {}, now ?? {}, (part) => verification(part, old, now));
  });
}

function partsOf(
  section: DiffSection,
  subject: string,
  before: Parts,
  after: Parts,
  verification: (part: string) => string | null,
): CampaignDifference[] {
  const parts = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...parts].flatMap((part) => {
    const [old, now] = [before[part] ?? null, after[part] ?? null];
    return old === now ? [] : [{ section, subject, part, before: old, after: now, verification: verification(part) }];
  });
}
