import { saidOnce } from '../../../cli/output/saidOnce';

describe('What several attempts say', () => {
  it('is said once, by whoever is first, and again when it is said of something new', () => {
    const said: string[] = [];
    const say = saidOnce((message) => said.push(message));
    say('tract=1', 'starting no jobs');
    say('tract=2', 'starting no jobs');
    say('tract=2', 'no hold is in force any more');
    say('tract=1', 'no hold is in force any more');
    expect(said).toEqual(['starting no jobs', 'no hold is in force any more']);
    say('tract=2', 'starting no jobs');
    say('tract=1', 'starting no jobs');
    expect(said).toEqual(['starting no jobs', 'no hold is in force any more', 'starting no jobs']);
  });

  it('is said each time where only one says it', () => {
    const said: string[] = [];
    const say = saidOnce((message) => said.push(message));
    say('tract=1', 'the infrastructure answers');
    say('tract=1', 'the infrastructure answers');
    expect(said).toHaveLength(2);
  });
});
