/** Whether the ledger knows a path at all: from any campaign, unit or attempt. */
import { listCampaigns } from '../queries/attempts';
import type { ViewReader } from '../queries/viewReader';

/** See the file's head. */
export interface KnownPaths {
  readonly has: (path: string) => boolean;
  /** Whether it knows a path below a folder. */
  readonly hasBelow: (folder: string) => boolean;
}

/** Prepares the questions. @param campaign one that may have nothing but inputs */
export function knownPaths(views: ViewReader, campaign: string): KnownPaths {
  const campaigns = [...new Set([campaign, ...listCampaigns(views)])];
  const listed = campaigns.map(() => '?').join(', ');
  const exactly = views.prepared<object>(
    `SELECT 1 WHERE EXISTS (SELECT 1 FROM file_versions WHERE path = ? AND dataset_type IS NOT NULL)
       OR EXISTS (SELECT 1 FROM uses WHERE path = ?)
       OR EXISTS (SELECT 1 FROM registered_files WHERE campaign IN (${listed}) AND path = ?)`,
  );
  const between = views.prepared<object>(
    `SELECT 1 WHERE EXISTS (SELECT 1 FROM file_versions WHERE path > ? AND path < ?)
       OR EXISTS (SELECT 1 FROM uses WHERE path > ? AND path < ?)
       OR EXISTS (SELECT 1 FROM registered_files WHERE campaign IN (${listed}) AND path > ? AND path < ?)`,
  );
  return {
    has: (path) => exactly(path, path, ...campaigns, path).length > 0,
    hasBelow: (folder) => {
      const [first, last] = [`${folder}/`, `${folder}0`]; // the character behind the slash is the zero
      return between(first, last, first, last, ...campaigns, first, last).length > 0;
    },
  };
}
