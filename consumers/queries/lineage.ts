/** Where a file comes from and what was made from it: PROV's used and wasGeneratedBy, walked from execution to execution. */
import { QuestionError } from './errors';
import {
  candidateColumns,
  candidateJoins,
  startedAtMicros,
  toCandidate,
  versionRead,
  versionsOf,
  type Candidate,
  type CandidateRow,
  type FileVersion,
} from './fileVersions';
import { named, numbered, type ViewReader } from './viewReader';

/** What a lineage is asked for. */
export interface LineageQuestion {
  readonly campaign: string;
  readonly path: string;
  /** The execution that wrote the version meant; the one that counts now by default. */
  readonly execution?: string;
  /** up: what it was made from. down: what was made from it. */
  readonly direction: 'up' | 'down';
  /** How many executions to go through at the most. */
  readonly depth?: number;
}

/** One execution in a lineage. */
export interface LineageExecution {
  readonly execution: string;
  readonly job: string | null;
  readonly task: string | null;
  readonly unit: string | null;
  readonly attempt: number | null;
  readonly state: string | null;
}

/** A file in a lineage, and how many executions lie between it and the file that was asked for. */
export interface LineageFile extends FileVersion {
  readonly depth: number;
}

/** An execution read a file version: `generatedBy` is null for an input from outside. */
export interface Use {
  readonly execution: string;
  readonly path: string;
  readonly generatedBy: string | null;
}

/** A lineage, as programs are told it. */
export interface Lineage {
  readonly campaign: string;
  readonly path: string;
  /** The execution that wrote the version asked for. */
  readonly execution: string | null;
  readonly direction: 'up' | 'down';
  /** Whether the depth limit left something out. */
  readonly truncated: boolean;
  /** The file asked for first, then by depth. */
  readonly files: readonly LineageFile[];
  readonly executions: readonly LineageExecution[];
  readonly used: readonly Use[];
  readonly wasGeneratedBy: readonly { readonly path: string; readonly execution: string }[];
}

/** @throws {QuestionError} where no event names the file, or not that version of it */
export function queryLineage(views: ViewReader, question: LineageQuestion): Lineage {
  return views.snapshot(() => {
    const root = rootOf(views, question);
    const walk = question.direction === 'up' ? new AncestorWalk(views, question) : new DescendantWalk(views, question);
    return walk.from(root);
  });
}

function rootOf(views: ViewReader, { campaign, path, execution }: LineageQuestion): Candidate {
  const versions = versionsOf(views, campaign, path);
  if (versions.length === 0) {
    throw new QuestionError(`no event of ${campaign} names the file ${path}${similar(views, campaign, path)}`);
  }
  const root = execution === undefined ? versionRead(versions, null) : versions.find((v) => v.execution === execution);
  if (root === undefined) {
    const makers = versions.map((version) => version.execution ?? 'nobody here').join(', ');
    throw new QuestionError(`execution ${String(execution)} did not write ${path}; written by ${makers}`);
  }
  return root;
}

function similar(views: ViewReader, campaign: string, path: string): string {
  const end = path.split('/').at(-1) ?? path;
  const rows = views.query<{ path: string }>(
    `SELECT path FROM file_versions WHERE campaign = $campaign AND instr(path, $end) > 0
     UNION SELECT path FROM uses WHERE campaign = $campaign AND instr(path, $end) > 0 LIMIT 3`,
    { campaign, end },
  );
  return rows.length === 0
    ? '; files are named by their logical path'
    : `; did you mean ${rows.map((row) => row.path).join(', ')}?`;
}

type ExecutionRow = Readonly<{
  execution: string;
  job: string | null;
  task: string | null;
  unit: string | null;
  attempt: number | null;
  state: string | null;
  start_stamp: string | null;
}>;

const executionColumns = 'run.job, run.task, run.unit, run.attempt, run.state, run.start_stamp';

/** A walk over the graph, a level at a time: what is nearest to the file asked for comes first. */
abstract class Walk {
  private readonly files = new Map<string, LineageFile>();
  private readonly runs = new Map<string, LineageExecution>();
  protected readonly used: Use[] = [];
  private readonly generated: { path: string; execution: string }[] = [];

  constructor(protected readonly question: LineageQuestion) {}

  from(root: Candidate): Lineage {
    const { campaign, path, direction, depth = Infinity } = this.question;
    let level = this.addFile(root, 0) ? [root] : [];
    let truncated = false;
    for (let steps = 1; level.length > 0; steps += 1) {
      if (steps > depth) {
        truncated = level.some((file) => this.hasMore(file));
        break;
      }
      level = level.flatMap((file) => this.next(file)).filter((file) => this.addFile(file, steps));
    }
    return {
      campaign,
      path,
      execution: root.execution,
      direction,
      truncated,
      files: [...this.files.values()],
      executions: [...this.runs.values()],
      used: this.used,
      wasGeneratedBy: this.generated,
    };
  }

  /** The files one execution further, noting that execution and what ties it to them. */
  protected abstract next(file: Candidate): Candidate[];

