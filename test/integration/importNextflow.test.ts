import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { openLedger } from '../../ledger/openLedger';
import type { Ledger } from '../../ledger/port';
import { ImportConflictError, ImportFormatError } from '../../producers/importers/errors';
import { importNextflow, nextflowInput } from '../../producers/importers/nextflow/importNextflow';
import { executionsTable, jobsTable } from '../../projections/jobs/tables';
import type { Row } from '../../projections/projection';
import { eventsOf, fileWith, ledgerEvents } from '../support/imports';
import { viewsInMemory } from '../support/memoryViews';
import { describeWithSharedData } from '../support/sharedData';
import { temporaryFolder } from '../support/temporaryFolder';

const scope = { campaign: 'openproblems', unit: 'benchmark' };

/** POSIX's, on every system that tests run on. */
const awkCommand = 'awk';

/** What awk, which knows nothing of this project, says of a trace: its lines, sorted. */
function awk(program: string, file: string): string[] {
  const output = execFileSync(awkCommand, ['-F', '\t', program, file], { encoding: 'utf8' });
  return output
    .split('\n')
    .filter((line) => line !== '')
    .sort();
}

function counted(keys: readonly string[]): string[] {
  const counts = new Map<string, number>();
  keys.forEach((key) => counts.set(key, (counts.get(key) ?? 0) + 1));
  return [...counts].map(([key, count]) => `${key}\t${String(count)}`).sort();
}

/** Milliseconds of a printed duration, in awk. */
const awkMillis =
  'function ms(t,  p, n, i, v) { n = split(t, p, " "); v = 0; for (i = 1; i <= n; i++) {' +
  ' if (p[i] ~ /ms$/) v += p[i]; else if (p[i] ~ /s$/) v += p[i] * 1000; else if (p[i] ~ /m$/) v += p[i] * 60000;' +
  ' else if (p[i] ~ /h$/) v += p[i] * 3600000 } return v }';

