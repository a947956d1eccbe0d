/** A restart plan for people: jobs and CPU time by task and reason. */
import { costOf, sumOf, type Cost } from '../../consumers/restart/costs';
import type { Decision } from '../../consumers/restart/decision';
import type { RestartPlan } from '../../consumers/restart/planRestart';
import type { WantedJob } from '../../consumers/restart/wanted';
import { outputTarget, renderTable, type Column } from '../output/table';
import { escapeControls } from '../output/terminal';
import { formatCounted, formatCount, formatDuration } from '../output/units';

const columns: readonly Column[] = [
  { title: 'task', shrinks: true },
  { title: 'what' },
  { title: 'reason' },
  { title: 'jobs', align: 'right' },
  { title: 'CPU', align: 'right' },
  { title: 'e.g.', shrinks: true, narrowestChars: 20 },
];

const words: Readonly<Record<Decision['is'], string>> = {
  run: 'run',
  runIfChanged: 'run if changed',
  reuse: 'take over',
  leave: 'leave',
};

interface Group {
  readonly task: string;
  readonly is: Decision['is'];
  readonly reason: string;
  readonly jobs: WantedJob[];
  readonly example: string;
}

/** The plan as text, with a line end behind it. */
export function restartTable(restart: RestartPlan): string {
  const { ground, cpuEstimates } = restart;
  const { campaign, unit } = ground.scope;
  const title = `${campaign}, ${unit}: attempt ${String(ground.lastAttempt + 1)} would go on from attempt ${String(ground.lastAttempt)}`;
  const rows = groupsOf(restart).map(({ task, is, reason, jobs, example }) => {
    const { cpuSeconds } = sumOf(jobs, cpuEstimates);
    return [task, words[is], reason, formatCount(jobs.length), formatDuration(cpuSeconds), example];
  });
  return [escapeControls(title), renderTable(columns, rows, outputTarget()), '', ...summary(restart), ''].join('\n');
}

function groupsOf({ decisions }: RestartPlan): Group[] {
  const groups = new Map<string, Group>();
  for (const [job, decision] of decisions) {
    const reason = 'reason' in decision ? decision.reason : '';
    const task = job.task.name;
    const key = JSON.stringify([task, decision.is, reason]);
    const group = groups.get(key);
    if (group === undefined) {
      groups.set(key, { task, is: decision.is, reason, jobs: [job], example: exampleOf(job, decision) });
    } else {
      group.jobs.push(job);
    }
  }
  const order: readonly Decision['is'][] = ['run', 'runIfChanged', 'leave', 'reuse'];
  return order.flatMap((is) => [...groups.values()].filter((group) => group.is === is));
}

function exampleOf(job: WantedJob, decision: Decision): string {
  switch (decision.is) {
    case 'reuse':
      return '';
    case 'runIfChanged':
      return `${job.name}: depends on what ${formatCounted(decision.on.length, 'job')} ${decision.on.length === 1 ? 'makes' : 'make'}`;
    default:
      return [job.name, ...decision.evidence.slice(0, 1)].join(': ');
  }
}

function summary({ decisions, cpuEstimates, ground }: RestartPlan): string[] {
  const [run, maybe, saved, left] = (['run', 'runIfChanged', 'reuse', 'leave'] as const).map((is) =>
    costOf(decisions, cpuEstimates, is),
  );
  return [
    `to run:            ${costText(run)}`,
    ...(maybe === undefined || maybe.jobs === 0 ? [] : [`if inputs change:  ${costText(maybe)}`]),
    `saved:             ${costText(saved)}, against starting ${ground.scope.unit} over`,
    ...(left === undefined || left.jobs === 0 ? [] : [`left:              ${formatCounted(left.jobs, 'job')}`]),
  ].map(escapeControls);
}

function costText(cost: Cost | undefined): string {
  const { jobs, cpuSeconds, unknownJobs } = cost ?? { jobs: 0, cpuSeconds: 0, unknownJobs: 0 };
  const unknown = unknownJobs === 0 ? '' : ` (${formatCounted(unknownJobs, 'job')} of unknown cost not counted)`;
  const cpu = cpuSeconds === null ? '' : `, ${cpuText(cpuSeconds)}`;
  return `${formatCounted(jobs, 'job')}${cpu}${unknown}`;
}

/** In hours, as campaigns are accounted for, unless that would hide what there is. */
function cpuText(seconds: number): string {
  return seconds < 3600 ? `${formatDuration(seconds)} of CPU time` : `${(seconds / 3600).toFixed(2)} CPU hours`;
}
