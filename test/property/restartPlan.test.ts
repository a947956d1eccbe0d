import fc from 'fast-check';
import { decideRestart } from '../../consumers/restart/decide';
import type { Decision } from '../../consumers/restart/decision';
import type { FilesMade, PastExecution, PastFile, PastJob, UnitRecords } from '../../consumers/restart/history';
import { UnitHistory } from '../../consumers/restart/unitHistory';
import type { WantedFile, WantedJob } from '../../consumers/restart/wanted';

/** One job of a random graph: what it reads, what it makes, and what happened to it in the one attempt there was. */
interface RandomJob {
  /** Numbers of earlier jobs whose files it reads. */
  readonly reads: readonly number[];
  readonly require: 'all' | 'any' | { readonly atLeast: number };
  readonly isProduct: boolean;
  readonly past: 'none' | 'failed' | 'failedForGood' | 'lost' | 'succeeded';
  /** What became of its file; only of one that it made. */
  readonly fate: 'there' | 'purged' | 'missing' | 'empty' | 'corrupt' | 'overwritten' | 'absent';
  /** Whether it is told of all its outputs at once that they are one file of each dataset type. */
  readonly tellsOneOfEach: boolean;
  readonly vetoed: boolean;
  readonly asked: boolean;
  /** Of the files it reads, those that it was not given though they were there. */
  readonly notGiven: readonly boolean[];
}

const graphs = fc
  .integer({ min: 1, max: 9 })
  .chain((size) => fc.tuple(...Array.from({ length: size }, (_, number) => randomJob(number))));

function randomJob(number: number): fc.Arbitrary<RandomJob> {
  const often = <T>(usual: T, ...others: T[]): fc.Arbitrary<T> =>
    fc.oneof({ weight: 5, arbitrary: fc.constant(usual) }, { weight: 3, arbitrary: fc.constantFrom(...others) });
  return fc.record({
    reads: number === 0 ? fc.constant([]) : fc.uniqueArray(fc.nat(number - 1), { maxLength: 3 }),
    require: fc.constantFrom('all' as const, 'any' as const, { atLeast: 2 }),
    isProduct: fc.boolean(),
    past: often<RandomJob['past']>('succeeded', 'none', 'failed', 'failedForGood', 'lost'),
    fate: often<RandomJob['fate']>('there', 'purged', 'missing', 'empty', 'corrupt', 'overwritten', 'absent'),
    tellsOneOfEach: fc.boolean(),
    vetoed: often(false, false, false, true),
    asked: often(false, false, false, true),
    notGiven: fc.array(often(false, false, true), { minLength: 3, maxLength: 3 }),
  });
}

const nameOf = (number: number): string => `job${String(number)}`;
const fileOf = (number: number): string => `file${String(number)}`;
const executionOf = (number: number): string => `execution${String(number)}`;
/** An execution of a job that nobody wants, which wrote over a job's file. */
const strangerOf = (number: number): string => `stranger${String(number)}`;

function item<T>(list: readonly T[], place: number): T {
  const found = list[place];
  if (found === undefined) {
    throw new RangeError(`there is no item ${String(place)}`);
  }
  return found;
}

/** Whether a job made its file; only then can a reader have been given it. */
const made = ({ past, fate }: RandomJob): boolean => past === 'succeeded' && fate !== 'absent';

/** The files that a job was given: of those that were made, the ones not left out. */
function givenTo(graph: readonly RandomJob[], number: number): number[] {
  const { reads, notGiven } = graph[number] ?? { reads: [], notGiven: [] };
  return reads.filter((other, place) => made(item(graph, other)) && notGiven[place] !== true);
}

function historyOf(graph: readonly RandomJob[]): UnitHistory {
  const jobs: WantedJob[] = [];
  const files: WantedFile[] = [];
  graph.forEach((random, number) => {
    const outputs: WantedFile[] = [];
    const needs = { inputs: [{ require: random.require }], outputs: [{ datasetType: 'type' }] };
    const job: WantedJob = {
      ...{ place: number, name: nameOf(number), dataId: `{"n":${String(number)}}` },
      task: { name: 'task', kind: 'payload', ...needs, execution: { cpuSeconds: null } },
      inputs: random.reads.length === 0 ? [] : [random.reads.map((other) => item(files, other))],
      outputs: [outputs],
      outputCounts: random.tellsOneOfEach ? [1] : null,
    };
    const role = random.isProduct ? 'product' : 'intermediate';
    outputs.push({ path: fileOf(number), type: { name: 'type', role, sameness: 'bytes' }, maker: job });
    files.push(...outputs);
    jobs.push(job);
  });
  const mayBeAbsent = ({ maker }: WantedFile): boolean => maker !== null && item(graph, maker.place).fate === 'absent';
  const wanted = { jobs, waitsFor: new Map(), alwaysRun: new Set<WantedJob>(), mayBeAbsent };
  return new UnitHistory({ ...wanted, pathIn: ({ path }) => path }, recordsOf(graph));
}

