/** What a statement about some of a campaign's jobs concerns: a mistyped one concerns none, and nobody would notice. */
import { countJobsMeant, type JobsMeant } from '../consumers/queries/concerned';
import { writeOutput } from './output/lines';
import { escapeControls } from './output/terminal';
import { formatCounted } from './output/units';
import { withViews, type ReadingOptions } from './withViews';

/** Tells how many of the jobs that are known a statement concerns; warns where it concerns none of them. */
export async function tellJobsMeant(options: ReadingOptions, campaign: string, meant: JobsMeant): Promise<void> {
  const jobs = await withViews(options, ({ views }) => Promise.resolve(countJobsMeant(views, campaign, meant)));
  if (jobs === 0) {
    const parts = [meant.unit, meant.task, meant.dataId].filter((part) => part !== null);
    process.stderr.write(
      `tractledger: warning: no job of ${escapeControls(campaign)} that is known so far is of ` +
        `${escapeControls(parts.join(', '))}; is it spelled as \`tractledger jobs\` shows it?\n`,
    );
  } else if (jobs !== null && options.json !== true) {
    await writeOutput(`it concerns ${formatCounted(jobs, 'job')} of those that are known so far\n`);
  }
}
