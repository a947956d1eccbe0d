/**
 * The ledger against a file system, in both directions: the walk over the disk and the views' files come in one order
 * and are merged as they come, so that neither is ever held whole. What the ledger knows is looked at by its path.
 */
import { compareUtf8 } from '../../schemas/utf8';
import type { CheckLevel, FileFinding } from '../files/fileCheck';
import type { Lookers } from '../files/lookers';
import type { FolderEntry } from '../files/walkFolder';
import type { ViewReader } from '../queries/viewReader';
import { buckets, type Bucket, type Comparison, type ComparisonQuestion, type Difference } from './comparison';
import { knownPaths, type KnownPaths } from './knownElsewhere';
import { ledgerFiles, type LedgerFile } from './ledgerFiles';
import { leftoverFinder, type FindLeftover, type Leftover } from './leftovers';

/** Told of each file that was looked at. */
export type OnLook = (file: LedgerFile, finding: FileFinding) => void | Promise<void>;

/**
 * Compares. Memory grows with the differences and with the largest folder, not with the number of files.
 * @throws {RootUnreachableError} where the root goes away meanwhile
 */
export async function compareFiles(
  views: ViewReader,
  lookers: Pick<Lookers, 'root' | 'walk' | 'checkFiles'>,
  question: ComparisonQuestion,
  onLook: OnLook = () => undefined,
): Promise<Comparison> {
  const { folder: root, site } = lookers.root;
  const { campaign, level } = question;
  const tally = new Tally(knownPaths(views, campaign), leftoverFinder(views, campaign));
  const files = ledgerFiles(views, { ...question, site });
  const merged = lookAtBoth(lookers.walk(question.ignored), files, tally);
  for await (const looks of lookers.checkFiles(merged, level)) {
    for (const [file, finding] of looks) {
      tally.addLook(file, finding);
      const told = onLook(file, finding);
      if (told instanceof Promise) {
        await told;
      }
    }
  }
  return { campaign, site, root, check: level, ...tally.result() };
}

/** Passes on what the ledger knows, all of it, and tallies what only the disk does. */
async function* lookAtBoth(
  walk: AsyncIterator<readonly FolderEntry[]>,
  files: Iterator<LedgerFile>,
  tally: Tally,
): AsyncGenerator<readonly LedgerFile[]> {
  try {
    const first = walk.next(); // its process starts while the views are asked
    const merge = new Merge(files, tally);
    for (let entries = await first; entries.done !== true; entries = await walk.next()) {
      yield* merge.upTo(entries.value);
    }
    yield* merge.rest();
  } finally {
    await walk.return?.();
  }
}

const filesPerList = 2000;

/** What the ledger knows beside what the walk finds, step by step. */
class Merge {
  private file: IteratorResult<LedgerFile, unknown>;
  private known: LedgerFile[] = [];

  constructor(
    private readonly files: Iterator<LedgerFile>,
    private readonly tally: Tally,
  ) {
    this.file = files.next();
  }

  /** The ledger's files up to these entries. */
  *upTo(entries: readonly FolderEntry[]): Generator<readonly LedgerFile[], void> {
    for (const entry of entries) {
      let order = this.orderOf(entry);
      for (; order > 0; order = this.orderOf(entry)) {
        this.take(false);
        yield* this.full();
      }
      if (order < 0 || isFolder(entry)) {
        this.tally.addEntry(entry);
      }
      if (order === 0) {
        this.take(true);
      }
    }
    yield this.known;
    this.known = [];
  }

  /** The ledger's files behind all entries. */
  *rest(): Generator<readonly LedgerFile[], void> {
    while (this.file.done !== true) {
      this.take(false);
      yield* this.full();
    }
    yield this.known;
  }

  /** Where an entry stands to the ledger's next file: before it, at it or behind it. */
  private orderOf(entry: FolderEntry): number {
    return this.file.done === true ? -1 : compareOrder(entry, this.file.value);
  }

  private take(isFound: boolean): void {
    if (this.file.done !== true) {
      if (!this.file.value.superseded) {
        this.known.push(this.file.value);
      } else if (isFound) {
        this.tally.addSuperseded();
      }
      this.file = this.files.next();
    }
  }

  private *full(): Generator<readonly LedgerFile[], void> {
    if (this.known.length >= filesPerList) {
      yield this.known;
      this.known = [];
    }
  }
}

function isFolder({ kind }: FolderEntry): boolean {
  return kind === 'unreadable' || kind === 'folderLink';
}

