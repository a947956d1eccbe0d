/**
 * What one execution made, as the one text in which the database hands it over. A unit of a great campaign has made
 * millions of files, and a restart looks at few of them: objects for all would take longer than all else that it does.
 */
import { textHash } from '../../schemas/textHash';
import type { FilesMade, PastFile } from './history';

/**
 * Gives the text, of the files that the caller's WHERE names: four lines, of which the first says whether all files are
 * sound, and the others are lists of the same length, by path. NULL where there is no file.
 */
export const packedFilesSql = `
  SELECT min(purged = 0 AND coalesce(size_bytes, 1) > 0 AND coalesce(check_result, 'match') = 'match') || char(10) ||
    json_group_array(dataset_type) || char(10) || json_group_array(path) || char(10) ||
    json_group_array(json_array(size_bytes, md5, content_digest, produced_at_us, purged, check_result))
  FROM file_versions`;

/** What {@link packedFilesSql} tells of a file beside its path and dataset type. */
type Facts = readonly [
  sizeBytes: number | null,
  md5: string | null,
  contentDigest: string | null,
  producedAtMicros: number | null,
  purged: number,
  checkResult: string | null,
];

/** Few lists of dataset types that come again and again: those of a task's outputs. */
interface Types {
  readonly ofFiles: readonly (string | null)[];
  readonly all: ReadonlySet<string>;
}

const mostTypes = 1000;
const knownTypes = new Map<string, Types>();

/** See the file's head. */
export class PackedFiles implements FilesMade {
  readonly areSound: boolean;
  private readonly types: Types;
  private readonly pathsBegin: number;

  /** @param packed as {@link packedFilesSql} gives it */
  constructor(
    readonly execution: string,
    private readonly packed: string,
  ) {
    const typesBegin = packed.indexOf('\n') + 1;
    const typesEnd = packed.indexOf('\n', typesBegin);
    this.areSound = packed.startsWith('1');
    this.types = typesIn(packed.slice(typesBegin, typesEnd));
    this.pathsBegin = typesEnd + 1;
  }

  get datasetTypes(): ReadonlySet<string> {
    return this.types.all;
  }

  get files(): readonly PastFile[] {
    const { paths } = this;
    const facts = JSON.parse(this.packed.slice(this.pathsEnd + 1)) as Facts[];
    return facts.map(([sizeBytes, md5, contentDigest, producedAtMicros, purged, checkResult], place) => ({
      path: paths[place] ?? '',
      execution: this.execution,
      datasetType: this.types.ofFiles[place] ?? null,
      sizeBytes,
      md5,
      contentDigest,
      producedAtMicros,
      purged: purged === 1,
      checkResult,
    }));
  }

  /** How many files there are. */
  get count(): number {
    return this.types.ofFiles.length;
  }

  get paths(): readonly string[] {
    return JSON.parse(this.packed.slice(this.pathsBegin, this.pathsEnd)) as string[];
  }

  /** Whether one of the files has a path. */
  has(path: string): boolean {
    const text = JSON.stringify(path);
    if (text.includes('\\')) {
      return this.paths.includes(path); // the database may have written it in another way
    }
    const at = this.packed.indexOf(text, this.pathsBegin);
    return at >= 0 && at < this.pathsEnd;
  }

  /** Tells the {@link textHash} of each path, mostly without making the paths themselves. */
  eachHash(tell: (hash: number) => void): void {
    const { packed, pathsBegin, pathsEnd } = this;
    const escape = packed.indexOf('\\', pathsBegin);
    if (escape >= 0 && escape < pathsEnd) {
      for (const path of this.paths) {
        tell(textHash(path));
      }
      return;
    }
    for (let begin = pathsBegin + 2; begin < pathsEnd;) {
      const end = packed.indexOf('"', begin);
      tell(textHash(packed, begin, end));
      begin = end + 3; // behind the quote, a comma and a quote
    }
  }

  private get pathsEnd(): number {
    return this.packed.indexOf('\n', this.pathsBegin);
  }
}

function typesIn(list: string): Types {
  let types = knownTypes.get(list);
  if (types === undefined) {
    const ofFiles = JSON.parse(list) as (string | null)[];
    types = { ofFiles, all: new Set(ofFiles.filter((type) => type !== null)) };
    if (knownTypes.size >= mostTypes) {
      knownTypes.clear();
    }
    knownTypes.set(list, types);
  }
  return types;
}
