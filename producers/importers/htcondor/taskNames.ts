/**
 * Which task a DAG node belongs to.
 *
 * Rubin's batch service (ctrl_bps) names a node `<uuid>_<label>_<values…>`, keeps its submit file under
 * `jobs/<label>/…`, and lists the labels in the attributes bps_run_quanta and bps_job_summary (`label:count;…`).
 */
import type { Dag, DagNode } from './dag';

const leadingUuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}_/;

/** The labels that a DAG of ctrl_bps declares, longest first; empty for other DAGs. */
export function declaredLabels(dag: Dag): readonly string[] {
  const labels = ['bps_run_quanta', 'bps_job_summary'].flatMap((name) =>
    (dag.attributes.get(name) ?? '').split(';').map((entry) => entry.replace(/:\d+$/, '').trim()),
  );
  return [...new Set(labels)].filter((label) => label !== '').sort((a, b) => b.length - a.length);
}

/** The task of a node: its label where that can be told, else the node's own name. */
export function taskOfNode(node: DagNode, labels: readonly string[]): string {
  const folder = labelFolder(node.submitFile);
  if (folder !== null && labels.includes(folder)) {
    return folder;
  }
  const name = node.name.replace(leadingUuid, '');
  const label = labels.find((candidate) => name === candidate || name.startsWith(`${candidate}_`));
  return label ?? folder ?? node.name;
}

/** The folder right under `jobs` on the way to a submit file. */
function labelFolder(submitFile: string | null): string | null {
  const folders = submitFile?.split('/').slice(0, -1) ?? [];
  const at = folders.lastIndexOf('jobs');
  return at < 0 ? null : (folders[at + 1] ?? null);
}

/** framework for what the workflow system adds: ctrl_bps' set-up job, and FINAL, PROVISIONER and SERVICE nodes. A SUBDAG is payload. */
export function kindOfNode(node: DagNode, task: string): 'payload' | 'framework' {
  return (node.type !== 'job' && node.type !== 'subdag') || task === 'pipetaskInit' ? 'framework' : 'payload';
}
