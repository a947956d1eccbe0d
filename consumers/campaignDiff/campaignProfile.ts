/** How a campaign ran, in what can be compared with another: as of the latest attempt of each of its units. */
import type { Definition } from '../../pipelines/definition';
import { PipelineError } from '../../pipelines/errors';
import { readDefinition } from '../../pipelines/readDefinition';
import { chooseAttempts, type AttemptOfUnit } from '../queries/attempts';
import { queryCosts, type ExecutableCost } from '../queries/costs';
import { queryFileCounts } from '../queries/fileCounts';
import { seconds, type ViewReader } from '../queries/viewReader';

/** What a name stands for, part by part; null where it is unknown. */
export type Parts = Readonly<Record<string, string | number | null>>;

/** See the file's head. Each map is by name. */
export interface CampaignProfile {
  readonly campaign: string;
  readonly units: readonly string[];
  /** Each environment that executions named: everything that is declared of it, under a name that tells it. */
  readonly environments: ReadonlyMap<string, Parts>;
  /** How many executions named no environment. */
  readonly executionsWithoutEnvironment: number;
  /** The digests of the definitions that its attempts began with. */
  readonly pipelineDigests: readonly string[];
  /** The definition, where there is one and its whole text is in the ledger. */
  readonly definition: Definition | null;
  readonly datasetTypesRead: ReadonlyMap<string, Parts>;
  readonly datasetTypesWritten: ReadonlyMap<string, Parts>;
  readonly executables: ReadonlyMap<string, Parts>;
  readonly total: Parts;
}

/** Reads it from the views, as of one commit. */
export function campaignProfile(views: ViewReader, campaign: string): CampaignProfile {
  return views.snapshot(() => {
    const attempts = chooseAttempts(views, campaign, {});
    const { units, executables } = queryCosts(views, campaign, attempts, 'manifest');
    const pipelineDigests = digestsOf(views, campaign, attempts);
    return {
      campaign,
      units: attempts.map(({ unit }) => unit),
      ...environmentsOf(views, campaign, attempts),
      pipelineDigests,
      definition: pipelineDigests.length === 1 ? definitionOf(views, campaign, pipelineDigests[0] ?? '') : null,
      datasetTypesRead: readBy(views, campaign, attempts),
      datasetTypesWritten: writtenBy(views, campaign, attempts),
      executables: executableParts(executables),
      total: {
        units: attempts.length,
        wallSeconds: sumOf(units.map(({ wallSeconds }) => wallSeconds)),
        cpuSeconds: sumOf(units.flatMap(({ userCpuSeconds, systemCpuSeconds }) => [userCpuSeconds, systemCpuSeconds])),
      },
    };
  });
}

type EnvironmentRow = Readonly<{
  unit: string;
  attempt: number;
  digest: string | null;
  executions: number;
  operating_system: string | null;
  compiler: string | null;
  packages: string | null;
  patches: string | null;
  container: string | null;
  hardware: string | null;
}>;

/** What an attempt ran itself, and what it took over from others. */
const ranSql = `
  WITH ran AS (
    SELECT unit, attempt, execution FROM provenance_executions WHERE campaign = $campaign
    UNION SELECT unit, attempt, execution FROM reused_executions WHERE campaign = $campaign)`;

const environmentsSql = `${ranSql}
  SELECT ran.unit, ran.attempt, named.environment_digest AS digest, count(*) AS executions, declared.operating_system,
    declared.compiler, declared.packages, declared.patches, declared.container, declared.hardware
  FROM ran
  LEFT JOIN execution_environments AS named ON named.execution = ran.execution
  LEFT JOIN environments AS declared
    ON declared.campaign = $campaign AND declared.digest = named.environment_digest
  GROUP BY ran.unit, ran.attempt, named.environment_digest ORDER BY executions DESC, digest`;

/** By rank: the one that most executions ran in is compared with the other campaign's, and so on. */
function environmentsOf(
  views: ViewReader,
  campaign: string,
  attempts: readonly AttemptOfUnit[],
): Pick<CampaignProfile, 'environments' | 'executionsWithoutEnvironment'> {
  const rows = views.query<EnvironmentRow>(environmentsSql, { campaign }).filter((row) => isAmong(row, attempts));
  const byDigest = new Map<string, { readonly row: EnvironmentRow; executions: number }>();
  let executionsWithoutEnvironment = 0;
  for (const row of rows) {
    if (row.digest === null) {
      executionsWithoutEnvironment += row.executions;
    } else {
      const known = byDigest.get(row.digest);
      byDigest.set(row.digest, { row, executions: (known?.executions ?? 0) + row.executions });
    }
  }
  const ranked = [...byDigest.values()].sort((a, b) => b.executions - a.executions);
  const environments = ranked.map(({ row }, index) => [String(index + 1), environmentParts(row)] as const);
  return { environments: new Map(environments), executionsWithoutEnvironment };
}

