/** A lineage in Graphviz's DOT language (graphviz.org/doc/info/lang.html): files as boxes, executions as ellipses. */
import type { Lineage } from '../../consumers/queries/lineage';
import { escapeControls } from './terminal';

/** The lines of the graph; arrows point from cause to effect, whichever way was walked. */
export function* lineageDot({ files, executions, used, wasGeneratedBy }: Lineage): Generator<string> {
  yield 'digraph lineage {';
  yield '  rankdir=LR;';
  for (const { path, execution, datasetType, purged } of files) {
    const style = purged ? ', style=dashed' : '';
    yield `  ${fileId(path, execution)} [shape=box, label=${labelOf([path, datasetType])}${style}];`;
  }
  for (const { execution, job, task, state } of executions) {
    yield `  ${quoted(execution)} [shape=ellipse, label=${labelOf([job ?? task ?? execution, state])}];`;
  }
  const drawn = new Set(executions.map(({ execution }) => execution));
  for (const { path, execution, generatedBy } of used) {
    yield `  ${fileId(path, generatedBy)} -> ${quoted(execution)};`;
  }
  for (const { path, execution } of wasGeneratedBy) {
    if (drawn.has(execution)) {
      yield `  ${quoted(execution)} -> ${fileId(path, execution)};`;
    }
  }
  yield '}';
}

function fileId(path: string, execution: string | null): string {
  return quoted(`${path}@${execution ?? ''}`);
}

function labelOf(lines: readonly (string | null)[]): string {
  return `"${lines
    .filter((line) => line !== null)
    .map(escaped)
    .join('\\n')}"`;
}

function quoted(text: string): string {
  return `"${escaped(text)}"`;
}

function escaped(text: string): string {
  return escapeControls(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"');
}
