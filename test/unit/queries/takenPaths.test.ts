import { anyOtherCampaignWrote, takenPlace } from '../../../consumers/queries/takenPaths';
import { about, execution, newStory } from '../../support/story';
import { viewsOf, type TemporaryViews } from '../../support/viewsOf';

const uriOf = (name: string): string => `file:///lustre/${name}`;
const places = (...names: string[]) => names.map((path) => ({ path, uri: uriOf(path) }));

describe('Places where another campaign keeps files', () => {
  let current: TemporaryViews;
  beforeAll(async () => {
    const tell = newStory();
    const wrote = (number: number, path: string, end: 'ExecutionSucceeded' | 'ExecutionFailed') => [
      tell('ExecutionStarted', { execution: execution(number), job: `job${String(number)}` }),
      tell('FileProduced', { execution: execution(number), path }),
      tell('FileLocated', { execution: execution(number), path, uri: uriOf(path) }),
      tell(end, { execution: execution(number), job: `job${String(number)}` }),
    ];
    current = await viewsOf([
      ...wrote(1, 'kept', 'ExecutionSucceeded'),
      ...wrote(2, 'purged', 'ExecutionSucceeded'),
      tell('FilePurged', { execution: execution(2), path: 'purged' }),
      ...wrote(3, 'partial', 'ExecutionFailed'),
    ]);
  });
  afterAll(() => {
    current.remove();
  });

  it('are found by path and place, however many are asked about', () => {
    const { views } = current;
    expect(anyOtherCampaignWrote(views, 'another')).toBe(true);
    const many = Array.from({ length: 12_000 }, (_, number) => `new/${String(number)}`);
    expect(takenPlace(views, 'another', places(...many, 'kept'))).toEqual({
      ...{ campaign: about.campaign, unit: about.unit },
      ...{ path: 'kept', uri: uriOf('kept') },
    });
    expect(takenPlace(views, 'another', places(...many))).toBeNull();
  });

  it('are free where the path is that of another root, was purged, or was never finished', () => {
    const { views } = current;
    expect(takenPlace(views, 'another', [{ path: 'kept', uri: 'file:///elsewhere/kept' }])).toBeNull();
    expect(takenPlace(views, 'another', places('purged', 'partial'))).toBeNull();
  });

  it('are a campaign’s own where it wrote there itself', () => {
    expect(anyOtherCampaignWrote(current.views, about.campaign)).toBe(false);
    expect(takenPlace(current.views, about.campaign, places('kept'))).toBeNull();
  });
});
