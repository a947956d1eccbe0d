import fc from 'fast-check';
import { decodeMarks, encodeMarks, markBefore, withMark, type ProducerMark } from '../../../ledger/kafka/producerMarks';

/** The marks after appends of so many events each, with so many records of others before each. */
function marksAfter(appends: readonly (readonly [number, number])[]): {
  marks: readonly ProducerMark[];
  all: readonly ProducerMark[];
} {
  let marks: readonly ProducerMark[] = [{ sequence: 0, offset: 0 }];
  const all = [...marks];
  for (const [events, others] of appends) {
    const last = all.at(-1) ?? { sequence: 0, offset: 0 };
    const mark = { sequence: last.sequence + events, offset: last.offset + others + events };
    marks = withMark(marks, mark);
    all.push(mark);
  }
  return { marks, all };
}

const appends = fc.array(fc.tuple(fc.integer({ min: 1, max: 500 }), fc.nat(10_000)), { maxLength: 200 });

describe('the marks of a producer', () => {
  it('stay few and in order, and keep the first and the last', () => {
    fc.assert(
      fc.property(appends, (sent) => {
        const { marks, all } = marksAfter(sent);
        expect(marks.length).toBeLessThanOrEqual(16);
        expect(marks[0]).toEqual(all[0]);
        expect(marks.at(-1)).toEqual(all.at(-1));
        expect([...marks].sort((a, b) => a.sequence - b.sequence)).toEqual(marks);
      }),
    );
  });

  it('are dense near the end: an event of late is found by reading little', () => {
    const { marks } = marksAfter(Array.from({ length: 1000 }, () => [10, 90] as const));
    const end = marks.at(-1)?.offset ?? 0;
    expect(end - (markBefore(marks, 9_990)?.offset ?? 0)).toBeLessThanOrEqual(300);
    expect(end - (markBefore(marks, 9_000)?.offset ?? 0)).toBeLessThanOrEqual(30_000);
  });

  it('tell for each sequence an offset at or below its event', () => {
    fc.assert(
      fc.property(appends, fc.integer({ min: 1, max: 1000 }), (sent, sequence) => {
        const { marks, all } = marksAfter(sent);
        const before = all.findLast((mark) => mark.sequence < sequence);
        expect(markBefore(marks, sequence)?.offset).toBeLessThanOrEqual(before?.offset ?? 0);
      }),
    );
  });

  it('move on where the producer has appended nothing but others have', () => {
    const marks = withMark([{ sequence: 5, offset: 10 }], { sequence: 5, offset: 70 });
    expect(marks).toEqual([{ sequence: 5, offset: 70 }]);
  });

  it('survive as text, and text that is none is not taken for marks', () => {
    const marks = [
      { sequence: 0, offset: 7 },
      { sequence: 3, offset: 12 },
    ];
    expect(decodeMarks(encodeMarks(marks))).toEqual(marks);
    for (const text of ['', '[]', '{}', '[[1]]', '[[1,-2]]', '[[1,"2"]]', '[1,2]', 'x']) {
      expect(decodeMarks(text)).toBeNull();
    }
  });
});
