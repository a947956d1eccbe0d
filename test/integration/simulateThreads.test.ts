/** A campaign large enough for threads, by the compiled command and by the sources, which have none. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { SqliteLedger } from '../../ledger/sqlite/sqliteLedger';
import type { Fault } from '../../producers/simulator/faults';
import { simulateHscRc1 } from '../../producers/simulator/simulateHscRc1';
import { collect } from '../support/readLedger';
import { smallSimulation } from '../support/simulations';
import { temporaryFolder } from '../support/temporaryFolder';

jest.setTimeout(300_000);

const { folder, remove } = temporaryFolder();
afterAll(remove);

const dist = path.resolve(__dirname, '../../dist');
const compiledFile = path.join(folder, 'compiled.db');

/** A lane each. */
const units = ['tract=8766', 'tract=8767'];

function compiled(...more: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const options = ['--scale', '0.1', '--unit', ...units, '--ledger', `sqlite:${compiledFile}`, '--json', ...more];
  const argv = [path.join(dist, 'cli/main.js'), 'simulate', 'hsc-rc1', ...options];
  return spawnSync(process.execPath, argv, { encoding: 'utf8', cwd: folder });
}

/** What a ledger holds, in order. */
async function contents(file: string): Promise<readonly string[]> {
  const ledger = SqliteLedger.open(file);
  try {
    return (await collect(ledger.read(ledger.start))).map(({ producer, events }) => {
      const hash = createHash('sha256');
      events.forEach((event) => hash.update(event));
      return `${producer} ${String(events.length)} ${hash.digest('hex')}`;
    });
  } finally {
    await ledger.close();
  }
}

test('a campaign is the same ledger, batch by batch, whether a thread makes a part of it or not', async () => {
  expect(existsSync(path.join(dist, 'producers/simulator/stepsThread.js'))).toBe(true);
  const { status, stdout, stderr } = compiled('--faults', 'outage,late');
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('--write-pipeline') as string });
  const here = SqliteLedger.open(path.join(folder, 'here.db'));
  const faults = new Set<Fault>(['outage', 'late']);
  const result = await simulateHscRc1(here, { ...smallSimulation, scale: 0.1, units, faults });
  await here.close();
  expect(JSON.parse(stdout)).toMatchObject({ ...result });
  expect(await contents(compiledFile)).toEqual(await contents(path.join(folder, 'here.db')));
});

test('a campaign that the ledger refuses ends at once, thread or not, and says what to do', () => {
  const { status, stderr } = compiled('--seed', '2');
  expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('give --campaign another name') as string }); // prettier-ignore
});
