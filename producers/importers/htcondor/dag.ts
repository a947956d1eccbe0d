/** A DAG of HTCondor's DAGMan, as far as its log cannot be understood without it. */
import type { Place } from '../errors';

/** The command that declared a node. */
export type DagNodeType = 'job' | 'final' | 'provisioner' | 'service' | 'subdag';

/** One node. */
export interface DagNode {
  readonly name: string;
  readonly type: DagNodeType;
  /** The submit description's file, or the DAG file of a SUBDAG; null where the description stands in the DAG file. */
  readonly submitFile: string | null;
  /** Nothing is submitted for it. */
  readonly noop: boolean;
  /** Done already when the DAG is started, by DONE. */
  done: boolean;
  /** How often it is tried again. */
  retries: number;
  /** A return value after which it is not tried again; null where there is none. */
  unlessExit: number | null;
  hasPostScript: boolean;
  /** How many failed procs of its cluster the node bears, or that share of them in percent; null means none. */
  tolerance: { readonly failures: number; readonly isPercentage: boolean } | null;
  /** The nodes it waits for. */
  readonly parents: Set<string>;
  /** The nodes that can never run once this one has failed; children by WEAK dependencies are not among them. */
  readonly dependants: Set<string>;
  readonly place: Place;
}

/** A DAG. */
export interface Dag {
  readonly file: string;
  readonly nodes: ReadonlyMap<string, DagNode>;
  /** The attributes that SET_JOB_ATTR gives the DAGMan job, names as written, values without their quotes. */
  readonly attributes: ReadonlyMap<string, string>;
}

/** A node as its declaration leaves it. */
export function newDagNode(
  declared: Pick<DagNode, 'name' | 'type' | 'submitFile' | 'noop' | 'done' | 'place'>,
): DagNode {
  return {
    ...declared,
    retries: 0,
    unlessExit: null,
    hasPostScript: false,
    tolerance: null,
    parents: new Set(),
    dependants: new Set(),
  };
}
