import { SimulationError } from '../../../producers/simulator/errors';
import { errorAsTold, toldError } from '../../../producers/simulator/toldError';
import { PipelineFileError } from '../../../pipelines/errors';
import { EventInvalidError } from '../../../schemas/errors';

describe('an error told by another thread', () => {
  it.each([
    new SimulationError('no such tract'),
    new EventInvalidError('files[0].path', 'null is not a text'),
    new PipelineFileError('/a/b.csv', 'cannot be read', { cause: new Error('ENOENT') }),
    new RangeError('Invalid array length'),
  ])('keeps what it says and, where it is one of ours, its class: %s', (error) => {
    const told = errorAsTold(structuredClone(toldError(error)));
    expect([told.name, told.message, told.stack]).toEqual([error.name, error.message, error.stack]);
    expect(Object.entries(told)).toEqual(expect.arrayContaining(Object.entries(error)));
    expect(told).toBeInstanceOf(error instanceof RangeError ? Error : error.constructor);
  });

  it('is one even where something else was thrown', () => {
    expect(errorAsTold(toldError('broken')).message).toBe('broken');
  });
});
