/** Several looker processes that share the work on one root. */
import { availableParallelism } from 'node:os';
import { RootUnreachableError } from './errors';
import type { SiteRoot } from './checkFile';
import type { CheckLevel, ExpectedFile, FileFinding } from './fileCheck';
import { Looker, LookerSilentError } from './looker';
import type { FolderEntry } from './walkFolder';

/** How a root is looked at. */
export interface LookersOptions {
  /** How many files are looked at at once; as many as the machine has processors by default. */
  readonly parallel?: number;
  /** How long a file system may take to answer, milliseconds; half a minute by default. */
  readonly patienceMillis?: number;
  /** Starts every process at once, also the one that walks: for work that is known to be long. */
  readonly startAll?: boolean;
}

const defaultPatienceMillis = 30_000;

/** One to work on and one that waits, so that a process never waits for the next. */
const batchesEach = 2;

/** After so many files that did not answer, the rest is not waited for. */
const mostSilentFiles = 5;

/**
 * Looks at files below one root.
 *
 * ```ts
 * const lookers = await Lookers.open('/lustre/hsc');
 * for await (const looks of lookers.checkFiles([files], 'md5')) { for (const [file, finding] of looks) { … } }
 * lookers.close();
 * ```
 */
export class Lookers {
  private silentFiles = 0;
  /** The processes, some of which are just starting, and how many batches each has been given. */
  private readonly loads: Map<Promise<Looker>, number>;
  /** One that was started for the next walk. */
  private walker: Looker | null = null;

  private constructor(
    readonly root: SiteRoot,
    first: Looker,
    private readonly parallel: number,
    private readonly patienceMillis: number,
  ) {
    this.loads = new Map([[Promise.resolve(first), 0]]);
  }

  /** @throws {RootUnreachableError} where the root has no marker that reads, or does not answer */
  static async open(folder: string, options: LookersOptions = {}): Promise<Lookers> {
    const patienceMillis = options.patienceMillis ?? defaultPatienceMillis;
    const parallel = options.parallel ?? availableParallelism();
    const processes = options.startAll === true ? parallel + 1 : 1;
    const starting = Array.from({ length: processes }, () => Looker.start(folder, patienceMillis));
    try {
      const [first, ...others] = await Promise.all(starting);
      if (first === undefined || others.some(({ root }) => root.site !== first.root.site)) {
        throw new RootUnreachableError(folder, `${folder} has just become another site's`);
      }
      const lookers = new Lookers(first.root, first.looker, parallel, patienceMillis);
      lookers.walker = others.pop()?.looker ?? null;
      others.forEach(({ looker }) => lookers.loads.set(Promise.resolve(looker), 0));
      return lookers;
    } catch (error) {
      starting.forEach((started) => {
        started.then(({ looker }) => { looker.stop(); }, () => undefined); // prettier-ignore
      });
      throw error;
    }
  }

  /** Ends every looker. */
  close(): void {
    for (const starting of this.loads.keys()) {
      starting.then(stop, () => undefined);
    }
    this.loads.clear();
    this.walker?.stop();
    this.walker = null;
  }

  /**
   * Looks at files, several at once, and tells each with what was found, in any order and many at a time: waiting once
   * for each file would cost as much as telling of it. Takes no more lists of them than it is about to look at.
   * @throws {RootUnreachableError} where nothing can be said of the files any more
   */
  async *checkFiles<File extends ExpectedFile>(
    lists: Iterable<readonly File[]> | AsyncIterable<readonly File[]>,
    level: CheckLevel,
  ): AsyncGenerator<Looks<File>> {
    const running = new Map<number, Promise<Checked<File>>>();
    const nextDone = async (): Promise<Looks<File>> => {
      const { batch, pairs } = await Promise.race(running.values());
      running.delete(batch);
      return pairs;
    };
    try {
      let batches = 0;
      for await (const batch of inBatches(lists, level)) {
        const number = (batches += 1);
        const checked = this.checkBatch(batch, level).then((pairs) => ({ batch: number, pairs }));
        checked.catch(() => undefined); // it is raised by whoever takes its turn, which may be later
        running.set(number, checked);
        if (running.size >= batchesEach * this.parallel) {
          yield await nextDone();
        }
      }
      while (running.size > 0) {
        yield await nextDone();
      }
    } finally {
      await Promise.allSettled(running.values()); // they hold lookers that close() must find
    }
  }

