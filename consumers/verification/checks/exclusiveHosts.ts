/** Section 5 of the test case: an attempt that has its hosts for itself shares none of them. */
import { eventsOf, type Check, type Verification } from '../verification';

type Pair = Readonly<{
  unit: string;
  attempt: number;
  host: string;
  other_campaign: string;
  other_unit: string;
  other_attempt: number;
  decisive: number;
}>;

/** Attempts whose time on a host overlaps that of one that was declared to have it for itself: few, if any. */
const pairsSql = `,
  spans AS MATERIALIZED (
    SELECT campaign, unit, attempt, host, min(started_at_us) AS first_us, 
      max(coalesce(ended_at_us, started_at_us)) AS last_us
    FROM executions WHERE host IS NOT NULL AND started_at_us IS NOT NULL AND attempt > 0
    GROUP BY campaign, unit, attempt, host)
  SELECT mine.unit, mine.attempt, mine.host, other.campaign AS other_campaign, other.unit AS other_unit,
    other.attempt AS other_attempt,
    EXISTS (SELECT 1 FROM chosen WHERE chosen.unit = mine.unit AND chosen.attempt = mine.attempt)
      OR (other.campaign = mine.campaign AND EXISTS (
        SELECT 1 FROM chosen WHERE chosen.unit = other.unit AND chosen.attempt = other.attempt)) AS decisive
  FROM attempt_pipelines AS declared
  JOIN spans AS mine ON mine.campaign = declared.campaign AND mine.unit = declared.unit AND mine.attempt = declared.attempt
  JOIN spans AS other ON other.host = mine.host AND other.first_us < mine.last_us AND mine.first_us < other.last_us
    AND (other.campaign, other.unit, other.attempt) <> (mine.campaign, mine.unit, mine.attempt)
  WHERE declared.campaign = $campaign AND declared.nodes_exclusive = 1 AND declared.unit IN (SELECT unit FROM chosen)
  ORDER BY mine.unit, mine.attempt, mine.host, other_campaign, other_unit, other_attempt`;

export const exclusiveHosts: Check = {
  name: 'anomalies.exclusiveHosts',
  section: 5,
  title: 'no two attempts ran on one host at once where one was declared to have it for itself',
  byConstruction: null,
  run: (asked) => {
    const findings = asked.findings();
    const [declared] = asked.rows<{ found: number }>(
      `SELECT EXISTS (SELECT 1 FROM attempt_pipelines WHERE campaign = $campaign AND nodes_exclusive = 1) AS found`,
    );
    for (const pair of declared?.found === 1 ? asked.rows<Pair>(pairsSql) : []) {
      const stamps = overlapOf(asked, pair);
      if (stamps !== null) {
        const campaign = pair.other_campaign === asked.campaign ? '' : `${pair.other_campaign}, `;
        findings.add(pair.unit, {
          verdict: pair.decisive === 1 ? 'fail' : 'note',
          attempt: pair.attempt,
          subject: pair.host,
          message: `attempt ${String(pair.other_attempt)} of ${campaign}${pair.other_unit} ran on it at the same time`,
          events: eventsOf(...stamps),
        });
      }
    }
    return findings;
  },
};

/**
 * An execution of either that started while one of the other was running. The last end so far of each, in the order of
 * their starts, tells that in one pass.
 */
const overlapSql = `
  SELECT stamp, other_stamp FROM (
    SELECT start_stamp AS stamp, mine, started_at_us,
      max(CASE mine WHEN 1 THEN ended_at_us END) OVER earlier AS my_end_us,
      max(CASE mine WHEN 0 THEN ended_at_us END) OVER earlier AS other_end_us,
      (SELECT later.start_stamp FROM executions AS later WHERE later.campaign = CASE run.mine WHEN 1 THEN $other_campaign ELSE $campaign END
        AND later.unit = CASE run.mine WHEN 1 THEN $other_unit ELSE $unit END
        AND later.attempt = CASE run.mine WHEN 1 THEN $other_attempt ELSE $attempt END
        AND later.host = $host AND later.started_at_us <= run.started_at_us
        AND later.ended_at_us > run.started_at_us LIMIT 1) AS other_stamp
    FROM (
      SELECT 1 AS mine, * FROM executions WHERE campaign = $campaign AND unit = $unit AND attempt = $attempt
      UNION ALL
      SELECT 0 AS mine, * FROM executions
      WHERE campaign = $other_campaign AND unit = $other_unit AND attempt = $other_attempt) AS run
    WHERE host = $host AND started_at_us IS NOT NULL
    WINDOW earlier AS (ORDER BY started_at_us, execution ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
  WHERE CASE mine WHEN 1 THEN other_end_us ELSE my_end_us END > started_at_us
  ORDER BY started_at_us LIMIT 1`;

function overlapOf(asked: Verification, pair: Pair): readonly (string | null)[] | null {
  const { unit, attempt, host, other_campaign, other_unit, other_attempt } = pair;
  const [overlap] = asked.rows<{ stamp: string; other_stamp: string | null }>(overlapSql, {
    unit,
    attempt,
    host,
    other_campaign,
    other_unit,
    other_attempt,
  });
  return overlap === undefined ? null : [overlap.other_stamp, overlap.stamp];
}
