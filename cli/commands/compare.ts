/** `tractledger compare`: the ledger against a file system, in both directions. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { compareFiles, type OnLook } from '../../consumers/compare/compareFiles';
import { buckets, type Comparison, type ComparisonQuestion } from '../../consumers/compare/comparison';
import { countLedgerFiles } from '../../consumers/compare/ledgerFiles';
import { Lookers, type LookersOptions } from '../../consumers/files/lookers';
import { chooseAttempts, type AttemptOfUnit } from '../../consumers/queries/attempts';
import { isLogicalPath, writeSiteMarker } from '../../pipelines/siteMarker';
import { chosenCampaign } from '../chosenCampaign';
import { exits } from '../command';
import { FileChecks } from '../compare/fileChecks';
import { renderComparison } from '../compare/render';
import { UsageError } from '../errors';
import { exitCodes, type ExitCode } from '../exitCodes';
import { naturalNumber, positiveSeconds } from '../optionValues';
import { writeJson, writeOutput } from '../output/lines';
import { startProgress } from '../output/progress';
import { addReadingOptions, withViews, type CurrentViews, type ReadingOptions } from '../withViews';

interface CompareOptions extends ReadingOptions {
  readonly root: string;
  readonly site?: string;
  readonly mark?: boolean;
  readonly unit?: string;
  readonly attempt?: number;
  readonly allAttempts?: boolean;
  readonly check: 'size' | 'md5';
  readonly ignore: readonly string[];
  readonly parallel?: number;
  readonly patience?: number;
  readonly record?: boolean;
  readonly leftovers0?: boolean;
  readonly by?: string;
}

const help = `
Examples:
  tractledger compare --root /lustre/hsc --site lustre --mark
  tractledger compare --root /lustre/hsc --unit tract=9813 --attempt 2
  tractledger compare --root /lustre/hsc --json | jq -r '.differences[] | select(.bucket == "md5") | .path'
  tractledger compare --root /lustre/hsc --leftovers0 | (cd /lustre/hsc && xargs -0 rm --)

Each file ends up in one place:
  equal         as the ledger says, as far as the ledger knows its size and MD5
  onlyOnDisk    the ledger knows nothing of it, or says that it was purged
  onlyInLedger  surely not there
  size, md5     there, and not what was written; an empty file counts under size
  unreachable   cannot be told: I/O errors, folders that may not be entered, links that lead out of the root to nothing
Without --unit and --attempt every file of the campaign is meant, its inputs too; with them, what those attempts made or
reused, and files known from elsewhere are only counted. Links to folders are not followed.

What counts of a job is what its last execution that succeeded made, whichever attempt that was in. What earlier ones
left is counted apart where it still lies there, and may be deleted; --all-attempts judges it like any other file, and
so does --attempt for all that the attempt named made or reused.

Leftovers are no difference: what executions that were killed or failed, or still run, were planned to write and no event
tells of, under the planned name or that name with more behind a dot. Nothing counts on those of lost executions, which
may be deleted: --leftovers0 lists them, each ended by a null character.

A root folder has a marker, .tractledger-site.json, which names its site: what is missing below a root without its
marker may just not be mounted. --mark writes one. The exit code is 1 where anything differs, 3 where the root cannot be
reached.`;

/** Adds the command's options, help and action. */
export function define(command: Command): void {
  command
    .description('Compare the ledger with the files below a root folder, in both directions.')
    .requiredOption('--root <folder>', 'the root folder of the site')
    .option('--site <name>', 'the site that it must belong to (default: the one its marker names)')
    .option('--mark', 'write the marker of --site first, where there is none')
    .option('--unit <name>', 'only what attempts of this unit made or reused')
    .option('--attempt <number>', 'only what this attempt made or reused', naturalNumber)
    .option('--all-attempts', 'judge also what was made by executions whose jobs were done again since')
    .addOption(new Option('--check <how>', 'how closely to compare').choices(['size', 'md5']).default('md5' as const))
    .addOption(
      new Option('--ignore <path>', 'pass over this path below the root and all below it (repeatable)')
        .argParser(anotherPath)
        .default([], 'none'),
    )
    .option('--parallel <number>', 'files looked at at once (default: one a processor)', naturalNumber)
    .option('--patience <seconds>', 'how long the file system may take to answer (default: 30)', positiveSeconds)
    .addOption(
      new Option('--leftovers0', 'print only the paths of what lost executions left, for xargs -0').conflicts('json'),
    )
    .option('--record', 'store what was found of each file as FileChecked events')
    .option('--by <name>', 'who looked, for --record (default: your login name)')
    .addHelpText('after', help);
  addReadingOptions(command).action(exits(compare));
}

