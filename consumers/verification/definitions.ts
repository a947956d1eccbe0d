/** The pipeline definitions that attempts are held against: those that the ledger holds, or one given by hand. */
import type { Definition } from '../../pipelines/definition';
import { PipelineError } from '../../pipelines/errors';
import { readDefinition } from '../../pipelines/readDefinition';
import type { AttemptOfUnit } from '../queries/attempts';
import type { ViewReader } from '../queries/viewReader';
import type { KnownDefinition } from './verification';

const declaredSql = `
  SELECT pipeline_digest AS digest FROM attempt_pipelines
  WHERE campaign = $campaign AND unit = $unit AND attempt <= $attempt AND pipeline_digest IS NOT NULL
  ORDER BY attempt DESC LIMIT 1`;

/** Where an attempt names no definition, the only one that the campaign has is meant. */
const onlySql = `
  SELECT min(digest) AS digest FROM pipelines WHERE campaign = $campaign HAVING count(DISTINCT digest) = 1`;

const textSql = `
  SELECT name, parts, text FROM pipelines WHERE campaign = $campaign AND digest = $digest ORDER BY part`;

/** The definition of each unit's attempt, where one is known; a text that is incomplete or does not read is none. */
export function storedDefinitions(
  views: ViewReader,
  campaign: string,
  attempts: readonly AttemptOfUnit[],
): Map<string, KnownDefinition> {
  const read = new Map<string, Definition>();
  const definitions = new Map<string, KnownDefinition>();
  for (const { unit, attempt } of attempts) {
    const [named] = views.query<{ digest: string }>(declaredSql, { campaign, unit, attempt });
    const digest = (named ?? views.query<{ digest: string }>(onlySql, { campaign })[0])?.digest;
    if (digest !== undefined) {
      const definition = read.get(digest) ?? readStored(views, campaign, digest);
      if (definition !== null) {
        read.set(digest, definition);
        definitions.set(unit, { definition, digest, source: 'ledger' });
      }
    }
  }
  return definitions;
}

function readStored(views: ViewReader, campaign: string, digest: string): Definition | null {
  const parts = views.query<{ name: string; parts: number; text: string }>(textSql, { campaign, digest });
  const [first] = parts;
  if (parts.length !== first?.parts) {
    return null;
  }
  try {
    return readDefinition(first.name, parts.map(({ text }) => text).join('')).definition;
  } catch (error) {
    if (error instanceof PipelineError) {
      return null; // written by another version of this program, which knew other keys
    }
    throw error;
  }
}
