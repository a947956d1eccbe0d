/** `tractledger pipeline diff --campaigns`. */
import { campaignProfile } from '../../consumers/campaignDiff/campaignProfile';
import {
  diffCampaigns,
  diffSections,
  type CampaignDifference,
  type DiffSection,
} from '../../consumers/campaignDiff/diffCampaigns';
import { chooseCampaign } from '../../consumers/queries/attempts';
import { exitCodes } from '../exitCodes';
import { writeJson, writeOutput } from '../output/lines';
import { escapeControls } from '../output/terminal';
import { formatBytes, formatCount, formatDuration, unknown } from '../output/units';
import { withViews, type ReadingOptions } from '../withViews';
import { section } from './markdown';

/**
 * Prints what differs between two campaigns as they ran, as a note to hand over (Markdown).
 * @throws {QuestionError} where no event names one of them
 */
export async function diffRuns(before: string, after: string, options: ReadingOptions): Promise<0> {
  return withViews(options, async ({ views }) => {
    const differences = views.snapshot(() => {
      chooseCampaign(views, before); // says so where there is no such campaign
      chooseCampaign(views, after);
      return diffCampaigns(campaignProfile(views, before), campaignProfile(views, after));
    });
    if (options.json === true) {
      await writeJson({ before, after, differences });
    } else {
      const lines = [
        `# From ${before} to ${after}`,
        ...diffSections.flatMap((name) => section(titles[name], ofSection(differences, name).map(differenceLine))),
        ...section('What changes for verification', verificationLines(differences)),
      ];
      await writeOutput(lines.map((line) => `${escapeControls(line)}\n`).join(''));
    }
    return exitCodes.done;
  });
}

const titles: Readonly<Record<DiffSection, string>> = {
  environment: 'Environment',
  configuration: 'Configuration',
  datasetTypesRead: 'Dataset types read',
  datasetTypesWritten: 'Dataset types written',
  executions: 'Executions, CPU time and memory',
};

/** How a reader calls what the differences of a section are about. */
const nouns: Readonly<Record<DiffSection, string>> = {
  environment: 'environment ',
  configuration: '',
  datasetTypesRead: '',
  datasetTypesWritten: '',
  executions: '',
};

function ofSection(differences: readonly CampaignDifference[], name: DiffSection): CampaignDifference[] {
  return differences.filter((difference) => difference.section === name);
}

function differenceLine({ section: name, subject, part, before, after }: CampaignDifference): string {
  return `${nouns[name]}${subject}, ${partWords[part] ?? part}: ${valueText(part, before)} becomes ${valueText(part, after)}`;
}

const partWords: Readonly<Record<string, string>> = {
  cpuSeconds: 'CPU time',
  wallSeconds: 'wall-clock',
  maxRssBytes: 'maximum RSS',
  bytes: 'size',
};

function valueText(part: string, value: string | number | null): string {
  if (value === null) {
    return unknown;
  }
  if (typeof value === 'string') {
    return `\`${value}\``;
  }
  return part.endsWith('Seconds')
    ? formatDuration(value)
    : /bytes$/i.test(part)
      ? formatBytes(value)
      : formatCount(value);
}

/** Each change once, with all that it is because of. */
function verificationLines(differences: readonly CampaignDifference[]): string[] {
  const causes = new Map<string, Set<string>>();
  for (const { section: name, subject, verification } of differences) {
    if (verification !== null) {
      const known = causes.get(verification) ?? new Set();
      causes.set(verification, known.add(`${nouns[name]}${subject}`));
    }
  }
  return [...causes].map(([verification, subjects]) => `${[...subjects].join(', ')}: ${verification}`);
}
