/** A comparison for people. */
import { buckets, type Comparison, type Difference } from '../../consumers/compare/comparison';
import { outputTarget, renderTable } from '../output/table';
import { escapeControls } from '../output/terminal';
import { formatBytes, formatCount, formatCounted } from '../output/units';

const mostShown = 50;

/** The text, with its line end. */
export function renderComparison(found: Comparison): string {
  const { campaign, root, site, counts, equalBy, differences, purged, elsewhere, superseded, leftovers } = found;
  const lines = [
    `campaign ${escapeControls(campaign)}, site ${escapeControls(site)} at ${escapeControls(root)}`,
    '',
    renderTable(
      [{ title: 'result' }, { title: 'files', align: 'right' }],
      buckets.map((bucket) => [bucket, formatCount(counts[bucket])]),
      outputTarget(),
    ),
    '',
    `equal by MD5: ${formatCount(equalBy.md5)}, by size alone: ${formatCount(equalBy.size)}, ` +
      `of unknown size: ${formatCount(equalBy.exists)}`,
    ...(purged === 0 ? [] : [`purged, and gone: ${formatCount(purged)}`]),
    ...(elsewhere === 0 ? [] : [`known from elsewhere, and not judged: ${formatCount(elsewhere)}`]),
    ...(superseded === 0
      ? []
      : [`of jobs that were done again since, and not judged: ${formatCount(superseded)}; --all-attempts judges them`]),
    ...(leftovers.length === 0
      ? []
      : [
          `left by executions that did not finish, and not judged: ${formatCount(leftovers.length)}; --json lists them, ` +
            '--leftovers0 those of lost executions',
        ]),
    ...(differences.length === 0 ? [] : ['', differencesTable(differences)]),
    ...(differences.length > mostShown
      ? [`… and ${formatCounted(differences.length - mostShown, 'more difference')}; --json tells all`]
      : []),
  ];
  return `${lines.join('\n')}\n`;
}

function differencesTable(differences: readonly Difference[]): string {
  return renderTable(
    [
      { title: 'difference' },
      { title: 'path', shrinks: true, narrowestChars: 24 },
      { title: 'what', shrinks: true, narrowestChars: 16 },
    ],
    differences.slice(0, mostShown).map((difference) => [difference.bucket, difference.path, whatOf(difference)]),
    outputTarget(),
  );
}

function whatOf({ bucket, role, expectedBytes, foundBytes, expectedMd5, foundMd5, reason }: Difference): string {
  const what =
    bucket === 'size'
      ? `${formatBytes(foundBytes)} instead of ${formatBytes(expectedBytes)}`
      : bucket === 'md5'
        ? `${String(foundMd5)} instead of ${String(expectedMd5)}`
        : reason;
  return [role === null || role === 'made' ? null : roleWords[role], what].filter(Boolean).join(', ');
}

const roleWords = {
  partial: 'partial output',
  purged: 'purged',
  registered: 'registered input',
  used: 'input that nobody registered',
} as const;
