/** The views' public numbers are those that naive code works out from the set of events. */
import fc from 'fast-check';
import { expectationsTable, fileCountsTable } from '../../projections/fileCounts/tables';
import { failureCountsTable } from '../../projections/failures/tables';
import { jobCountsTable, jobsTable } from '../../projections/jobs/tables';
import { jobStates } from '../../projections/jobs/jobState';
import { provenanceExecutionsTable, usesTable } from '../../projections/provenance/tables';
import { attemptMetricsTable, executableMetricsTable } from '../../projections/runtimeMetrics/tables';
import type { AnyTableSchema } from '../../projections';
import type { LedgerEvent } from '../../schemas';
import { arbitraryCampaign } from '../support/arbitraryCampaign';
import { arbitraryContradictions } from '../support/arbitraryContradictions';
import { interleavedRuns } from '../support/eventStreams';
import { numbersOf, viewsInMemory } from '../support/memoryViews';
import { naiveExpectations, naiveFileCounts, naiveInputBases, naiveUses } from '../support/naiveFiles';
import {
  naiveAttempts,
  naiveExecutables,
  naiveFailures,
  naiveJobCounts,
  naiveJobs,
  type Numbers,
} from '../support/naiveViews';

const eventsInSomeOrder = fc
  .tuple(fc.oneof({ weight: 2, arbitrary: arbitraryCampaign }, arbitraryContradictions), fc.integer())
  .map(([streams, seed]) => interleavedRuns(streams, seed).flat());

/** Every public table: its numbers, and the code that works them out anew. */
const publicTables: readonly {
  readonly about: string;
  readonly schema: AnyTableSchema;
  /** What tells its rows apart. */
  readonly by: readonly string[];
  readonly columns: readonly string[];
  readonly naive: (events: readonly LedgerEvent[]) => Numbers;
}[] = [
  {
    about: 'every job is in its one state',
    schema: jobsTable,
    by: ['campaign', 'unit', 'attempt', 'job'],
    columns: ['state', 'executions', 'task'],
    naive: naiveJobs,
  },
  {
    about: 'files are counted by dataset type',
    schema: fileCountsTable,
    by: ['campaign', 'unit', 'attempt', 'dataset_type'],
    columns: ['actual', 'reused', 'absent', 'missing', 'empty', 'partial', 'purged', 'bytes'],
    naive: naiveFileCounts,
  },
  {
    about: 'expectations',
    schema: expectationsTable,
    by: ['campaign', 'unit', 'dataset_type', 'basis'],
    columns: ['count', 'revision'],
    naive: naiveExpectations,
  },
  {
    about: 'what executables used',
    schema: executableMetricsTable,
    by: ['campaign', 'unit', 'attempt', 'executable'],
    columns: ['executions', 'not_measured', 'user_cpu_us', 'system_cpu_us', 'max_rss_bytes'],
    naive: naiveExecutables,
  },
  {
    about: 'what attempts used, and from when to when',
    schema: attemptMetricsTable,
    by: ['campaign', 'unit', 'attempt'],
    columns: [
      'attempt_started_at_us',
      'attempt_ended_at_us',
      'first_started_at_us',
      'last_ended_at_us',
      'user_cpu_us',
      'system_cpu_us',
    ],
    naive: naiveAttempts,
  },
  {
    about: 'failures by class, task and host',
    schema: failureCountsTable,
    by: ['campaign', 'unit', 'attempt', 'failure_class', 'permanence', 'task', 'host'],
    columns: ['failures', 'cpu_lost_us', 'not_measured'],
    naive: naiveFailures,
  },
  {
    about: 'which execution used which file',
    schema: usesTable,
    by: ['campaign', 'execution', 'path'],
    columns: ['basis'],
    naive: naiveUses,
  },
  {
    about: 'how the inputs of an execution are known',
    schema: provenanceExecutionsTable,
    by: ['execution'],
    columns: ['inputs_basis'],
    naive: naiveInputBases,
  },
];

describe('the numbers of the views', () => {
  it.each(publicTables)('$about: as worked out from the set of events', ({ schema, by, columns, naive }) => {
    fc.assert(
      fc.property(eventsInSomeOrder, (events) => {
        expect(numbersOf(viewsInMemory(events).rows(schema), by, columns)).toEqual(naive(events));
      }),
      { numRuns: 300 },
    );
  });

  it('count every job in exactly one state', () => {
    fc.assert(
      fc.property(eventsInSomeOrder, (events) => {
        const tables = viewsInMemory(events);
        const counts = numbersOf(tables.rows(jobCountsTable), ['campaign', 'unit', 'attempt', 'task'], jobStates);
        expect(withoutZeros(counts)).toEqual(naiveJobCounts(events));
        const counted = Object.values(counts).flatMap((row) => Object.values(row).map(Number));
        expect(counted.reduce((sum, count) => sum + count, 0)).toBe(tables.rows(jobsTable).length);
      }),
      { numRuns: 300 },
    );
  });
});

function withoutZeros(counts: Numbers): Numbers {
  return Object.fromEntries(
    Object.entries(counts).map(([key, row]) => [
      key,
      Object.fromEntries(Object.entries(row).filter(([, count]) => count !== 0)),
    ]),
  );
}
