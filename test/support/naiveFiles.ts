/** The counts of files, worked out anew from all events at once; see naiveViews.ts. */
import type { LedgerEvent } from '../../schemas';
import type { Numbers } from './naiveViews';

type Kind = LedgerEvent['type'];
type Of<K extends Kind> = Extract<LedgerEvent, { type: K }>;

function only<K extends Kind>(events: readonly LedgerEvent[], ...kinds: K[]): Of<K>[] {
  return events.filter((event): event is Of<K> => (kinds as string[]).includes(event.type));
}

function sortedByTime<E extends LedgerEvent>(events: readonly E[]): E[] {
  const key = ({ header }: E): string =>
    [
      String(header.occurredAt + 1e12).padStart(20, '0'),
      header.producer,
      String(header.sequence).padStart(9, '0'),
    ].join();
  return [...events].sort((a, b) => (key(a) > key(b) ? 1 : -1));
}

/** One writing of a file: its execution's, whoever told of it. */
interface Version {
  readonly told: Of<'FileProduced'>;
  readonly purged: boolean;
  readonly lastCheck: string | null;
}

interface Place {
  readonly unit: string;
  readonly attempt: number;
}

const placeOf = ({ header }: LedgerEvent): Place => ({ unit: header.unit ?? '', attempt: header.attempt ?? 0 });
const samePlace = (a: Place, b: Place): boolean => a.unit === b.unit && a.attempt === b.attempt;

/** The counts of Table 1 by campaign, unit, attempt and dataset type; only those with anything in them. */
export function naiveFileCounts(events: readonly LedgerEvent[]): Numbers {
  const counts: Numbers = {};
  const campaigns = new Set(events.map(({ header }) => header.campaign));
  for (const campaign of campaigns) {
    const own = events.filter(({ header }) => header.campaign === campaign);
    for (const place of allPlaces(own)) {
      for (const datasetType of new Set(only(own, 'FileProduced', 'FileAbsent').map((event) => event.datasetType))) {
        const row = countAt(own, place, datasetType);
        if (Object.values(row).some((count) => count !== 0)) {
          counts[JSON.stringify([campaign, place.unit, place.attempt, datasetType])] = row;
        }
      }
    }
  }
  return counts;
}

function allPlaces(events: readonly LedgerEvent[]): Place[] {
  const texts = new Set(events.map((event) => JSON.stringify(placeOf(event))));
  return [...texts].map((text) => JSON.parse(text) as Place);
}

function countAt(events: readonly LedgerEvent[], place: Place, datasetType: string): Record<string, number> {
  const row = { actual: 0, reused: 0, absent: 0, missing: 0, empty: 0, partial: 0, purged: 0, bytes: 0 };
  for (const path of new Set(only(events, 'FileProduced').map((event) => event.path))) {
    const all = versionsOf(events, path).filter(({ told }) => told.datasetType === datasetType);
    const own = all.filter(({ told }) => samePlace(placeOf(told), place));
    const usable = own.filter(({ told }) => isUsable(events, told.execution));
    const takenOver = all.filter(
      ({ told }) => isUsable(events, told.execution) && isReusedAt(events, told.execution, place),
    );
    const file = newest(usable) ?? newest(takenOver);
    if (file !== undefined) {
      row.actual += 1;
      row.reused += usable.length === 0 ? 1 : 0;
      row.missing += !file.purged && file.lastCheck === 'missing' ? 1 : 0;
      row.empty += file.told.sizeBytes === 0 || file.lastCheck === 'empty' ? 1 : 0;
      row.purged += file.purged ? 1 : 0;
      row.bytes += file.told.sizeBytes ?? 0;
    } else if (own.some(({ told }) => outcomeOf(events, told.execution) !== undefined)) {
      row.partial += 1;
    }
  }
  const absences = only(events, 'FileAbsent').filter(
    (event) =>
      event.datasetType === datasetType && samePlace(placeOf(event), place) && isUsable(events, event.execution),
  );
  row.absent = new Set(absences.map(({ job, path }) => JSON.stringify([job, path ?? '']))).size;
  return row;
}

function versionsOf(events: readonly LedgerEvent[], path: string): Version[] {
  const about = only(events, 'FileProduced', 'FilePurged', 'FileChecked').filter((event) => event.path === path);
  const writers = new Set(only(about, 'FileProduced').map((event) => event.execution));
  return [...writers].flatMap((execution) => {
    const version = about.filter((event) => event.execution === execution);
    const told = mostTelling(only(version, 'FileProduced'));
    const purged = only(version, 'FilePurged').length > 0;
    const lastCheck = sortedByTime(only(version, 'FileChecked')).at(-1)?.result ?? null;
    return told === undefined ? [] : [{ told, purged, lastCheck }];
  });
}

