/** `restart` over an imported quantum graph of which a random part has run: exactly the rest, and what that needs. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import type { RestartJson } from '../../consumers/restart/restartJson';
import { openLedger } from '../../ledger/openLedger';
import { encodeDrafts, type EventDraft } from '../../producers/outbox/draft';
import type { JobPlanned } from '../../schemas';
import { ofType } from '../support/execWorld';
import { ledgerEvents } from '../support/imports';
import { runCli } from '../support/runCli';
import { describeWithSharedData } from '../support/sharedData';
import { execution, microsAt, unmeasured } from '../support/story';
import { temporaryFolder } from '../support/temporaryFolder';

interface Dataset {
  readonly type: string;
  readonly dataId: readonly unknown[];
}

interface Quantum {
  readonly task: string;
  readonly dataId: readonly (string | number)[];
  readonly inputs: readonly Dataset[];
  readonly outputs: readonly Dataset[];
}

type Fate = 'succeeded' | 'failed' | 'lost' | 'neverRan';

/** A graph read by a script of a few lines, and what is made up to have happened to it. */
class Story {
  readonly quanta: readonly Quantum[];
  private readonly maker = new Map<string, Quantum>();
  private readonly fates = new Map<Quantum, Fate>();
  /** Keys of the datasets that were purged. */
  private readonly purged = new Set<string>();

  /** Of every ten jobs about one does not succeed, and none succeeds without all that it reads. */
  constructor(file: string, seed: number) {
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    this.quanta = lines.map((line) => JSON.parse(line) as Quantum);
    this.quanta.forEach((quantum) => {
      quantum.outputs.forEach((output) => this.maker.set(keyOf(output), quantum));
    });
    const rolls = fc.sample(fc.noBias(fc.nat(99)), { seed, numRuns: this.quanta.length });
    const decide = (quantum: Quantum): Fate => {
      const known = this.fates.get(quantum);
      if (known !== undefined) {
        return known;
      }
      const roll = rolls[this.quanta.indexOf(quantum)] ?? 0;
      const isReady = this.upstreamOf(quantum).every((other) => decide(other) === 'succeeded');
      const fate = !isReady || roll < 4 ? 'neverRan' : roll < 8 ? 'failed' : roll < 12 ? 'lost' : 'succeeded';
      this.fates.set(quantum, fate);
      return fate;
    };
    this.quanta.forEach(decide);
    const keys = [...this.maker].filter(([, quantum]) => decide(quantum) === 'succeeded').map(([key]) => key);
    const purges = fc.sample(fc.noBias(fc.nat(99)), { seed: seed + 1, numRuns: keys.length });
    keys.filter((_, number) => (purges[number] ?? 0) < 5).forEach((key) => this.purged.add(key));
  }

  /** What has run and what was purged, as events. @param first the number of the first execution @param planned by {@link nameOf} */
  events(unit: string, first: number, planned: ReadonlyMap<string, JobPlanned>): EventDraft[] {
    return this.quanta.flatMap((quantum, number): EventDraft[] => {
      const fate = this.fates.get(quantum);
      const plan = planned.get(nameOf(quantum));
      const outputs = plan?.predictedOutputs ?? [];
      expect(outputs.map(({ datasetType }) => datasetType)).toEqual(quantum.outputs.map(({ type }) => type));
      if (fate === 'neverRan' || plan === undefined) {
        return [];
      }
      const header = { occurredAt: microsAt(number), campaign: 'C', unit, attempt: 1 };
      const { job, task, dataId } = plan;
      const about = { header, execution: execution(first + number), job };
      const nothing = { tryNumber: 1, batchJob: null, processId: null, host: null, allocation: null, executable: null };
      const start: EventDraft = { type: 'ExecutionStarted', ...about, task, dataId, ...nothing, argv: [], logPath: null, environmentDigest: null, site: null }; // prettier-ignore
      if (fate === 'lost') {
        return [start, { type: 'ExecutionLost', ...about, cause: 'nodeFailure', toldBy: 'test', evidence: null, metrics: unmeasured }]; // prettier-ignore
      }
      if (fate === 'failed') {
        return [start, { type: 'ExecutionFailed', ...about, exitCode: 1, signal: null, failureClass: 'crash', permanence: 'transient', message: null, missingOutputs: [], metrics: unmeasured, caveats: [] }]; // prettier-ignore
      }
      const files = outputs.flatMap(({ path: file, datasetType }, place): EventDraft[] => {
        const named = { header, execution: about.execution, path: file };
        const made: EventDraft = { type: 'FileProduced', ...named, datasetType: String(datasetType), sizeBytes: 1, md5: null, sha256: null, contentDigest: null, dataId: null, metadata: {} }; // prettier-ignore
        const isPurged = this.purged.has(keyOf(quantum.outputs[place]));
        return isPurged ? [made, { type: 'FilePurged', ...named, site: null, why: 'full', purgedBy: null }] : [made];
      });
      return [start, ...files, { type: 'ExecutionSucceeded', ...about, metrics: unmeasured, caveats: [] }];
    });
  }

