/**
 * DAGMan's input files: every command of HTCondor 25 is known; those that say nothing about what runs are checked for
 * their name only.
 *
 * Source of the language: HTCondor's manual, "DAGMan Quick Reference" and the pages it points to.
 */
import type { Place } from '../errors';
import { newDagNode, type Dag, type DagNode, type DagNodeType } from './dag';
import {
  readAttribute,
  readDependency,
  readNode,
  readOtherFile,
  readRetry,
  readScript,
  readTolerance,
  skipInline,
} from './dagCommands';
import { DagLines, DagWords, isKeyword, normalKeyword } from './dagLexer';

/** Reads another DAG file that one names; gets the name as written. */
export type ReadDagFile = (name: string, place: Place) => { readonly text: string; readonly file: string };

/** DAG files within DAG files deeper than this are taken for a file that includes itself. */
const maxDepth = 32;

/**
 * The DAG that a file describes, with its INCLUDEd files and SPLICEs.
 * @param readFile gives the files that INCLUDE and SPLICE name
 * @throws {ImportFormatError} at the first command that cannot be read
 */
export function parseDag(text: string, file: string, readFile: ReadDagFile): Dag {
  return new DagReader(file, readFile, 0).read(text);
}

/** Commands of DAGMan from which no event follows. */
const withoutConsequence = new Set([
  'VARS',
  'PRIORITY',
  'CATEGORY',
  'MAXJOBS',
  'CONFIG',
  'DOT',
  'NODE_STATUS_FILE',
  'JOBSTATE_LOG',
  'SAVE_POINT_FILE',
  'ABORT_DAG_ON',
  'PRE_SKIP',
  'ENV',
]);

/** Commands that wire splices together pin by pin. */
const unsupported = new Set(['CONNECT', 'PIN_IN', 'PIN_OUT']);

const nodeTypes: ReadonlyMap<string, DagNodeType> = new Map([
  ['JOB', 'job'],
  ['FINAL', 'final'],
  ['PROVISIONER', 'provisioner'],
  ['SERVICE', 'service'],
  ['SUBDAG', 'subdag'],
]);

interface Splice {
  /** Nodes of the splice that wait for none of its others. */
  readonly initial: readonly string[];
  /** Nodes of the splice for which none of its others waits. */
  readonly terminal: readonly string[];
}

class DagReader {
  private readonly nodes = new Map<string, DagNode>();
  private readonly attributes = new Map<string, string>();
  private readonly splices = new Map<string, Splice>();
  /** What names nodes is done at the end: a DAG file may name a node before it declares it. */
  private readonly later: (() => void)[] = [];

  constructor(
    private readonly file: string,
    private readonly readFile: ReadDagFile,
    private readonly depth: number,
  ) {}

  read(text: string): Dag {
    this.readCommands(text, this.file, this.depth);
    for (const action of this.later) {
      action();
    }
    return { file: this.file, nodes: this.nodes, attributes: this.attributes };
  }

  private readCommands(text: string, file: string, depth: number): void {
    const lines = new DagLines(text, file);
    for (let line = lines.logical(); line !== undefined; line = lines.logical()) {
      const words = new DagWords(line);
      this.readCommand(normalKeyword(words.need('a command')), words, lines, depth);
    }
  }

  private readCommand(command: string, words: DagWords, lines: DagLines, depth: number): void {
    const type = nodeTypes.get(command);
    if (type !== undefined) {
      this.addNode(type, words, lines);
    } else if (command === 'PARENT' || command === 'WEAK') {
      this.addDependency(command === 'WEAK', words);
    } else if (command === 'INCLUDE' || command === 'SPLICE') {
      this.addOtherFile(command, words, depth);
    } else if (command === 'SET_JOB_ATTR') {
      const { name, value } = readAttribute(words);
      this.attributes.set(name, value);
    } else if (command === 'SUBMIT_DESCRIPTION') {
      words.need('a submit description name');
      skipInline(words.need('an inline submit description { … }'), words, lines);
    } else if (command === 'REJECT') {
      words.fail('a DAG to be run (REJECT marks one that must not be)', 'REJECT');
    } else if (unsupported.has(command)) {
      words.fail('no pins between splices: CONNECT, PIN_IN and PIN_OUT are not read', command);
    } else if (!withoutConsequence.has(command) && !this.setNodeProperty(command, words)) {
      words.fail('a DAGMan command', command);
    }
  }

