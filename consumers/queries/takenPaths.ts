/** Places on disk that belong to another campaign: who wrote there would destroy its files. */
import type { ViewReader } from './viewReader';

/** A place where a file is to be written. */
export interface PlaceToWrite {
  /** The logical path. */
  readonly path: string;
  /** Where that is, as FileLocated tells it. */
  readonly uri: string;
}

/** A file that lies there. */
export interface TakenPlace extends PlaceToWrite {
  /** Whose it is. */
  readonly campaign: string;
  readonly unit: string;
}

const placesPerQuestion = 5000;

const takenSql = `
  SELECT made.campaign, made.unit, made.path, place.uri
  FROM json_each($places) AS wanted
    CROSS JOIN file_versions AS made ON made.path = json_extract(wanted.value, '$[0]') AND made.campaign <> $campaign
    CROSS JOIN file_locations AS place
      ON place.campaign = made.campaign AND place.path = made.path AND place.execution = made.execution
    CROSS JOIN file_executions AS maker ON maker.execution = made.execution AND maker.campaign = made.campaign
  WHERE made.purged = 0 AND place.uri = json_extract(wanted.value, '$[1]')
    AND (maker.state = 'succeeded' OR maker.partial_usable = 1)
  LIMIT 1`;

/** Whether any other campaign made files at all: where none did there is nothing to look for. */
export function anyOtherCampaignWrote(views: ViewReader, campaign: string): boolean {
  const sql = 'SELECT 1 FROM file_counts WHERE campaign <> $campaign AND actual + partial > 0 LIMIT 1';
  return views.query(sql, { campaign }).length > 0;
}

/** The first file found that another campaign may use, was not purged and lies at one of these places; null for none. */
export function takenPlace(views: ViewReader, campaign: string, places: Iterable<PlaceToWrite>): TakenPlace | null {
  let some: [string, string][] = [];
  const ask = (): TakenPlace | null => {
    const [taken] = views.query<TakenPlace>(takenSql, { campaign, places: JSON.stringify(some) });
    some = [];
    return taken ?? null;
  };
  for (const { path, uri } of places) {
    some.push([path, uri]);
    const taken = some.length === placesPerQuestion ? ask() : null;
    if (taken !== null) {
      return taken;
    }
  }
  return ask();
}