  /** The names of the jobs that have not succeeded, by what became of them. */
  notDone(): Map<string, Fate> {
    return new Map(
      [...this.fates].filter(([, fate]) => fate !== 'succeeded').map(([one, fate]) => [nameOf(one), fate]),
    );
  }

  /** The names of the jobs that are to run: the rest, and who made what is gone of that which the rest, or nobody, reads. */
  toRun(): string[] {
    const running = new Set(this.quanta.filter((quantum) => this.fates.get(quantum) !== 'succeeded'));
    const everRead = new Set(this.quanta.flatMap(({ inputs }) => inputs.map(keyOf)));
    for (let before = -1; before !== running.size;) {
      before = running.size;
      const needed = new Set([...running].flatMap(({ inputs }) => inputs.map(keyOf)));
      for (const [key, quantum] of this.maker) {
        if (this.purged.has(key) && (needed.has(key) || !everRead.has(key))) {
          running.add(quantum);
        }
      }
    }
    return [...running].map(nameOf).sort();
  }

  private upstreamOf({ inputs }: Quantum): Quantum[] {
    return inputs.flatMap((input) => this.maker.get(keyOf(input)) ?? []);
  }
}

function keyOf(dataset: Dataset | undefined): string {
  return JSON.stringify([dataset?.type, dataset?.dataId]);
}

/** The label, which is the class without its `Task`, and the values of its dimensions in no order: the graph has none. */
function nameOf({ task, dataId }: Pick<Quantum, 'task' | 'dataId'>): string {
  const label = task.replace(/^.*\.(\w)(\w*)Task$/, (_, first: string, rest: string) => first.toLowerCase() + rest);
  return JSON.stringify([label, ...dataId.map(String).sort()]);
}

function nameOfPlanned({ task, dataId }: JobPlanned): string {
  return nameOf({ task, dataId: Object.values(JSON.parse(dataId ?? '{}') as Record<string, string | number>) });
}

describeWithSharedData('lsst-quantum-graph', 'restart over an imported quantum graph', (root) => {
  const source = path.join(root, 'quanta.jsonl');
  const { folder: cwd, remove } = temporaryFolder();
  afterAll(remove);

  it.each([1, 2])(
    'plans exactly the rest and its needs after a random part has run (seed %i)',
    async (seed) => {
      const unit = `part=${String(seed)}`;
      const imported = await runCli(['import', 'quantum-graph', source, '--campaign', 'C', '--unit', unit], { cwd });
      expect(imported).toMatchObject({ exitCode: 0 });
      const story = new Story(source, seed);
      const ledger = await openLedger(`sqlite:${path.join(cwd, '.tractledger/ledger.db')}`, { mustExist: true });
      const planned = ofType(await ledgerEvents(ledger), 'JobPlanned').filter(({ header }) => header.unit === unit);
      const drafts = story.events(unit, 10_000 * seed, new Map(planned.map((event) => [nameOfPlanned(event), event])));
      const producer = execution(1_000_000 + seed);
      for (let from = 0; from < drafts.length; from += 1000) {
        await ledger.append(producer, from + 1, encodeDrafts(drafts.slice(from, from + 1000), producer, from + 1));
      }
      await ledger.close();

      const { exitCode, stdout } = await runCli(['restart', 'C', unit, '--from-ledger', '--plan-only', '--json'], {
        cwd,
      });
      expect(exitCode).toBe(0);
      const plan = JSON.parse(stdout) as RestartJson;
      const expected = story.toRun();
      const notDone = story.notDone();
      const names = new Map(planned.map((event) => [event.job, nameOfPlanned(event)]));
      expect(new Set(names.values()).size).toBe(1050);
      expect(plan.run.map(({ job }) => names.get(job)).sort()).toEqual(expected);
      for (const { job, reason } of plan.run) {
        expect([job, reason]).toEqual([job, notDone.get(names.get(job) ?? '') ?? 'outputPurged']);
      }
      expect(plan).toMatchObject({ runIfChanged: [], leave: [], alive: [] });
      expect(plan.reuse).toHaveLength(1050 - expected.length);
      expect(expected.length).toBeGreaterThan(notDone.size);
      expect(plan.reuse.length).toBeGreaterThan(100);
    },
    120_000,
  );
});