function recordsOf(graph: readonly RandomJob[]): UnitRecords {
  const numbers = [...graph.keys()];
  const at = (number: number): RandomJob => item(graph, number);
  return {
    lastAttempt: 1,
    executions: [
      ...numbers.filter((number) => at(number).past !== 'none').map((number) => pastExecution(at(number), number)),
      ...numbers.filter((number) => isOverwritten(at(number))).map(stranger),
    ],
    filesOf: (execution) => {
      const number = numberOf(execution);
      const isThere = execution === executionOf(number) ? made(at(number)) : isOverwritten(at(number));
      return isThere ? filesMade({ ...pastFile(at(number), number), execution }) : null;
    },
    makersOf: (path) => makersOf(graph, Number(path.replace('file', ''))),
    repeatedPaths: new Map(
      numbers.filter((number) => isOverwritten(at(number))).map((number) => [fileOf(number), makersOf(graph, number)]),
    ),
    jobs: numbers.filter((number) => at(number).past === 'failedForGood').map(abandoned),
    vetoes: numbers
      .filter((number) => at(number).vetoed)
      .map((number) => ({ veto: String(number), task: null, dataId: `{"n":${String(number)}}`, why: null })),
    withdrawals: [],
    purgedInputs: new Set(),
    inputsOf: (executions) =>
      new Map(
        executions.map((execution) => {
          const given = givenTo(graph, numberOf(execution));
          return [execution, { files: given.map((other) => ({ path: fileOf(other), wasRead: true })) }];
        }),
      ),
    // Something is told of every success, so that its files are known.
    absencesOf: (execution) => [{ path: fileOf(numberOf(execution)), datasetType: 'other' }],
    planOf: () => null,
    tasksOf: () => null,
    environmentOf: () => null,
  };
}

function pastExecution({ past }: Pick<RandomJob, 'past'>, number: number): PastExecution {
  const state = past === 'succeeded' || past === 'lost' ? past : 'failed';
  return {
    ...{
      execution: executionOf(number),
      job: nameOf(number),
      attempt: 1,
      state,
      tryNumber: 1,
      startedAtMicros: number,
      host: null,
    },
    ...{ failureClass: null, permanence: null, message: null, partialUsable: false, cpuMicros: null },
  };
}

/** It failed, much later than all that was read. */
function stranger(number: number): PastExecution {
  const execution = pastExecution({ past: 'failed' }, number);
  return { ...execution, execution: strangerOf(number), job: 'stranger', startedAtMicros: strangersBegin + number };
}

const strangersBegin = 1000;

const numberOf = (execution: string): number => Number(execution.replace(/\D+/, ''));

const isOverwritten = (random: RandomJob): boolean => made(random) && random.fate === 'overwritten';

function makersOf(graph: readonly RandomJob[], number: number): string[] {
  return [executionOf(number), ...(isOverwritten(item(graph, number)) ? [strangerOf(number)] : [])];
}

function filesMade(file: PastFile): FilesMade {
  const { purged, sizeBytes, checkResult, datasetType } = file;
  const areSound = !purged && sizeBytes !== 0 && checkResult === null;
  const producedAtMicros = file.execution.startsWith('stranger') ? strangersBegin : file.producedAtMicros;
  return {
    areSound,
    datasetTypes: new Set(datasetType === null ? [] : [datasetType]),
    files: [{ ...file, producedAtMicros }],
  };
}

function pastFile({ fate }: RandomJob, number: number): PastFile {
  const results: Partial<Record<RandomJob['fate'], string>> = { missing: 'missing', corrupt: 'checksum' };
  return {
    ...{ path: fileOf(number), execution: executionOf(number), datasetType: 'type', md5: null, contentDigest: null },
    ...{ sizeBytes: fate === 'empty' ? 0 : 1, producedAtMicros: number, purged: fate === 'purged' },
    checkResult: results[fate] ?? null,
  };
}

function abandoned(number: number): PastJob {
  return {
    ...{ job: nameOf(number), attempt: 1, state: 'abandoned', reusedExecution: null, skipReason: null },
    ...{ skipBecauseOf: null, abandonReason: 'permanent', abandonClass: 'crash' },
  };
}

type Verdict = Decision['is'];

/**
 * The rules once more, read as one set of sentences about an assignment of verdicts and tried until nothing changes:
 * slow, recursive, and without anything of the planner's.
 */
