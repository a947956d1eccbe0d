/**
 * `npm start`: a small real campaign, and a bad night. 44 jobs in two units run as child processes, each under its own
 * sidecar, into an embedded ledger; some fail, as in life, and in mid-unit the machine "dies" (kill -9 of everything).
 * Then the restart plan, the rest of the work, the verification and the reports, and what to type next.
 */
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { decodeEvent, openLedger, type Ledger } from '../../index';
import { writeRawImages } from './rawImages';

const campaign = 'small-hsc';
const cli = path.resolve(__dirname, '../../dist/cli/main.js');
const definition = path.resolve(__dirname, 'coadd.yaml');

/** Jobs that meet a node short of memory at their first try; `tasks.mjs` looks for these names. */
const faults = ['makeCoaddTempExp-8766-1228-4,5', 'processCcd-9813-1236-50'];

/** How many jobs of the first tract's 22 are done when everything is killed. */
const jobsBeforeTheKill = 14;

async function main(): Promise<void> {
  const folder = newRunFolder(path.resolve('.tractledger/small-campaign'));
  const root = path.join(folder, 'data');
  const url = `sqlite:${path.join(folder, 'ledger.db')}`;
  prepare(root);
  process.env['TRACTLEDGER_URL'] = url;
  process.env['TRACTLEDGER_OUTBOX'] = path.join(folder, 'outbox.db');
  const unit = 'tract=8766';
  const place = ['--root', root, '--backoff', '0.2'];

  say(`A small campaign of two tracts runs into the ledger ${url}\n`);
  await runAndKill(url, ['run', definition, '--campaign', campaign, '--unit', unit, ...place]);
  show(['restart', campaign, unit, '--definition', definition, '--plan-only']);
  show(['restart', campaign, unit, '--definition', definition, ...place]);
  show(['run', definition, '--campaign', campaign, '--unit', 'tract=9813', ...place], 1); // one CCD is dead
  show(['verify', campaign, '--brief']);
  show(['report', '--campaign', campaign]);
  show(['failures', '--campaign', campaign]);
  show(['lineage', 'tract-9813/attempt-1/deepCoadd/HSC-I/4,5.pgm', '--depth', '2']);
  const short = path.relative(process.cwd(), folder);
  say(`Next, for example:
  export TRACTLEDGER_URL=sqlite:${short}/ledger.db
  npx tractledger status
  npx tractledger jobs --state abandoned
  npx tractledger restart ${campaign} ${unit} --definition ${path.relative(process.cwd(), definition)} --explain 'processCcd {"ccd":49,"tract":8766,"visit":1228}'
  npx tractledger lineage raw/9813/1230-57.pgm --down
  npx tractledger verify ${campaign}
  npx tractledger rebuild --check`);
}

/** Each run has a folder of its own, numbered on, so that a second run is as easy as the first. */
function newRunFolder(parent: string): string {
  mkdirSync(parent, { recursive: true });
  const numbers = readdirSync(parent).map((name) => Number(/^run-(\d+)$/.exec(name)?.[1] ?? 0));
  const folder = path.join(parent, `run-${String(Math.max(0, ...numbers) + 1).padStart(3, '0')}`);
  mkdirSync(folder);
  return folder;
}

/** The root folder as the jobs expect it: their programs, the raw images, and what is to go wrong. */
function prepare(root: string): void {
  mkdirSync(path.join(root, 'faults'), { recursive: true });
  copyFileSync(path.join(__dirname, 'tasks.mjs'), path.join(root, 'tasks.mjs'));
  writeRawImages(root);
  for (const fault of faults) {
    writeFileSync(path.join(root, 'faults', fault), '');
  }
}

/** Runs a command until enough jobs are done, then kills it with every process it has started. */
async function runAndKill(url: string, command: readonly string[]): Promise<void> {
  say(`$ tractledger ${shown(command)}`);
  const ledger = await openLedger(url);
  const runner = spawn(process.execPath, [cli, ...command], {
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => {
    runner.once('exit', () => {
      resolve();
    });
  });
  await Promise.race([jobsDone(ledger, jobsBeforeTheKill), ended]);
  if (runner.exitCode !== null || runner.pid === undefined) {
    throw new Error(`tractledger run ended too soon, with exit code ${String(runner.exitCode)}`);
  }
  process.kill(-runner.pid, 'SIGKILL');
  await ended;
  await ledger.close();
  say(`\n… and with ${String(jobsBeforeTheKill)} of 22 jobs done, kill -9: runner, sidecars and jobs are gone.\n`);
}

/** Resolves once so many executions have succeeded. */
async function jobsDone(ledger: Ledger, wanted: number): Promise<void> {
  const enough = new AbortController();
  let done = 0;
  for await (const batch of ledger.follow(ledger.start, { signal: enough.signal })) {
    done += batch.events.map(decodeEvent).filter(({ type }) => type === 'ExecutionSucceeded').length;
    if (done >= wanted) {
      enough.abort();
    }
  }
}

/** Runs a command as one would by hand. @param expected its exit code */
function show(command: readonly string[], expected = 0): void {
  say(`$ tractledger ${shown(command)}`);
  const { status } = spawnSync(process.execPath, [cli, ...command], { stdio: 'inherit' });
  say('');
  if (status !== expected) {
    throw new Error(`tractledger ${command.join(' ')} ended with exit code ${String(status)}`);
  }
}

/** A command line as one would type it here. */
function shown(command: readonly string[]): string {
  return command
    .map((argument) => (path.isAbsolute(argument) ? path.relative(process.cwd(), argument) : argument))
    .join(' ');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
