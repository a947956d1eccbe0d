/**
 * A restart plan as a rescue file of HTCondor's DAGMan, which reads it after the DAG file and does not run again what it
 * marks DONE. Source of the format: HTCondor's manual, "The Rescue DAG"; the head is what DAGMan itself writes there.
 */
import { RestartError } from './errors';
import type { RestartPlan } from './planRestart';

/** The nodes of a plan that DAGMan need not run, in the plan's order. */
export function doneNodes({ decisions }: RestartPlan): string[] {
  return [...decisions].filter(([, { is }]) => is === 'reuse').map(([{ name }]) => name);
}

/**
 * The rescue file.
 * @param writtenAt the time that its head tells
 * @throws {RestartError} where a job's name could not be a node's
 */
export function rescueFile(restart: RestartPlan, writtenAt: Date): string {
  const { ground, decisions } = restart;
  const { jobs } = ground.history.wanted;
  const done = doneNodes(restart);
  const odd = done.find((name) => !/^\S+$/.test(name));
  if (odd !== undefined) {
    throw new RestartError(`${JSON.stringify(odd)} is no name of a DAGMan node; rescue files are for imported DAGs`);
  }
  const failed = [...decisions].filter(([, decision]) => decision.is === 'run' && decision.reason === 'failed').length;
  return [
    `# Rescue DAG file, written by tractledger restart`,
    `#   for ${ground.scope.unit.replaceAll(/\s/g, ' ')}, as of attempt ${String(ground.lastAttempt)}`,
    `# Created ${writtenAt.toISOString()}`,
    '# Rescue DAG version: 2.0.1 (partial)',
    '#',
    `# Total number of Nodes: ${String(jobs.length)}`,
    `# Nodes premarked DONE: ${String(done.length)}`,
    `# Nodes that failed: ${String(failed)}`,
    '',
    ...done.map((name) => `DONE ${name}`),
    '',
  ].join('\n');
}