/** By the bytes of the paths, where what leads to more files stands where those would. */
function compareOrder(entry: FolderEntry, { path }: LedgerFile): number {
  const end = isFolder(entry) ? '/' : '';
  return entry.bytes === null
    ? compareUtf8(`${entry.path}${end}`, path)
    : Buffer.compare(Buffer.concat([Buffer.from(entry.bytes, 'hex'), Buffer.from(end)]), Buffer.from(path));
}

const bucketOf: Readonly<Record<FileFinding['result'], Bucket>> = {
  match: 'equal',
  missing: 'onlyInLedger',
  empty: 'size',
  size: 'size',
  checksum: 'md5',
  unreachable: 'unreachable',
};

/** Sums up, each file once. */
class Tally {
  private readonly counts = Object.fromEntries(buckets.map((bucket) => [bucket, 0])) as Record<Bucket, number>;
  private readonly equalBy: Record<CheckLevel, number> = { exists: 0, size: 0, md5: 0 };
  private readonly differences: Difference[] = [];
  private purged = 0;
  private elsewhere = 0;
  private superseded = 0;
  private readonly leftovers: Leftover[] = [];

  constructor(
    private readonly known: KnownPaths,
    private readonly findLeftover: FindLeftover,
  ) {}

  /** Something on the disk that is no file of the ledger's that is asked about. */
  addEntry({ path, bytes, kind, reason }: FolderEntry): void {
    if (kind === 'unreadable') {
      this.addDifference('unreachable', { path: `${path}/`, bytes, reason });
    } else if (bytes === null && this.known.has(path)) {
      this.elsewhere += 1;
    } else if (kind === 'file') {
      this.addUnknown(path, bytes);
    } else if (kind !== 'folderLink') {
      this.addDifference('onlyOnDisk', { path, bytes, reason: entryWords[kind] });
    } else if (bytes !== null || !this.known.hasBelow(path)) {
      this.addDifference('onlyOnDisk', { path, bytes, reason: 'a link to a folder' });
    }
  }

  /** A file on the disk that does not count any more. */
  addSuperseded(): void {
    this.superseded += 1;
  }

  /** A file of the ledger's, with what its look found. */
  addLook(file: LedgerFile, finding: FileFinding): void {
    const { result } = finding;
    if (file.role !== 'purged') {
      this.addFile(bucketOf[result], file, finding);
    } else if (result === 'missing') {
      this.purged += 1;
    } else {
      this.addFile(result === 'unreachable' ? 'unreachable' : 'onlyOnDisk', file, finding);
    }
  }

  result(): Pick<
    Comparison,
    'counts' | 'equalBy' | 'purged' | 'elsewhere' | 'superseded' | 'leftovers' | 'differences'
  > {
    const { counts, equalBy, purged, elsewhere, superseded, leftovers } = this;
    const differences = this.differences.sort((a, b) => compareUtf8(a.path, b.path));
    return { counts, equalBy, purged, elsewhere, superseded, leftovers, differences };
  }

  private addUnknown(path: string, bytes: string | null): void {
    const leftover = bytes === null ? this.findLeftover(path) : null;
    if (leftover === null) {
      this.addDifference('onlyOnDisk', { path, bytes });
    } else {
      this.leftovers.push(leftover);
    }
  }

  private addFile(bucket: Bucket, file: LedgerFile, finding: FileFinding): void {
    if (bucket === 'equal') {
      this.counts.equal += 1;
      this.equalBy[finding.compared] += 1;
      return;
    }
    const { path, role, unit, attempt, execution, datasetType, sizeBytes: expectedBytes, md5: expectedMd5 } = file;
    const { sizeBytes: foundBytes, md5: foundMd5, reason } = finding;
    const expected = { role, unit, attempt, execution, datasetType, expectedBytes, expectedMd5 };
    this.addDifference(bucket, { path, ...expected, foundBytes, foundMd5, reason });
  }

  private addDifference(bucket: Difference['bucket'], difference: Partial<Difference> & { path: string }): void {
    this.counts[bucket] += 1;
    this.differences.push({ ...nothingKnown, ...difference, bucket });
  }
}

const entryWords = { link: 'a symbolic link', other: 'no file' } as const;

const nothingKnown = {
  bytes: null,
  role: null,
  unit: null,
  attempt: null,
  execution: null,
  datasetType: null,
  expectedBytes: null,
  foundBytes: null,
  expectedMd5: null,
  foundMd5: null,
  reason: null,
};