describeWithSharedData('nextflow', 'importing the traces of a real pipeline', (root) => {
  const temporary = temporaryFolder();
  let ledger: Ledger;
  let ledgers = 0;

  beforeEach(async () => {
    ledgers += 1;
    ledger = await openLedger(`sqlite:${path.join(temporary.folder, `ledger${String(ledgers)}.db`)}`);
  });
  afterEach(() => ledger.close());
  afterAll(temporary.remove);

  describe.each(['execution_trace_217.txt', 'execution_trace_864.txt'])('%s', (name) => {
    const tracePath = path.join(root, name);
    let executions: Row[];
    let jobs: Row[];

    beforeAll(async () => {
      const views = viewsInMemory(await eventsOf(await nextflowInput({ tracePath, ...scope })));
      executions = views.rows(executionsTable);
      jobs = views.rows(jobsTable);
    });

    it('has as many executions of each status', () => {
      const words: Readonly<Record<string, string>> = { succeeded: 'COMPLETED', failed: 'FAILED' };
      const statuses = executions.map((row) => words[String(row['state'])] ?? String(row['state']));
      expect(counted(statuses)).toEqual(awk('NR>1{n[$5]++} END{for(s in n) print s "\\t" n[s]}', tracePath));
    });

    it('has as many tries of each task', () => {
      const tries = awk('NR>1{n[$4]++} END{for(t in n) print t "\\t" n[t]}', tracePath);
      expect(counted(executions.map((row) => String(row['job'])))).toEqual(tries);
      expect(jobs).toHaveLength(tries.length);
    });

    it('has the failed tasks, in the state of their last try', () => {
      const failures = awk('NR>1 && $5=="FAILED"{print $4 "\\t" $6}', tracePath);
      const failed = executions.filter((row) => row['state'] === 'failed');
      expect(failed.map((row) => `${String(row['job'])}\t${String(row['exit_code'])}`).sort()).toEqual(failures);
      const last = awk('NR>1{s[$4]=$5} END{for(t in s) if (s[t]=="COMPLETED") print t}', tracePath);
      const succeeded = jobs.filter((row) => row['state'] === 'succeeded').map((row) => String(row['job']));
      expect(succeeded.sort()).toEqual(last);
    });

    it('has the longest tasks', () => {
      const longest = awk(`${awkMillis} NR>1{print ms($9) "\\t" $4}`, tracePath);
      const ours = executions.map((row) => `${String(Number(row['wall_us']) / 1000)}\t${String(row['job'])}`);
      expect(ours.sort()).toEqual(longest);
    });

    it('has the largest tasks, and no size where none was measured', () => {
      const toBytes = '{split($11,p," "); k["KB"]=1; k["MB"]=2; k["GB"]=3; b=($11=="-") ? "null" : p[1]*1024^k[p[2]]}';
      const sizes = awk(
        `NR>1${toBytes} NR>1{printf "%s\\t%s\\n", (b=="null") ? b : sprintf("%.0f", b), $4}`,
        tracePath,
      );
      const ours = executions.map((row) => `${String(row['max_rss_bytes'])}\t${String(row['job'])}`);
      expect(ours.sort()).toEqual(sizes);
    });

    it('tells no CPU time, which the trace does not have', () => {
      expect(new Set(executions.map((row) => row['user_cpu_us']))).toEqual(new Set([null]));
    });

    it('adds nothing when it is imported again', async () => {
      const first = await importNextflow(ledger, { tracePath, ...scope });
      const end = await ledger.end();
      const again = await importNextflow(ledger, { tracePath, ...scope });
      expect(first).toMatchObject({ stored: first.read, duplicates: 0, leftForLater: null, warnings: [] });
      expect(again).toMatchObject({ stored: 0, duplicates: first.read, read: first.read });
      expect(await ledger.end()).toBe(end);
    });
  });

  it('gives the same events whatever the order of the columns', async () => {
    const rows = readFileSync(path.join(root, 'execution_trace_217.txt'), 'utf8').trimEnd().split('\n');
    const reversed = rows.map((row) => row.split('\t').reverse().join('\t')).join('\n');
    const tracePath = fileWith(temporary.folder, 'reversed.txt', `${reversed}\n`);
    await importNextflow(ledger, { tracePath: path.join(root, 'execution_trace_217.txt'), ...scope });
    const straight = await ledgerEvents(ledger);
    const other = await openLedger(`sqlite:${path.join(temporary.folder, 'reversed.db')}`);
    await importNextflow(other, { tracePath, ...scope });
    const content = (events: typeof straight): unknown[] =>
      events
        .filter(({ type }) => type !== 'OperatorNoted')
        .map((event) => ({ ...event, header: event.header.sequence }));
    expect(content(await ledgerEvents(other))).toEqual(content(straight));
    await other.close();
  });

  it('stores only the growth of a trace that has grown, and leaves an incomplete row for later', async () => {
    const whole = readFileSync(path.join(root, 'execution_trace_217.txt'));
    const tracePath = fileWith(temporary.folder, 'grown.txt', whole.subarray(0, 20_000));
    const half = await importNextflow(ledger, { tracePath, ...scope });
    fileWith(temporary.folder, 'grown.txt', whole);
    const full = await importNextflow(ledger, { tracePath, ...scope });
    expect(half.leftForLater?.line).toBe(half.records + 2);
    expect(full).toMatchObject({ producer: half.producer, duplicates: half.stored, stored: full.read - half.stored });
  });

  it('refuses a trace whose beginning changed', async () => {
    const text = readFileSync(path.join(root, 'execution_trace_217.txt'), 'utf8');
    const tracePath = fileWith(temporary.folder, 'changed.txt', text);
    await importNextflow(ledger, { tracePath, ...scope });
    for (const [from, to] of [
      ['13.9s', '13.8s'],
      ['15.7s', '15.8s'],
    ] as const) {
      fileWith(temporary.folder, 'changed.txt', text.replace(from, to));
      await expect(importNextflow(ledger, { tracePath, ...scope })).rejects.toThrow(ImportConflictError);
    }
  });

  it('stores nothing of a trace that is malformed in its middle, and says where and in which column', async () => {
    const text = readFileSync(path.join(root, 'execution_trace_217.txt'), 'utf8');
    const rows = text.split('\n');
    rows[100] = (rows[100] ?? '').replace(/\t[\d.]+ [MG]B\t/, '\t12 parsecs\t');
    const tracePath = fileWith(temporary.folder, 'broken.txt', rows.join('\n'));
    const broken = importNextflow(ledger, { tracePath, ...scope });
    await expect(broken).rejects.toThrow(ImportFormatError);
    await expect(broken).rejects.toThrow(
      /broken.txt:101: expected a size .* column peak_rss, found "12 parsecs"; nothing/,
    );
    expect(await ledgerEvents(ledger)).toEqual([]);
  });
});
