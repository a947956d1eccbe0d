import path from 'node:path';
import { openLedger } from '../../../ledger/openLedger';
import { LedgerUnreachableError } from '../../../ledger/errors';
import type { Ledger } from '../../../ledger/port';
import { ImportConflictError, ImportFileError, ImportInterruptedError } from '../../../producers/importers/errors';
import { importNextflow } from '../../../producers/importers/nextflow/importNextflow';
import { fileWith, ledgerEvents } from '../../support/imports';
import { temporaryFolder } from '../../support/temporaryFolder';

const temporary = temporaryFolder();
afterAll(temporary.remove);

const scope = { campaign: 'c', unit: 'u' };

/** A trace of some tasks, four events each. */
function traceOf(name: string, tasks: number): string {
  const rows = Array.from({ length: tasks }, (_, index) => `task (${String(index)})\tCOMPLETED\t${String(index)}\n`);
  return fileWith(temporary.folder, name, `name\tstatus\tsubmit\n${rows.join('')}`);
}

describe('storing an imported input', () => {
  let ledger: Ledger;
  let ledgers = 0;
  beforeEach(async () => {
    ledgers += 1;
    ledger = await openLedger(`sqlite:${path.join(temporary.folder, `${String(ledgers)}.db`)}`);
  });
  afterEach(() => ledger.close());

  it('reports what was read and stored, and calls back with its progress', async () => {
    const progress: [number, number][] = [];
    const onProgress = (done: number, total: number): void => {
      progress.push([done, total]);
    };
    const report = await importNextflow(ledger, { tracePath: traceOf('a.txt', 600), ...scope, onProgress });
    expect(report).toMatchObject({
      records: 600,
      read: 2400,
      stored: 2400,
      duplicates: 0,
      ignored: {},
      leftForLater: null,
    });
    expect(progress).toEqual([
      [1000, 2400],
      [2000, 2400],
      [2400, 2400],
    ]);
  });

  it('notes once in the ledger which file the attempt is told by', async () => {
    const tracePath = traceOf('b.txt', 1);
    await importNextflow(ledger, { tracePath, ...scope });
    await importNextflow(ledger, { tracePath, ...scope });
    const notes = (await ledgerEvents(ledger)).filter((event) => event.type === 'OperatorNoted');
    expect(notes).toMatchObject([{ notedBy: 'tractledger import', header: { unit: 'u', attempt: 1 } }]);
    expect(notes[0]?.text).toContain(tracePath);
  });

  it('takes a copy of a file for the same input', async () => {
    await importNextflow(ledger, { tracePath: traceOf('c.txt', 3), ...scope });
    const copy = await importNextflow(ledger, { tracePath: traceOf('copy of c.txt', 3), ...scope });
    expect(copy).toMatchObject({ stored: 0, duplicates: 12 });
  });

  it('goes on where an import was interrupted, and says how far that came', async () => {
    const tracePath = traceOf('d.txt', 600);
    let appends = 0;
    const failing: Ledger = Object.create(ledger, {
      append: {
        value: (...args: Parameters<Ledger['append']>) => {
          appends += 1;
          return appends === 3
            ? Promise.reject(new LedgerUnreachableError('the ledger is away', 'there'))
            : ledger.append(...args);
        },
      },
    }) as Ledger;
    const interrupted = await importNextflow(failing, { tracePath, ...scope }).catch((error: unknown) => error);
    expect(interrupted).toBeInstanceOf(ImportInterruptedError);
    expect(interrupted).toMatchObject({
      stored: 1000,
      duplicates: 0,
      cause: expect.any(LedgerUnreachableError) as unknown,
    });
    const rest = await importNextflow(ledger, { tracePath, ...scope });
    expect(rest).toMatchObject({ read: 2400, stored: 1400, duplicates: 1000 });
  });

  it('warns of a file that is shorter than what was imported', async () => {
    const tracePath = traceOf('e.txt', 9);
    await importNextflow(ledger, { tracePath, ...scope });
    traceOf('e.txt', 5);
    const report = await importNextflow(ledger, { tracePath, ...scope });
    expect(report).toMatchObject({ stored: 0, duplicates: 20 });
    expect(report.warnings.join()).toContain(
      'the ledger holds 36 events of this input and the file gives only the first 20',
    );
  });

  it('refuses the same file with other options, and takes it as another attempt', async () => {
    const tracePath = traceOf('f.txt', 2);
    fileWith(temporary.folder, 'f.txt', 'name\tstatus\tsubmit\na\tCOMPLETED\t2021-03-04 21:00:00.000\n');
    await importNextflow(ledger, { tracePath, ...scope });
    const moved = { tracePath, ...scope, timeZone: '+02:00' };
    await expect(importNextflow(ledger, moved)).rejects.toThrow(ImportConflictError);
    await expect(importNextflow(ledger, moved)).rejects.toThrow('or it was imported with other options');
    expect(await importNextflow(ledger, { ...moved, attempt: 2 })).toMatchObject({ stored: 4 });
  });

  it('leaves a file alone that has no complete record yet', async () => {
    const tracePath = fileWith(temporary.folder, 'g.txt', 'name\tstatus\nalign\tCOMPL');
    const report = await importNextflow(ledger, { tracePath, ...scope });
    expect(report).toMatchObject({ producer: null, read: 0, stored: 0, leftForLater: { file: tracePath, line: 2 } });
    expect(await ledgerEvents(ledger)).toEqual([]);
  });

  it('refuses a file that is not there, and one that gives an event no ledger could hold', async () => {
    const absent = importNextflow(ledger, { tracePath: path.join(temporary.folder, 'nowhere'), ...scope });
    await expect(absent).rejects.toThrow(ImportFileError);
    const tracePath = fileWith(temporary.folder, 'h.txt', `name\tstatus\n${'x'.repeat(300_000)}\tFAILED\n`);
    await expect(importNextflow(ledger, { tracePath, ...scope })).rejects.toThrow(
      /gives an event that cannot be stored: .*nothing of this import is stored/,
    );
    expect(await ledgerEvents(ledger)).toEqual([]);
  });
});
