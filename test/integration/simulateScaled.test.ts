/** A scaled campaign and the commands that need its tables, which no package has. */
import path from 'node:path';
import { runCli } from '../support/runCli';
import { temporaryFolder } from '../support/temporaryFolder';

jest.setTimeout(180_000);

const { folder, remove } = temporaryFolder();
afterAll(remove);

const campaign = ['simulate', 'hsc-rc1', '--scale', '0.01', '--unit', 'tract=8767'];
const restart = ['restart', 'HSC-RC1', 'tract=8767', '--plan-only', '--json'];
const shipped = path.resolve(__dirname, '../../pipelines/hsc-rc1.yaml');

async function run(...argv: readonly string[]): Promise<{ readonly run: readonly unknown[]; readonly stderr: string }> {
  const { exitCode, stdout, stderr } = await runCli(argv, { cwd: folder });
  expect({ argv, exitCode, stderr }).toEqual({ argv, exitCode: 0, stderr: expect.any(String) as string });
  return { ...(stdout.startsWith('{') ? (JSON.parse(stdout) as { run: unknown[] }) : { run: [] }), stderr };
}

test('a scaled campaign is restarted with the tables that it wrote or none, and other tables are told', async () => {
  expect((await run(...campaign)).stderr).toContain('--write-pipeline FOLDER');
  expect((await run(...campaign, '--write-pipeline', 'small')).stderr).toBe('');
  expect(await run(...restart, '--definition', 'small/hsc-rc1.yaml')).toMatchObject({ run: [], stderr: '' });
  expect(await run(...restart, '--from-ledger')).toMatchObject({ run: [], stderr: '' });
  const other = await run(...restart, '--definition', shipped);
  expect(other.run).not.toEqual([]);
  expect(other.stderr).toContain(`${shipped} is the definition of attempt 1 with other tables`);
});
