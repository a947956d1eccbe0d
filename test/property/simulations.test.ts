/** A simulation is a function of its seed and of what goes wrong; how it is delivered changes nothing. */
import fc from 'fast-check';
import { faultNames, type Fault } from '../../producers/simulator/faults';
import { simulated, type Simulated } from '../support/simulations';

const delivered: readonly Fault[] = ['duplicates', 'late', 'reordered'];
const happened = (Object.keys(faultNames) as Fault[]).filter((fault) => !delivered.includes(fault));

async function seen<Result>(
  seed: number,
  faults: readonly Fault[],
  look: (found: Simulated) => Result,
): Promise<Result> {
  const found = await simulated({ seed, faults: new Set(faults) });
  try {
    return look(found);
  } finally {
    found.remove();
  }
}

describe('a simulation', () => {
  it('is the same bytes for the same seed, and the same views however it is delivered', async () => {
    const seeds = fc.integer({ min: 1, max: 2 ** 31 });
    const ways = fc.subarray([...delivered], { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(seeds, fc.subarray(happened), ways, async (seed, faults, way) => {
        const [plain, again] = [await seen(seed, faults, facts), await seen(seed, faults, facts)];
        expect(again).toEqual(plain);
        const otherwise = await seen(seed, [...faults, ...way], facts);
        expect(otherwise.bytes).toEqual(plain.bytes);
        expect(otherwise.digests).toEqual(plain.digests);
      }),
      { numRuns: 2 },
    );
  });

  it('differs for another seed', async () => {
    const [one, other] = [await seen(1, [], facts), await seen(2, [], facts)];
    expect(other.bytes).not.toEqual(one.bytes);
    expect(other.digests).not.toEqual(one.digests);
  });

  it('shares no execution with the same simulation of another campaign', async () => {
    const executions = ({ events }: Simulated): readonly string[] =>
      events.flatMap((event) => (event.type === 'ExecutionStarted' ? [event.execution] : []));
    const [one, other] = [await seen(1, [], executions), await simulated({ campaign: 'HSC-RC1 again' })];
    try {
      expect(new Set([...one, ...executions(other)]).size).toBe(2 * one.length);
    } finally {
      other.remove();
    }
  });

  it('really comes in another order where it is said to', async () => {
    const order = (found: Simulated): readonly string[] => found.order;
    const plain = await seen(1, [], order);
    expect(await seen(1, ['reordered'], order)).not.toEqual(plain);
    expect(await seen(1, ['late'], order)).not.toEqual(plain);
  });
});

function facts({ bytes, order, digests }: Simulated): Pick<Simulated, 'bytes' | 'order' | 'digests'> {
  return { bytes, order, digests };
}
