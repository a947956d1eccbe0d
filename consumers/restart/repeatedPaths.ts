/** Finds the paths at which several executions made a file, among millions of which hardly any is. */
import type { PackedFiles } from './packedFiles';

/**
 * The paths that several executions have, with these. Every path is hashed where it stands in its text; only of executions
 * with a hash that comes twice are they made to strings and compared.
 */
export function findRepeatedPaths(made: Iterable<PackedFiles>): ReadonlyMap<string, readonly string[]> {
  const all = [...made];
  const hashes = new Int32Array(all.reduce((sum, { count }) => sum + count, 0));
  let end = 0;
  for (const files of all) {
    files.hashPaths(hashes, end);
    end += files.count;
  }
  const twice = repeatedIn(hashes);
  const makers = new Map<string, string[]>();
  if (twice.size > 0) {
    gather(all, hashes, twice, makers);
  }
  for (const [path, executions] of makers) {
    if (executions.length === 1) {
      makers.delete(path); // another path has its hash
    }
  }
  return makers;
}

function repeatedIn(hashes: Int32Array): ReadonlySet<number> {
  const sorted = hashes.slice().sort();
  const twice = new Set<number>();
  for (let at = 1; at < sorted.length; at += 1) {
    const hash = sorted[at] ?? 0;
    if (hash === sorted[at - 1]) {
      twice.add(hash);
    }
  }
  return twice;
}

function gather(
  all: readonly PackedFiles[],
  hashes: Int32Array,
  twice: ReadonlySet<number>,
  makers: Map<string, string[]>,
): void {
  let begin = 0;
  for (const files of all) {
    const end = begin + files.count;
    if (hashes.subarray(begin, end).some((hash) => twice.has(hash))) {
      for (const [place, path] of files.paths.entries()) {
        if (twice.has(hashes[begin + place] ?? 0)) {
          makers.set(path, [...(makers.get(path) ?? []), files.execution]);
        }
      }
    }
    begin = end;
  }
}
