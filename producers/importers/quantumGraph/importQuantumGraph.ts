/** Imports a quantum graph written as JSON lines, one quantum a line. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Ledger } from '../../../ledger/port';
import { importInput, storingNothing, type ImportInput, type ImportReport } from '../importInput';
import { measureFiles, readLines, type Line } from '../lines';
import { scopeOf, undatedWarning, type PlanFileOptions } from '../planFile';
import { quantumGraph } from './graph';
import { graphDrafts } from './mapGraph';
import { parseQuantum, type Quantum } from './parseQuantum';

/** What to import, as what. */
export interface QuantumGraphImportOptions extends PlanFileOptions {
  readonly graphPath: string;
}

/**
 * Stores the plan that a quantum graph is: jobs, files from outside, expected counts.
 * @throws {ImportOptionsError} {@link ImportFileError} {@link ImportFormatError} and nothing is stored;
 *   {@link ImportConflictError} where the attempt was imported from another graph; {@link ImportInterruptedError}
 */
export async function importQuantumGraph(ledger: Ledger, options: QuantumGraphImportOptions): Promise<ImportReport> {
  return importInput(ledger, await storingNothing(quantumGraphInput(options)), options.onProgress);
}

/** The input that a graph is. @throws {ImportOptionsError} {@link ImportFileError} {@link ImportFormatError} */
export async function quantumGraphInput(options: QuantumGraphImportOptions): Promise<ImportInput> {
  const file = path.resolve(options.graphPath);
  const scope = scopeOf('quantum-graph', options);
  const occurredAtMicros = options.occurredAtMicros ?? 0;
  const { quanta, digest } = await readQuanta(file);
  const graph = quantumGraph(quanta);
  return {
    scope,
    file,
    files: [file],
    isWhole: true,
    first: quanta.length === 0 ? null : { digest, occurredAtMicros },
    timeZone: null,
    *drafts(findings) {
      findings.records = quanta.length;
      if (options.occurredAtMicros === undefined) {
        findings.warnings.add(undatedWarning('a quantum graph does not tell when it was made', occurredAtMicros));
      }
      if (quanta.length === 0) {
        findings.warnings.add('the graph has no quanta: there is nothing to plan');
      } else {
        yield* graphDrafts(graph, scope, occurredAtMicros, findings);
      }
    },
  };
}

async function readQuanta(file: string): Promise<{ quanta: Quantum[]; digest: string }> {
  const quanta: Quantum[] = [];
  const hash = createHash('sha256');
  const remainder: Line[] = [];
  const take = (line: Line): void => {
    hash.update(`${line.text}\n`);
    if (line.text.trim() !== '') {
      quanta.push(parseQuantum(line));
    }
  };
  for (const extent of await measureFiles([file])) {
    for await (const lines of readLines(extent, (line) => remainder.push(line))) {
      lines.forEach(take);
    }
  }
  remainder.forEach(take); // a last line without its line end is as good, where it is whole
  return { quanta, digest: hash.digest('hex') };
}
