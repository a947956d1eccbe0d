import fc from 'fast-check';
import { firstCycle } from '../../../producers/importers/cycles';

const graphs = fc
  .integer({ min: 1, max: 8 })
  .chain((size) =>
    fc
      .array(fc.uniqueArray(fc.nat({ max: size }), { maxLength: 3 }), { minLength: size, maxLength: size })
      .map((upstream) => upstream.map((others, job) => [String(job), others.map(String)] as const)),
  );

describe('jobs that wait for each other', () => {
  it('are found where going back from some job leads to it again, and nowhere else', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const upstream = new Map(graph);
        const above = (job: string): Set<string> => {
          const found = new Set<string>();
          const open = [...(upstream.get(job) ?? [])];
          for (let next = open.pop(); next !== undefined; next = open.pop()) {
            if (!found.has(next)) {
              found.add(next);
              open.push(...(upstream.get(next) ?? []));
            }
          }
          return found;
        };
        const hasCircle = graph.some(([job]) => above(job).has(job));
        const cycle = firstCycle(graph);
        expect(cycle !== null).toBe(hasCircle);
        expect(cycle?.at(-1)).toBe(cycle?.[0]);
        cycle?.slice(1).forEach((job, index) => {
          expect(upstream.get(cycle[index] ?? '')).toContain(job);
        });
      }),
    );
  });
});
