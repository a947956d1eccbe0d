/** A small real pipeline of shell jobs in a folder of its own, run by the command line as it is built. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openLedger } from '../../ledger/openLedger';
import { decodeEvent, type LedgerEvent } from '../../schemas';
import { temporaryFolder } from './temporaryFolder';

const cli = path.resolve(__dirname, '../../dist/cli/main.js');

const definition = `format: 1
pipeline: shell
dimensions: { tract: int, visit: int, ccd: int, patch: string }
unit: [tract]
tables: { ccds: ccds.csv, overlaps: overlaps.csv }
datasetTypes:
  raw: { role: registered, dimensions: [visit, ccd], table: ccds, template: 'raw/{visit}-{ccd}.txt' }
  calexp: { role: intermediate, dimensions: [tract, visit, ccd], template: '{tract}/{attempt}/calexp/{visit}-{ccd}.txt', metadata: [visit, seeing] }
  coadd: { role: product, dimensions: [tract, patch], template: '{tract}/{attempt}/coadd/{patch}.txt' }
  mosaic: { role: product, dimensions: [tract], template: '{tract}/{attempt}/mosaic.txt' }
tasks:
  ccd:
    dimensions: [tract, visit, ccd]
    over: [ccds]
    executable: ccd.sh
    command: [sh, '{{SCRIPT}}', 'ccd-{visit}-{ccd}', '{outputs.calexp}', '{inputs.raw}']
    inputs: { raw: {} }
    outputs: { calexp: {} }
  coadd:
    dimensions: [tract, patch]
    over: [overlaps]
    executable: coadd.sh
    command: [sh, '{{SCRIPT}}', 'coadd-{patch}', '{outputs.coadd}', '{inputs.calexp}']
    inputs: { calexp: { require: any } }
    outputs: { coadd: {} }
  mosaic:
    dimensions: [tract]
    over: [ccds]
    executable: mosaic.sh
    command: [sh, '{{SCRIPT}}', 'mosaic', '{outputs.mosaic}', '{inputs.calexp}']
    inputs: { calexp: { require: all } }
    outputs: { mosaic: {} }
execution:
  ccd: { retries: 2 }
`;

/**
 * A job: writes its inputs one after another into its output. A file NAME.once makes it fail once as if memory were
 * short, NAME.fail for good; with NAME.wait it waits until that is gone.
 */
const script = `
name=$1; out=$2; shift 2
echo "$name" >> "$WORLD/starts"
while [ -f "$WORLD/faults/$name.wait" ]; do sleep 0.05; done
if [ -f "$WORLD/faults/$name.once" ]; then rm "$WORLD/faults/$name.once"; echo MemoryError >&2; exit 1; fi
if [ -f "$WORLD/faults/$name.fail" ]; then exit 20; fi
cat "$@" > "$out.part" && mv "$out.part" "$out" || exit 1
printf '{"output":"%s","contentDigest":"0123456789abcdef","metadata":{"seeing":0.7}}\\n' "$out" > "$TRACTLEDGER_REPORT"
`;

/** How a command ended. */
export interface Ended {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface Running {
  readonly process: ChildProcess;
  readonly stderr: () => string;
  readonly ended: Promise<Ended>;
}

/** How large a world is: tracts, each with so many visits of so many CCDs; a patch overlaps two visits. */
export interface RunnerWorldSize {
  readonly tracts: number;
  readonly visits: number;
  readonly ccds: number;
  readonly patches: number;
}

/** One test's world; if nothing else is said tract 1 has two visits of two CCDs, two patches and a mosaic of all. */
export class RunnerWorld {
  readonly folder: string;
  private readonly removeFolder: () => void;
  private readonly commands = new Set<ChildProcess>();

