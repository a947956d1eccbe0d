/** What a job stands in: its campaign, its attempt, and what operators said of them. */
import type {
  AttemptEnded,
  AttemptStarted,
  CampaignDeclared,
  DataIdVetoed,
  OperatorNoted,
  VetoLifted,
} from '../../schemas';
import type { Tables } from '../projection';
import { scopeOf } from '../scope';
import { stampOf, supersedes } from '../statementOrder';
import { attemptsTable, campaignsTable, notesTable, vetoesTable } from './tables';

/** An attempt begins or ends; of several tellings the last counts. */
export function applyAttempt(event: AttemptStarted | AttemptEnded, tables: Tables): void {
  const attempts = tables.of(attemptsTable);
  const scope = scopeOf(event.header);
  const stamp = stampOf(event.header);
  const known = attempts.get(scope.campaign, scope.unit, scope.attempt) ?? {
    ...scope,
    why: null,
    resumed_from: null,
    started_by: null,
    started_at_us: null,
    start_stamp: null,
    outcome: null,
    ended_at_us: null,
    end_stamp: null,
  };
  if (event.type === 'AttemptEnded') {
    if (supersedes(stamp, known.end_stamp)) {
      attempts.put({ ...known, outcome: event.outcome, ended_at_us: event.header.occurredAt, end_stamp: stamp });
    }
  } else if (supersedes(stamp, known.start_stamp)) {
    attempts.put({
      ...known,
      why: event.why,
      resumed_from: event.resumedFromAttempt,
      started_by: event.startedBy,
      started_at_us: event.header.occurredAt,
      start_stamp: stamp,
    });
  }
}

/** A campaign is declared. */
export function applyCampaign(event: CampaignDeclared, tables: Tables): void {
  const campaigns = tables.of(campaignsTable);
  const { campaign } = event.header;
  const stamp = stampOf(event.header);
  if (supersedes(stamp, campaigns.get(campaign)?.stamp ?? null)) {
    campaigns.put({ campaign, description: event.description, declared_by: event.declaredBy, stamp });
  }
}

/** A veto, or its lifting, in whatever order they are heard. */
export function applyVeto(event: DataIdVetoed | VetoLifted, tables: Tables): void {
  const vetoes = tables.of(vetoesTable);
  const { campaign, unit } = event.header;
  const stamp = stampOf(event.header);
  const known = vetoes.get(campaign, event.veto) ?? { ...unknownVeto, campaign, veto: event.veto };
  if (event.type === 'VetoLifted') {
    if (supersedes(stamp, known.lift_stamp)) {
      vetoes.put({ ...known, lifted_why: event.why, lifted_by: event.liftedBy, lift_stamp: stamp });
    }
  } else if (supersedes(stamp, known.stamp)) {
    const { task, dataId: data_id, why, ticket, vetoedBy: vetoed_by } = event;
    vetoes.put({ ...known, unit, task, data_id, why, ticket, vetoed_by, stamp });
  }
}

const unknownVeto = {
  unit: null,
  task: null,
  data_id: null,
  why: null,
  ticket: null,
  vetoed_by: null,
  stamp: null,
  lifted_why: null,
  lifted_by: null,
  lift_stamp: null,
};

/** An operator's remark. */
export function applyNote(event: OperatorNoted, tables: Tables): void {
  const { campaign, unit, attempt, occurredAt } = event.header;
  tables.of(notesTable).put({
    campaign,
    stamp: stampOf(event.header),
    unit,
    attempt,
    occurred_at_us: occurredAt,
    text: event.text,
    job: event.job,
    path: event.path,
    ticket: event.ticket,
    noted_by: event.notedBy,
  });
}