  /** Whether there is anything one execution further. */
  protected abstract hasMore(file: Candidate): boolean;

  /** False where the walk has met the execution before. */
  protected addExecution(row: ExecutionRow): boolean {
    if (this.runs.has(row.execution)) {
      return false;
    }
    const { execution, job, task, state } = row;
    this.runs.set(execution, {
      execution,
      job,
      task,
      unit: row.unit === null ? null : named(row.unit),
      attempt: row.attempt === null ? null : numbered(row.attempt),
      state,
    });
    return true;
  }

  private addFile(file: Candidate, depth: number): boolean {
    const key = `${file.execution ?? ''}\n${file.path}`;
    if (this.files.has(key)) {
      return false;
    }
    const { path, execution, datasetType, sizeBytes, md5, purged, originCampaign } = file;
    this.files.set(key, { path, execution, datasetType, sizeBytes, md5, purged, originCampaign, depth });
    if (execution !== null) {
      this.generated.push({ path, execution });
    }
    return true;
  }
}

type InputRow = CandidateRow & Readonly<{ used_as: string | null }>;

class AncestorWalk extends Walk {
  private readonly runOf: (execution: string) => ExecutionRow[];
  private readonly inputsOf: (campaign: string, execution: string) => InputRow[];

  constructor(views: ViewReader, question: LineageQuestion) {
    super(question);
    this.runOf = views.prepared<ExecutionRow>(
      `SELECT run.execution, ${executionColumns} FROM provenance_executions AS run WHERE run.execution = ?`,
    );
    this.inputsOf = views.prepared<InputRow>(
      `SELECT input.path, input.dataset_type AS used_as, ${candidateColumns}
       FROM uses AS input JOIN provenance_executions AS run
         ON run.execution = input.execution AND run.inputs_basis = input.basis
       ${candidateJoins('input')} WHERE input.campaign = ? AND input.execution = ? ORDER BY input.path`,
    );
  }

  protected next({ execution }: Candidate): Candidate[] {
    if (execution === null) {
      return [];
    }
    const run = this.runOf(execution)[0] ?? unheardExecution(execution);
    if (!this.addExecution(run)) {
      return [];
    }
    const startedAt = startedAtMicros(run.start_stamp);
    return grouped(this.inputsOf(this.question.campaign, execution)).flatMap((versions) => {
      const read = versionRead(versions, startedAt);
      if (read === undefined) {
        return [];
      }
      this.used.push({ execution, path: read.path, generatedBy: read.execution });
      return [read];
    });
  }

  protected hasMore({ execution }: Candidate): boolean {
    return execution !== null && this.inputsOf(this.question.campaign, execution).length > 0;
  }
}

class DescendantWalk extends Walk {
  private readonly usersOf: (campaign: string, path: string) => ExecutionRow[];
  private readonly outputsOf: (campaign: string, execution: string) => CandidateRow[];

  constructor(
    private readonly views: ViewReader,
    question: LineageQuestion,
  ) {
    super(question);
    this.usersOf = views.prepared<ExecutionRow>(
      `SELECT input.execution, ${executionColumns}
       FROM uses AS input JOIN provenance_executions AS run
         ON run.execution = input.execution AND run.inputs_basis = input.basis
       WHERE input.campaign = ? AND input.path = ? ORDER BY input.execution`,
    );
    this.outputsOf = views.prepared<CandidateRow>(
      `SELECT output.path, ${candidateColumns}
       FROM file_versions AS output ${candidateJoins('output')}
       WHERE output.campaign = ? AND output.execution = ? AND made.execution = output.execution ORDER BY output.path`,
    );
  }

  protected next(file: Candidate): Candidate[] {
    return this.readers(file).flatMap((run) => {
      this.used.push({ execution: run.execution, path: file.path, generatedBy: file.execution });
      return this.addExecution(run)
        ? this.outputsOf(this.question.campaign, run.execution).map((row) => toCandidate(row))
        : [];
    });
  }

  protected hasMore(file: Candidate): boolean {
    return this.readers(file).length > 0;
  }

  /** The executions that read this version, not another one of the same path. */
  private readers(file: Candidate): ExecutionRow[] {
    const { campaign } = this.question;
    const users = this.usersOf(campaign, file.path);
    if (users.length === 0) {
      return [];
    }
    const versions = versionsOf(this.views, campaign, file.path);
    return users.filter((run) => {
      const read = versionRead(versions, startedAtMicros(run.start_stamp));
      return read?.execution === file.execution && run.execution !== file.execution;
    });
  }
}

function unheardExecution(execution: string): ExecutionRow {
  return { execution, job: null, task: null, unit: null, attempt: null, state: null, start_stamp: null };
}

/** The versions of each path; the rows come in the order of their paths. */
function grouped(rows: readonly InputRow[]): Candidate[][] {
  const groups: Candidate[][] = [];
  for (const row of rows) {
    const last = groups.at(-1);
    if (last?.[0]?.path === row.path) {
      last.push(toCandidate(row, row.used_as));
    } else {
      groups.push([toCandidate(row, row.used_as)]);
    }
  }
  return groups;
}
