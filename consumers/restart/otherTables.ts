/** Notices a definition that is given with other tables than those that a unit's latest attempt was planned from. */
import type { Pipeline } from '../../pipelines/loadPipeline';
import { redactText } from '../../schemas';
import type { ViewReader } from '../queries/viewReader';
import type { RestartScope } from './planRestart';

const declaredSql = `
  SELECT declared.digest, declared.text, declared.parts
  FROM attempt_pipelines AS begun JOIN pipelines AS declared
    ON declared.campaign = begun.campaign AND declared.digest = begun.pipeline_digest
  WHERE begun.campaign = $campaign AND begun.unit = $unit AND begun.attempt = $attempt ORDER BY declared.part`;

/**
 * Whether a definition has the very text that an attempt declared, and yet another digest: then its tables are others.
 * False where the ledger does not hold the whole of that text.
 */
export function hasOtherTables(
  views: ViewReader,
  { campaign, unit }: RestartScope,
  attempt: number,
  { digest, text }: Pipeline,
): boolean {
  const declared = views.query<{ digest: string; text: string; parts: number }>(declaredSql, {
    campaign,
    unit,
    attempt,
  });
  const [first] = declared;
  return (
    first?.parts === declared.length &&
    first.digest !== digest &&
    declared.map((part) => part.text).join('') === redactText(text)
  );
}