  /** Everything below the root, by the bytes of the paths, many at a time. @throws {RootUnreachableError} */
  async *walk(ignored: readonly string[]): AsyncGenerator<readonly FolderEntry[]> {
    const looker = this.walker ?? (await this.another());
    this.walker = null;
    try {
      for (let isEnd = false; !isEnd;) {
        const answer = await looker.walk(ignored);
        isEnd = answer.isEnd;
        yield answer.entries;
      }
    } catch (error) {
      throw error instanceof LookerSilentError ? new RootUnreachableError(this.root.folder, error.message) : error;
    } finally {
      looker.stop();
    }
  }

  private async checkBatch<File extends ExpectedFile>(batch: readonly File[], level: CheckLevel): Promise<Looks<File>> {
    try {
      const findings = await this.withLooker((looker) => looker.check(batch.map(asked), level));
      return batch.map((file, index) => [file, findings[index] ?? silent('it was not looked at')] as const);
    } catch (error) {
      if (!(error instanceof LookerSilentError)) {
        throw error;
      }
      return batch.length === 1 ? this.silentBatch(batch, error) : await this.oneByOne(batch, level);
    }
  }

  /** To find out which of them does not answer. */
  private async oneByOne<File extends ExpectedFile>(batch: readonly File[], level: CheckLevel): Promise<Looks<File>> {
    const pairs: (readonly [File, FileFinding])[] = [];
    for (const file of batch) {
      pairs.push(...(await this.checkBatch([file], level)));
    }
    return pairs;
  }

  private silentBatch<File>(batch: readonly File[], error: LookerSilentError): (readonly [File, FileFinding])[] {
    this.silentFiles += 1;
    if (this.silentFiles > mostSilentFiles) {
      throw new RootUnreachableError(this.root.folder, error.message);
    }
    return batch.map((file) => [file, silent(error.message)] as const);
  }

  private async withLooker<Result>(work: (looker: Looker) => Promise<Result>): Promise<Result> {
    const chosen = this.leastLoaded();
    this.loads.set(chosen, (this.loads.get(chosen) ?? 0) + 1);
    try {
      const result = await work(await chosen);
      this.loads.set(chosen, (this.loads.get(chosen) ?? 1) - 1);
      return result;
    } catch (error) {
      this.loads.delete(chosen);
      chosen.then(stop, () => undefined);
      throw error;
    }
  }

  /** One that has nothing to do, if need be a new one; where there are enough of them, the one with the least. */
  private leastLoaded(): Promise<Looker> {
    const [least] = [...this.loads].sort(([, a], [, b]) => a - b);
    return least === undefined || (least[1] > 0 && this.loads.size < this.parallel) ? this.another() : least[0];
  }

  private async another(): Promise<Looker> {
    const { looker, root } = await Looker.start(this.root.folder, this.patienceMillis);
    if (root.site !== this.root.site) {
      looker.stop();
      throw new RootUnreachableError(root.folder, `${root.folder} now belongs to site ${root.site}`);
    }
    return looker;
  }
}

/** Files with what a look at each found. */
type Looks<File> = readonly (readonly [File, FileFinding])[];

interface Checked<File> {
  readonly batch: number;
  readonly pairs: Looks<File>;
}

const mostFilesPerBatch = 512;
const enoughBytesPerBatch = 32 * 1024 * 1024;

/** Few enough files, or bytes to read, that the processes have the same to do in the end. */
async function* inBatches<File extends ExpectedFile>(
  lists: Iterable<readonly File[]> | AsyncIterable<readonly File[]>,
  level: CheckLevel,
): AsyncGenerator<File[]> {
  let batch: File[] = [];
  let bytes = 0;
  for await (const files of lists) {
    for (const file of files) {
      batch.push(file);
      bytes += level === 'md5' && file.md5 !== null ? (file.sizeBytes ?? enoughBytesPerBatch) : 0;
      if (batch.length >= mostFilesPerBatch || bytes >= enoughBytesPerBatch) {
        yield batch;
        batch = [];
        bytes = 0;
      }
    }
  }
  if (batch.length > 0) {
    yield batch;
  }
}

/** No more of a file than its looker needs to know. */
function asked({ path, sizeBytes, md5 }: ExpectedFile): ExpectedFile {
  return { path, sizeBytes, md5 };
}

function silent(reason: string): FileFinding {
  return { result: 'unreachable', compared: 'exists', sizeBytes: null, md5: null, reason };
}

function stop(looker: Looker): void {
  looker.stop();
}