function bruteForce(graph: readonly RandomJob[]): Verdict[] {
  // Jobs whose file is needed and not there, and that lack what they would need to make it again.
  const stuck = new Set<number>();
  for (;;) {
    const { verdicts, found } = verdictsWith(graph, stuck);
    if (found.every((number) => stuck.has(number))) {
      return verdicts;
    }
    found.forEach((number) => stuck.add(number));
  }
}

function verdictsWith(
  graph: readonly RandomJob[],
  stuck: ReadonlySet<number>,
): { readonly verdicts: Verdict[]; readonly found: number[] } {
  const at = (number: number): RandomJob => item(graph, number);
  const numbers = [...graph.keys()];

  /** Runs, may run or is left whoever needs its file; null where only a need decides. */
  function ownVerdict(number: number): Verdict | null {
    const { vetoed, asked, past, reads } = at(number);
    const given = givenTo(graph, number);
    if (vetoed) {
      return 'leave';
    }
    // Where nobody told what it was given, nothing can have been added.
    const isKnown = given.length > 0;
    const isOpen = (other: number): boolean => {
      const verdict = ownVerdict(other);
      return verdict === 'runIfChanged' || (verdict === 'run' && at(other).past !== 'succeeded') || isOtherwise(other);
    };
    const lost = given.some((other) => ownVerdict(other) === 'leave');
    const added = isKnown && reads.some((other) => !given.includes(other) && made(at(other)) && ownVerdict(other) !== 'leave' && !isOpen(other)); // prettier-ignore
    const open = reads.some((other) => ownVerdict(other) !== 'leave' && isOpen(other));
    if (past === 'failedForGood' && !asked && !lost && !added && !open) {
      return 'leave';
    }
    if (past !== 'succeeded' || lost || added || asked) {
      return isMet(number) ? 'run' : 'leave';
    }
    return open ? 'runIfChanged' : null;
  }

  /** Runs because its set of inputs is another: what it makes may be, too. */
  function isOtherwise(number: number): boolean {
    const { past, reads } = at(number);
    if (ownVerdict(number) !== 'run') {
      return false;
    }
    const given = givenTo(graph, number);
    const openBelow = reads.some((other) => {
      const verdict = ownVerdict(other);
      return verdict !== 'leave' && (verdict === 'runIfChanged' || isOtherwise(other));
    });
    const lost = given.some((other) => ownVerdict(other) === 'leave');
    const added = given.length > 0 && reads.some((other) => !given.includes(other) && made(at(other)) && ownVerdict(other) !== 'leave'); // prettier-ignore
    return past !== 'succeeded' || lost || added || openBelow;
  }

  function isLacking(number: number): boolean {
    return made(at(number)) && at(number).fate !== 'there';
  }

  function isMet(number: number): boolean {
    const { reads, require: needed } = at(number);
    const there = reads.filter((other) => {
      const verdict = ownVerdict(other);
      const isThere = made(at(other)) && !(stuck.has(other) && isLacking(other));
      return verdict !== 'leave' && (isThere || verdict === 'runIfChanged' || isOtherwise(other));
    }).length;
    if (reads.length === 0 || needed === 'all') {
      return there === reads.length;
    }
    return there >= (needed === 'any' ? 1 : needed.atLeast);
  }

  const verdicts = numbers.map((number) => ownVerdict(number));
  const found: number[] = [];
  // From the last to the first: a job without a reason of its own runs where its file is needed and not there.
  for (const number of [...numbers].reverse()) {
    const isReadByOneThatRuns = numbers.some(
      (other) => at(other).reads.includes(number) && (verdicts[other] === 'run' || verdicts[other] === 'runIfChanged'),
    );
    const { isProduct } = at(number);
    const verdict = verdicts[number];
    if ((verdict === null || verdict === 'runIfChanged') && isLacking(number) && (isProduct || isReadByOneThatRuns)) {
      const isPossible = isMet(number);
      if (!isPossible) {
        found.push(number);
      }
      verdicts[number] = isPossible ? 'run' : isProduct ? 'leave' : verdict;
    }
  }
  return { verdicts: verdicts.map((verdict) => verdict ?? 'reuse'), found };
}

function planned(graph: readonly RandomJob[]): Decision[] {
  const asked = new Set([...graph.keys()].filter((number) => graph[number]?.asked === true).map(nameOf));
  const options = { asked, environment: null, ifEnvironmentChanged: false, spreadRemakes: false };
  const { decisions } = decideRestart(historyOf(graph), { ...options, findings: new Map(), tasks: null });
  return [...decisions].map(([, decision]) => decision);
}

describe('a restart plan', () => {
  it('is what a reading of the rules by brute force gives, whatever failed, was purged, vetoed or corrupted', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        expect(planned(graph).map(({ is }) => is)).toEqual(bruteForce(graph));
      }),
      { numRuns: 1000 },
    );
  });
});