  constructor(size?: RunnerWorldSize) {
    const { folder, remove } = temporaryFolder();
    this.folder = folder;
    this.removeFolder = remove;
    mkdirSync(this.path('faults'));
    mkdirSync(this.path('root/raw'), { recursive: true });
    writeFileSync(this.path('job.sh'), script);
    writeFileSync(this.path('shell.yaml'), definition.replaceAll('{{SCRIPT}}', this.path('job.sh')));
    const { ccds, overlaps, raws } = size === undefined ? smallTables : tablesOf(size);
    writeFileSync(this.path('ccds.csv'), `tract,visit,ccd\n${ccds.join('\n')}\n`);
    writeFileSync(this.path('overlaps.csv'), `tract,patch,visit\n${overlaps.join('\n')}\n`);
    for (const name of raws) {
      writeFileSync(this.path(`root/raw/${name}.txt`), `${name}\n`);
    }
  }

  /** Ends what a failed test has left running, which would keep the others waiting, and removes the folder. */
  remove(): void {
    this.commands.forEach((command) => command.kill('SIGKILL'));
    this.removeFolder();
  }

  /** A path in the world's folder. */
  path(name: string): string {
    return path.join(this.folder, name);
  }

  /** Makes a fault of a job: once, fail or wait. */
  fault(name: string): void {
    writeFileSync(this.path(`faults/${name}`), '');
  }

  /** Takes it away. */
  mend(name: string): void {
    rmSync(this.path(`faults/${name}`));
  }

  /** What a file under the root holds; null where it is not there. */
  content(name: string): string | null {
    const file = this.path(`root/${name}`);
    return existsSync(file) ? readFileSync(file, 'utf8') : null;
  }

  /** The names of the jobs that began, in order. */
  starts(): string[] {
    const file = this.path('starts');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }

  /** Runs tract 1 with these further arguments. */
  run(...argv: readonly string[]): Running {
    const unit = ['--campaign', 'C', '--unit', 'tract=1', '--root', 'root'];
    return this.cli('run', 'shell.yaml', ...unit, '--backoff', '0.05', '--jobs', '2', ...argv);
  }

  /** Runs the command line in a process group of its own. */
  cli(...argv: readonly string[]): Running {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('TRACTLEDGER_'));
    const child = spawn(process.execPath, [cli, ...argv], {
      cwd: this.folder,
      detached: true,
      env: {
        ...Object.fromEntries(inherited),
        WORLD: this.folder,
        TRACTLEDGER_URL: `sqlite:${this.path('ledger/ledger.db')}`,
        TRACTLEDGER_OUTBOX: this.path('node/outbox.db'),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.commands.add(child);
    child.once('exit', () => this.commands.delete(child));
    const texts = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (texts.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (texts.stderr += chunk.toString()));
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exitCode, signal) => {
        resolve({ exitCode, signal, ...texts });
      });
    });
    return { process: child, stderr: () => texts.stderr, ended };
  }

  /** Every event of the ledger. */
  async events(): Promise<LedgerEvent[]> {
    const ledger = await openLedger(`sqlite:${this.path('ledger/ledger.db')}`, { mustExist: true });
    try {
      const events: LedgerEvent[] = [];
      for await (const batch of ledger.read(ledger.start)) {
        events.push(...batch.events.map((bytes) => decodeEvent(bytes)));
      }
      return events;
    } finally {
      await ledger.close();
    }
  }
}

const smallTables = {
  ccds: ['1,10,1', '1,10,2', '1,11,1', '1,11,2'],
  overlaps: ['1,"4,4",10', '1,"4,4",11', '1,"4,5",11'],
  raws: ['10-1', '10-2', '11-1', '11-2'],
};

function tablesOf({ tracts, visits, ccds, patches }: RunnerWorldSize): typeof smallTables {
  const count = (to: number): string[] => Array.from({ length: to }, (_, number) => String(number + 1));
  const exposures = count(visits).flatMap((visit) => count(ccds).map((ccd) => [visit, ccd] as const));
  return {
    ccds: count(tracts).flatMap((tract) => exposures.map((exposure) => [tract, ...exposure].join(','))),
    overlaps: count(tracts).flatMap((tract) =>
      count(patches).flatMap((patch) =>
        [0, 1].map((next) => `${tract},"0,${patch}",${String(((Number(patch) + next) % visits) + 1)}`),
      ),
    ),
    raws: exposures.map((exposure) => exposure.join('-')),
  };
}
