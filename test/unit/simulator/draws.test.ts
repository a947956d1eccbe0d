import { executableTotals, tractNumbers } from '../../../producers/simulator/dmtr51';
import { drawWithMaximum, drawWithSum } from '../../../producers/simulator/fit';
import { Random, seedOf, someOf } from '../../../producers/simulator/random';

describe('draws', () => {
  it.each([
    [1, 0],
    [3, 2],
    [405, 571_747_200_000],
  ])('of %d amounts add up to %d', (count, sum) => {
    const amounts = drawWithSum(count, sum, 0.5, new Random(7));
    expect(amounts.reduce((total, amount) => total + amount, 0)).toBe(sum);
    expect(amounts.every((amount) => Number.isInteger(amount) && amount >= 0)).toBe(true);
  });

  it('reach their greatest once and never pass it', () => {
    const amounts = drawWithMaximum(1000, 12_747_664 * 1024, new Random(7));
    expect(Math.max(...amounts)).toBe(12_747_664 * 1024);
    expect(amounts.filter((amount) => amount === 12_747_664 * 1024)).toHaveLength(1);
  });

  it('are the same for the same seed and differ for another', () => {
    const digits = (seed: number): string => new Random(seed).hex(8);
    expect(digits(seedOf('a', 1))).toBe(digits(seedOf('a', 1)));
    expect(digits(seedOf('a', 1))).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set([digits(seedOf('a', 1)), digits(seedOf('a', 2)), digits(seedOf('a1')), digits(seedOf('b', 1))]).size).toBe(4); // prettier-ignore
  });

  it('give UUIDs of version 7 that sort by their time', () => {
    const random = new Random(7);
    const uuids = [1_500_000_000_000, 1_500_000_000_001, 1_600_000_000_000].map((millis) => random.uuid(millis));
    expect(uuids.every((uuid) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(uuid))).toBe(true); // prettier-ignore
    expect([...uuids].sort()).toEqual(uuids);
  });

  it('choose each at most once, and all where more are asked for than there are', () => {
    expect(new Set(someOf(100, 40, new Random(7))).size).toBe(40);
    expect(someOf(3, 40, new Random(7))).toEqual([0, 1, 2]);
  });
});

describe('the totals of a tract’s executables', () => {
  it.each(Object.entries(tractNumbers))('of %s are Table 3 rounded, and Table 2 together', (_tract, numbers) => {
    const totals = [...executableTotals(numbers).values()];
    const rows = Object.values(numbers.executables);
    expect(totals.map(({ userCpuMicros }) => (userCpuMicros / 6e7).toFixed(2))).toEqual(rows.map(([, user]) => user.toFixed(2))); // prettier-ignore
    expect(totals.map(({ systemCpuMicros }) => systemCpuMicros / 6e7)).toEqual(rows.map(([, , system]) => system));
    const hours = totals.reduce((sum, { userCpuMicros }) => sum + userCpuMicros, 0) / 3.6e9;
    expect(hours).toBe(numbers.userCpuHours);
  });
});