async function compare(options: CompareOptions): Promise<ExitCode> {
  if (options.mark === true) {
    if (options.site === undefined) {
      throw new UsageError('--mark needs the name of the site: say --site too');
    }
    writeSiteMarker(options.root, options.site);
  }
  const opening = openRoot(options); // its process starts while the views are brought up to date
  opening.catch(() => undefined); // raised below, unless the views fail before
  try {
    return await withViews(options, async (current) => {
      const found = await compareWith(current, await opening, options);
      if (options.json === true) {
        await writeJson(found);
      } else if (options.leftovers0 === true) {
        const lost = found.leftovers.filter(({ state }) => state === 'lost');
        await writeOutput(lost.map(({ path }) => `${path}\0`).join(''));
      } else {
        await writeOutput(renderComparison(found));
      }
      return isClean(found) ? exitCodes.done : exitCodes.checkFailed;
    });
  } finally {
    (await opening.catch(() => null))?.close();
  }
}

async function openRoot({ root, site, parallel, patience }: CompareOptions): Promise<Lookers> {
  const options: LookersOptions = {
    startAll: true,
    ...(parallel === undefined ? {} : { parallel }),
    ...(patience === undefined ? {} : { patienceMillis: 1000 * patience }),
  };
  const lookers = await Lookers.open(root, options);
  if (site !== undefined && site !== lookers.root.site) {
    lookers.close();
    throw new UsageError(`${root} belongs to site ${lookers.root.site}, not ${site}`);
  }
  return lookers;
}

async function compareWith(current: CurrentViews, lookers: Lookers, options: CompareOptions): Promise<Comparison> {
  const { views } = current;
  const campaign = chosenCampaign(current, options);
  const question: ComparisonQuestion = {
    campaign,
    attempts: chosenAttempts(current, campaign, options),
    withSuperseded: options.allAttempts === true || options.attempt !== undefined,
    level: options.check,
    ignored: options.ignore,
  };
  const checks = options.record === true ? await FileChecks.open(options, campaign, lookers.root.site) : null;
  const progress = startProgress('comparing files', countLedgerFiles(views, campaign));
  let looked = 0;
  const onLook: OnLook = (file, finding) => {
    progress.update((looked += 1));
    return checks?.add(file, finding);
  };
  try {
    return await compareFiles(views, lookers, question, onLook);
  } finally {
    progress.stop();
    await checks?.close();
  }
}

/** Null where no unit and no attempt was named. @throws {QuestionError} where there are none such */
function chosenAttempts(
  { views }: CurrentViews,
  campaign: string,
  { unit, attempt }: CompareOptions,
): AttemptOfUnit[] | null {
  if (unit === undefined && attempt === undefined) {
    return null;
  }
  return chooseAttempts(views, campaign, {
    ...(unit === undefined ? {} : { unit }),
    ...(attempt === undefined ? {} : { attempt }),
    allAttempts: attempt === undefined,
  });
}

function isClean({ counts }: Comparison): boolean {
  return buckets.every((bucket) => bucket === 'equal' || counts[bucket] === 0);
}

function anotherPath(text: string, others: readonly string[]): string[] {
  const path = text.replace(/\/+$/, '');
  if (!isLogicalPath(path)) {
    throw new InvalidArgumentError('Expected a path below the root, such as logs or tmp/scratch.');
  }
  return [...others, path];
}