function environmentParts(row: EnvironmentRow): Parts {
  const packages = JSON.parse(row.packages ?? '{}') as Record<string, string | null>;
  const patches = JSON.parse(row.patches ?? '[]') as { readonly name: string; readonly ticket: string | null }[];
  return {
    operatingSystem: row.operating_system,
    compiler: row.compiler,
    container: row.container,
    hardware: row.hardware,
    patches: patches.map(({ name, ticket }) => (ticket === null ? name : `${name} (${ticket})`)).join('; ') || null,
    ...Object.fromEntries(
      Object.entries(packages).map(([name, version]) => [`package ${name}`, version ?? 'no version']),
    ),
    // Not declared, or not in the ledger yet: then the digest is all there is to compare.
    ...(row.packages === null ? { digest: row.digest } : {}),
  };
}

function digestsOf(views: ViewReader, campaign: string, attempts: readonly AttemptOfUnit[]): string[] {
  const rows = views.query<AttemptOfUnit & { readonly pipeline_digest: string }>(
    `SELECT unit, attempt, pipeline_digest FROM attempt_pipelines
     WHERE campaign = $campaign AND pipeline_digest IS NOT NULL ORDER BY pipeline_digest`,
    { campaign },
  );
  return [...new Set(rows.filter((row) => isAmong(row, attempts)).map((row) => row.pipeline_digest))];
}

/** Null where a part of it is not in the ledger, or this version cannot read it. */
function definitionOf(views: ViewReader, campaign: string, digest: string): Definition | null {
  const parts = views.query<{ readonly name: string; readonly text: string; readonly parts: number }>(
    'SELECT name, text, parts FROM pipelines WHERE campaign = $campaign AND digest = $digest ORDER BY part',
    { campaign, digest },
  );
  const [first] = parts;
  if (parts.length === 0 || parts.length !== first?.parts) {
    return null;
  }
  try {
    return readDefinition(first.name, parts.map(({ text }) => text).join('')).definition;
  } catch (error) {
    if (error instanceof PipelineError) {
      return null;
    }
    throw error;
  }
}

const readSql = `${ranSql}
  SELECT ran.unit, ran.attempt, coalesce(input.dataset_type, '(unknown)') AS datasetType,
    count(DISTINCT input.path) AS files, count(DISTINCT input.execution) AS executions
  FROM ran JOIN provenance_executions AS run ON run.execution = ran.execution AND run.state = 'succeeded'
    JOIN uses AS input
      ON input.execution = run.execution AND input.campaign = run.campaign AND input.basis = run.inputs_basis
  GROUP BY ran.unit, ran.attempt, datasetType ORDER BY datasetType`;

/** A file that several units read counts in each of them. */
function readBy(views: ViewReader, campaign: string, attempts: readonly AttemptOfUnit[]): Map<string, Parts> {
  type Row = AttemptOfUnit & Readonly<{ datasetType: string; files: number; executions: number }>;
  const rows = views.query<Row>(readSql, { campaign }).filter((row) => isAmong(row, attempts));
  return summed(rows, ({ datasetType }) => datasetType, ['files', 'executions']);
}

function writtenBy(views: ViewReader, campaign: string, attempts: readonly AttemptOfUnit[]): Map<string, Parts> {
  const { fileCounts } = queryFileCounts(views, campaign, attempts);
  const rows = fileCounts.map(({ datasetType, actual, absent, bytes }) => ({ datasetType, files: actual, absent, bytes })); // prettier-ignore
  return summed(rows, ({ datasetType }) => datasetType, ['files', 'absent', 'bytes']);
}

function executableParts(costs: readonly ExecutableCost[]): Map<string, Parts> {
  const names = [...new Set(costs.map(({ executable }) => executable))].sort();
  return new Map(
    names.map((name) => {
      const own = costs.filter(({ executable }) => executable === name);
      const executions = own.reduce((sum, cost) => sum + cost.executions, 0);
      const rss = own.flatMap(({ maxRssBytes }) => maxRssBytes ?? []);
      const cpu = own.flatMap(({ userCpuSeconds, systemCpuSeconds }) => [userCpuSeconds, systemCpuSeconds]);
      return [name, { executions, cpuSeconds: sumOf(cpu), maxRssBytes: rss.length === 0 ? null : Math.max(...rss) }];
    }),
  );
}

/** Whole microseconds are added, so that the order of the units does not show in the last digit. */
function sumOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : seconds(known.reduce((sum, value) => sum + Math.round(value * 1e6), 0));
}

function summed<Row extends Readonly<Record<Part, number>>, Part extends string>(
  rows: readonly Row[],
  nameOf: (row: Row) => string,
  parts: readonly Part[],
): Map<string, Parts> {
  const sums = new Map<string, Record<string, number>>();
  for (const row of rows) {
    const name = nameOf(row);
    const known = sums.get(name) ?? {};
    sums.set(name, Object.fromEntries(parts.map((part) => [part, (known[part] ?? 0) + row[part]])));
  }
  return sums;
}

function isAmong(row: AttemptOfUnit, attempts: readonly AttemptOfUnit[]): boolean {
  return attempts.some(({ unit, attempt }) => unit === row.unit && attempt === row.attempt);
}