  private addNode(type: DagNodeType, words: DagWords, lines: DagLines): void {
    const command = readNode(type, words, lines);
    if (this.nodes.has(command.name)) {
      words.fail('a node name that is not declared yet', command.name);
    }
    this.nodes.set(command.name, newDagNode({ ...command, type, place: words.place }));
  }

  private addDependency(isWeak: boolean, words: DagWords): void {
    const { parents, children } = readDependency(isWeak, words);
    this.later.push(() => {
      const childNodes = children
        .flatMap((name) => this.splices.get(name)?.initial ?? [name])
        .map((name) => this.declared(name, words));
      for (const name of parents.flatMap((parent) => this.splices.get(parent)?.terminal ?? [parent])) {
        const parent = this.declared(name, words);
        for (const child of childNodes) {
          child.parents.add(parent.name);
          if (!isWeak) {
            parent.dependants.add(child.name);
          }
        }
      }
    });
  }

  private addOtherFile(command: 'INCLUDE' | 'SPLICE', words: DagWords, depth: number): void {
    if (depth >= maxDepth) {
      words.fail(`DAG files nested less than ${String(maxDepth)} deep`, words.place.file);
    }
    const { name, file } = readOtherFile(command, words);
    const other = this.readFile(file, words.place);
    if (name === null) {
      this.readCommands(other.text, other.file, depth + 1);
    } else {
      this.addSplice(name, new DagReader(other.file, this.readFile, depth + 1).read(other.text), words);
    }
  }

  /** A splice's nodes become nodes of this DAG, named splice+node. */
  private addSplice(name: string, dag: Dag, words: DagWords): void {
    const prefixed = (other: string): string => `${name}+${other}`;
    const nodes = [...dag.nodes.values()];
    const special = nodes.find(({ type }) => type !== 'job' && type !== 'subdag');
    if (special !== undefined || this.splices.has(name)) {
      words.fail('a splice of its own name, with nodes of JOB and SUBDAG only', special?.name ?? name);
    }
    for (const node of nodes) {
      this.nodes.set(prefixed(node.name), {
        ...node,
        name: prefixed(node.name),
        parents: new Set([...node.parents].map(prefixed)),
        dependants: new Set([...node.dependants].map(prefixed)),
      });
    }
    const waitedFor = new Set(nodes.flatMap((node) => [...node.parents]));
    this.splices.set(name, {
      initial: nodes.filter((node) => node.parents.size === 0).map((node) => prefixed(node.name)),
      terminal: nodes.filter((node) => !waitedFor.has(node.name)).map((node) => prefixed(node.name)),
    });
  }

  /** Commands about nodes that are declared elsewhere. False for a command that is none of them. */
  private setNodeProperty(command: string, words: DagWords): boolean {
    if (command === 'SCRIPT') {
      const { node: name, isPost } = readScript(words);
      this.forNodes(name, words, (node) => {
        node.hasPostScript ||= isPost;
      });
    } else if (command === 'RETRY') {
      const { node: name, retries, unlessExit } = readRetry(words);
      this.forNodes(name, words, (node) => {
        node.retries = retries;
        node.unlessExit = unlessExit;
      });
    } else if (command === 'TOLERANCE') {
      const { node: name, failures, isPercentage } = readTolerance(words);
      this.forNodes(name, words, (node) => {
        node.tolerance = { failures, isPercentage };
      });
    } else if (command === 'DONE') {
      const name = words.need('a node name');
      words.end();
      this.later.push(() => {
        this.declared(name, words).done = true;
      });
    } else {
      return false;
    }
    return true;
  }

  /** ALL_NODES means the nodes of this DAG file, without those of splices and without the FINAL and the SERVICE nodes. */
  private forNodes(name: string, words: DagWords, change: (node: DagNode) => void): void {
    this.later.push(() => {
      if (!isKeyword(name, 'ALL_NODES')) {
        change(this.declared(name, words));
        return;
      }
      for (const node of this.nodes.values()) {
        const isOfSplice = this.splices.has(node.name.slice(0, Math.max(0, node.name.indexOf('+'))));
        if (node.type !== 'final' && node.type !== 'service' && !isOfSplice) {
          change(node);
        }
      }
    });
  }

  private declared(name: string, words: DagWords): DagNode {
    return this.nodes.get(name) ?? words.fail('the name of a declared node', name);
  }
}
