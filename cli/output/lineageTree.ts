/** A lineage as a tree for people: what is met again is named again but not unfolded twice. */
import type { Lineage, LineageExecution, LineageFile } from '../../consumers/queries/lineage';
import { escapeControls } from './terminal';
import { formatBytes } from './units';

/** The lines of the tree, the file that was asked for first. */
export function* lineageTree(lineage: Lineage): Generator<string> {
  const graph = graphOf(lineage);
  const unfolded = new Set<string>();
  // A stack instead of recursion: a lineage can be deeper than the call stack.
  const stack: Branch[] = [{ node: rootKey(lineage), indent: '', mark: '', below: '' }];
  for (let branch = stack.pop(); branch !== undefined; branch = stack.pop()) {
    const { node, indent, mark, below } = branch;
    const children = graph.children.get(node) ?? [];
    const again = unfolded.has(node) && children.length > 0;
    yield `${indent}${mark}${graph.labels.get(node) ?? node}${again ? '  (see above)' : ''}`;
    if (!again) {
      unfolded.add(node);
      stack.push(...branches(children, indent + below).reverse());
    }
  }
  if (lineage.truncated) {
    yield '… and more: the depth limit was reached';
  }
}

interface Branch {
  readonly node: string;
  readonly indent: string;
  readonly mark: string;
  readonly below: string;
}

function branches(children: readonly string[], indent: string): Branch[] {
  return children.map((node, index) =>
    index < children.length - 1
      ? { node, indent, mark: '├─ ', below: '│  ' }
      : { node, indent, mark: '└─ ', below: '   ' },
  );
}

interface Graph {
  readonly labels: ReadonlyMap<string, string>;
  readonly children: ReadonlyMap<string, readonly string[]>;
}

function graphOf({ direction, files, executions, used, wasGeneratedBy }: Lineage): Graph {
  const labels = new Map<string, string>();
  files.forEach((file) => labels.set(fileKey(file.path, file.execution), fileLabel(file)));
  executions.forEach((run) => labels.set(run.execution, executionLabel(run)));
  const children = new Map<string, string[]>();
  const tie = (maker: string, made: string): void => {
    const [from, to] = direction === 'up' ? [made, maker] : [maker, made];
    if (labels.has(from) && labels.has(to)) {
      children.set(from, [...(children.get(from) ?? []), to]);
    }
  };
  wasGeneratedBy.forEach(({ path, execution }) => {
    tie(execution, fileKey(path, execution));
  });
  used.forEach(({ path, execution, generatedBy }) => {
    tie(fileKey(path, generatedBy), execution);
  });
  return { labels, children };
}

function rootKey({ path, execution }: Lineage): string {
  return fileKey(path, execution);
}

function fileKey(path: string, execution: string | null): string {
  return `${execution ?? ''}\n${path}`;
}

function fileLabel({ path, datasetType, sizeBytes, purged, execution, originCampaign }: LineageFile): string {
  const origin = originCampaign === null ? 'input' : `input from ${originCampaign}`;
  const facts = [
    datasetType,
    sizeBytes === null ? null : formatBytes(sizeBytes),
    execution === null ? origin : null,
    purged ? 'purged' : null,
  ].filter((fact) => fact !== null);
  return escapeControls(facts.length === 0 ? path : `${path}  (${facts.join(', ')})`);
}

function executionLabel({ execution, job, task, unit, attempt, state }: LineageExecution): string {
  const where = unit === null ? '' : `, ${unit}${attempt === null ? '' : ` attempt ${String(attempt)}`}`;
  return escapeControls(`[${job ?? task ?? execution}]  (${state ?? 'unheard'}${where})`);
}
