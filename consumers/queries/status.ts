/** How far a campaign is: the jobs of each task by state. */
import { jobStates, type JobState } from '../../projections/jobs/jobState';
import { chooseAttempts, type AttemptChoice } from './attempts';
import { queryFileCounts, type FileTotal } from './fileCounts';
import { named, numbered, type ViewReader } from './viewReader';

/** The jobs of one task in one attempt, by state. */
export type TaskStatus = Readonly<{ task: string } & Record<JobState, number>>;

/** One attempt of one unit. */
export interface UnitStatus {
  readonly unit: string | null;
  readonly attempt: number | null;
  /** complete, partial or stopped once the attempt has ended; null before. */
  readonly outcome: string | null;
  readonly tasks: readonly TaskStatus[];
  /** How many files there are, and how many each basis expects in all. */
  readonly files: Pick<FileTotal, 'actual' | 'expectedByBasis'>;
}

type CountRow = Readonly<{ unit: string; attempt: number } & TaskStatus>;

const countsSql = `
  SELECT unit, attempt, task, ${jobStates.join(', ')} FROM job_counts
  WHERE campaign = $campaign ORDER BY unit, attempt, task`;

/** The units of a campaign with the counts of their jobs. @throws {QuestionError} */
export function queryStatus(views: ViewReader, campaign: string, choice: AttemptChoice): UnitStatus[] {
  const counts = views.query<CountRow>(countsSql, { campaign });
  const outcomes = views.query<{ unit: string; attempt: number; outcome: string | null }>(
    'SELECT unit, attempt, outcome FROM attempts WHERE campaign = $campaign',
    { campaign },
  );
  const attempts = chooseAttempts(views, campaign, choice);
  const { fileTotals } = queryFileCounts(views, campaign, attempts);
  return attempts.map(({ unit, attempt }, index) => ({
    unit: named(unit),
    attempt: numbered(attempt),
    outcome: outcomes.find((row) => row.unit === unit && row.attempt === attempt)?.outcome ?? null,
    tasks: counts.filter((row) => row.unit === unit && row.attempt === attempt).map(taskStatus),
    files: filesOf(fileTotals[index]),
  }));
}

function filesOf(total: FileTotal | undefined): UnitStatus['files'] {
  const { actual = 0, expectedByBasis = { operator: null, plan: null, reference: null } } = total ?? {};
  return { actual, expectedByBasis };
}

function taskStatus({ task, ...counts }: CountRow): TaskStatus {
  const byState = Object.fromEntries(jobStates.map((state) => [state, counts[state]]));
  return { task, ...(byState as Record<JobState, number>) };
}