/** Of several tellings of one writing: one that knows the size, then the latest, then the greatest. */
function mostTelling(tellings: readonly Of<'FileProduced'>[]): Of<'FileProduced'> | undefined {
  const withSize = tellings.filter(({ sizeBytes }) => sizeBytes !== null);
  const candidates = withSize.length > 0 ? withSize : tellings;
  const latest = Math.max(...candidates.map(({ header }) => header.occurredAt));
  const content = (event: Of<'FileProduced'>): string => {
    const { unit, attempt } = placeOf(event);
    return JSON.stringify([event.datasetType, event.sizeBytes, event.md5, unit, attempt, event.contentDigest]);
  };
  return candidates
    .filter(({ header }) => header.occurredAt === latest)
    .sort((a, b) => (content(a) > content(b) ? 1 : -1))
    .at(-1);
}

function newest(versions: readonly Version[]): Version | undefined {
  return [...versions]
    .sort(
      ({ told: a }, { told: b }) => a.header.occurredAt - b.header.occurredAt || (a.execution > b.execution ? 1 : -1),
    )
    .at(-1);
}

/** The last end that was told, else the last loss. */
function outcomeOf(
  events: readonly LedgerEvent[],
  execution: string,
): Of<'ExecutionSucceeded' | 'ExecutionFailed' | 'ExecutionLost'> | undefined {
  const about = only(events, 'ExecutionSucceeded', 'ExecutionFailed', 'ExecutionLost').filter(
    (event) => event.execution === execution,
  );
  return (
    sortedByTime(only(about, 'ExecutionSucceeded', 'ExecutionFailed')).at(-1) ??
    sortedByTime(only(about, 'ExecutionLost')).at(-1)
  );
}

function isUsable(events: readonly LedgerEvent[], execution: string): boolean {
  const outcome = outcomeOf(events, execution);
  return (
    outcome?.type === 'ExecutionSucceeded' ||
    (outcome?.type === 'ExecutionFailed' && outcome.caveats.includes('partialOutputsUsable'))
  );
}

function isReusedAt(events: readonly LedgerEvent[], execution: string, place: Place): boolean {
  return only(events, 'JobReused').some(
    (event) => event.fromExecution === execution && samePlace(placeOf(event), place),
  );
}

/** How many files are expected by campaign, unit, dataset type and basis. */
export function naiveExpectations(events: readonly LedgerEvent[]): Numbers {
  const counts: Numbers = {};
  const declared = only(events, 'ExpectationDeclared');
  for (const event of sortedByTime(declared).sort((a, b) => a.revision - b.revision)) {
    const key = [event.header.campaign, event.header.unit ?? '', event.datasetType ?? '', event.basis];
    counts[JSON.stringify(key)] = { count: event.count, revision: event.revision };
  }
  return counts;
}

/** Which execution used which file, and how that is known. */
export function naiveUses(events: readonly LedgerEvent[]): Numbers {
  const uses: Numbers = {};
  for (const event of weakestBasisFirst(events)) {
    for (const { path } of event.files) {
      uses[JSON.stringify([event.header.campaign, event.execution, path])] = { basis: event.basis };
    }
  }
  return uses;
}

/** How the inputs of each execution are known at best. */
export function naiveInputBases(events: readonly LedgerEvent[]): Numbers {
  const told = only(events, 'ExecutionStarted', 'ExecutionSucceeded', 'ExecutionFailed', 'ExecutionLost', 'InputsUsed');
  const bases: Numbers = {};
  for (const { execution } of told) {
    bases[JSON.stringify([execution])] = { inputs_basis: null };
  }
  for (const { execution, basis } of weakestBasisFirst(events)) {
    bases[JSON.stringify([execution])] = { inputs_basis: basis };
  }
  return bases;
}

function weakestBasisFirst(events: readonly LedgerEvent[]): Of<'InputsUsed'>[] {
  const bases = ['declared', 'reported', 'observed']; // any other says less than these
  return only(events, 'InputsUsed').sort(
    (a, b) => bases.indexOf(a.basis) - bases.indexOf(b.basis) || (a.basis > b.basis ? 1 : -1),
  );
}
