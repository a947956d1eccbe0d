/** `tractledger pipeline diff`. */
import { unitsOf } from '../../pipelines/checkPlan';
import { diffDefinitions, type Difference } from '../../pipelines/diffDefinitions';
import { loadPipeline, type Pipeline } from '../../pipelines/loadPipeline';
import { makePlan } from '../../pipelines/makePlan';
import { planNumbers } from '../../pipelines/planNumbers';
import type { CommonOptions } from '../commonOptions';
import type { ReadingOptions } from '../withViews';
import { diffRuns } from './diffRuns';
import { section } from './markdown';
import { exitCodes } from '../exitCodes';
import { writeJson, writeOutput } from '../output/lines';
import { escapeControls } from '../output/terminal';

/** A number of jobs or files that differs between the plans of a unit. */
interface CountDifference {
  readonly unit: string;
  readonly what: string;
  readonly before: number;
  readonly after: number;
}

/** What the command is asked with. */
export interface DiffOptions extends ReadingOptions {
  readonly campaigns?: boolean;
}

/** Prints what differs between two definitions, or between two campaigns as they ran. */
export async function diff(before: string, after: string, options: DiffOptions): Promise<0> {
  return options.campaigns === true ? diffRuns(before, after, options) : diffFiles(before, after, options);
}

/** Prints what differs between two definitions, as a note to hand over (Markdown). */
async function diffFiles(fileA: string, fileB: string, { json }: CommonOptions): Promise<0> {
  const before = loadPipeline(fileA);
  const after = loadPipeline(fileB);
  const differences = diffDefinitions(before.definition, after.definition);
  const counts = countDifferences(before, after);
  if (json === true) {
    await writeJson({ before: before.digest, after: after.digest, differences, counts });
  } else {
    const lines = [
      `# From ${fileA} to ${fileB}`,
      ...section('What differs', differences.map(differenceLine)),
      ...section('What is expected', counts.map(countLine)),
      ...section('What changes for verification', verificationLines(differences)),
    ];
    await writeOutput(lines.map((line) => `${escapeControls(line)}\n`).join(''));
  }
  return exitCodes.done;
}

function countDifferences(before: Pipeline, after: Pipeline): CountDifference[] {
  const units = new Set([...unitsOf(before), ...unitsOf(after)]);
  return [...units].flatMap((unit) => {
    const old = countsOf(before, unit);
    const now = countsOf(after, unit);
    return [...new Set([...old.keys(), ...now.keys()])].flatMap((what) => {
      const [was, is] = [old.get(what) ?? 0, now.get(what) ?? 0];
      return was === is ? [] : [{ unit, what, before: was, after: is }];
    });
  });
}

/** None for a unit that the definition's tables do not tell of. */
function countsOf(pipeline: Pipeline, unit: string): ReadonlyMap<string, number> {
  if (!unitsOf(pipeline).includes(unit)) {
    return new Map();
  }
  const numbers = planNumbers(makePlan(pipeline, { campaign: 'campaign', unit, attempt: 1 }));
  return new Map([
    ...Object.entries(numbers.jobsByTask).map(([task, count]) => [`jobs of ${task}`, count] as const),
    ...Object.entries(numbers.filesByDatasetType).map(([type, count]) => [`files of ${type}`, count] as const),
  ]);
}

function differenceLine({ subject, part, before, after }: Difference): string {
  const what = part === 'all' ? subject : `${subject}, ${part}`;
  if (before === null || after === null) {
    const value = part === 'all' ? '' : ` (\`${String(before ?? after)}\`)`;
    return `${what}: ${before === null ? 'new' : 'gone'}${value}`;
  }
  return `${what}: \`${before}\` becomes \`${after}\``;
}

function countLine({ unit, what, before, after }: CountDifference): string {
  return `${unit}, ${what}: ${String(before)} becomes ${String(after)}`;
}

function verificationLines(differences: readonly Difference[]): string[] {
  return differences.flatMap(({ subject, part, verification }) =>
    verification === null ? [] : [`${subject}${part === 'all' ? '' : `, ${part}`}: ${verification}`],
  );
}
