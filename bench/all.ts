/**
 * Every figure that has a bar, one benchmark after the other, as a table and as a line of JSON. Each is a ratio to a
 * baseline of the same run, or a bound that a slow machine keeps too.
 *
 *   npm run bench -- [EVENTS]
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { whyNoKafka } from '../test/support/kafkaBroker';

type Numbers = Readonly<Record<string, number>>;

interface Bar {
  readonly what: string;
  readonly figure: (numbers: Numbers) => number;
  readonly bar: string;
  readonly holds: (value: number) => boolean;
}

const bars: readonly Bar[] = [
  bar(
    'durable appends of 100 events / writing and syncing the bytes',
    ({ appendToFileRatio = 0 }) => appendToFileRatio,
    'at least',
    0.75,
  ),
  bar('rebuild of all views / bare decoding', ({ rebuildRatio = 0 }) => rebuildRatio, 'at least', 0.15),
  bar('memory of that rebuild, MiB', ({ rebuildPeakRssMebibytes = 0 }) => rebuildPeakRssMebibytes, 'under', 512),
  bar('ancestors of a coadd, 99th percentile, ms', ({ lineageP99Millis = 0 }) => lineageP99Millis, 'under', 20),
  bar('exec of true / node -e 0, medians', ({ execToNodeRatio = 0 }) => execToNodeRatio, 'under', 2.5),
  bar('plan of tract 9813 (42,448 jobs), s', ({ planSeconds = Infinity }) => planSeconds, 'under', 5),
  bar('plan of ten times that / plan of it', ({ planTenfoldRatio = Infinity }) => planTenfoldRatio, 'under', 12),
  bar('md5sum in as many processes / compare', ({ compareToMd5sumRatio = 0 }) => compareToMd5sumRatio, 'at least', 0.7),
  bar('bare encoding / simulating the model campaign', ({ simulateRatio = 0 }) => simulateRatio, 'at least', 0.4),
  bar('bare decoding / views of that campaign', ({ campaignViewsRatio = 0 }) => campaignViewsRatio, 'at least', 0.15),
  bar('restart plan of tract 9813 half done, seconds', ({ restartSeconds = Infinity }) => restartSeconds, 'under', 3),
  bar(
    'a restart plan ten times as large, per job, / that',
    ({ restartLinearity = Infinity }) => restartLinearity,
    'under',
    1.5,
  ),
  bar('bare kafkajs / appending on Kafka', ({ kafkaAppendRatio = NaN }) => kafkaAppendRatio, 'at least', 0.8),
  bar('bare kafkajs / reading from Kafka', ({ kafkaReadRatio = NaN }) => kafkaReadRatio, 'at least', 0.8),
  bar(
    'acknowledged by Kafka to visible in the views, p99, ms',
    ({ kafkaVisibleP99Millis = NaN }) => kafkaVisibleP99Millis,
    'under',
    250,
  ),
];

function bar(what: string, figure: Bar['figure'], relation: 'at least' | 'under', bound: number): Bar {
  const holds = (value: number): boolean => (relation === 'under' ? value < bound : value >= bound);
  return { what, figure, bar: `${relation} ${String(bound)}`, holds };
}

/** Runs a benchmark as a process of its own; the last line that it prints is its JSON. */
function run(file: string, ...options: readonly string[]): Numbers {
  process.stderr.write(`${file} …\n`);
  const loader = path.resolve(__dirname, '../scripts/typescript.cjs');
  const command = ['-r', loader, path.join(__dirname, file), ...options];
  const { stdout, status } = spawnSync(process.execPath, command, {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (status !== 0) {
    throw new Error(`${file} ended with exit code ${String(status)}`);
  }
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Numbers;
}

/** Those that need a real broker; without one they are skipped by name. */
function runOnKafka(...files: readonly string[]): Numbers {
  const why = whyNoKafka();
  if (why !== null) {
    process.stderr.write(`${files.join(', ')}: skipped, ${why}\n`);
    return {};
  }
  return Object.assign({}, ...files.map((file) => run(file))) as Numbers;
}

const events = process.argv[2] ?? '1000000';
const numbers: Numbers = {
  ...run('ledgerAppend.ts'),
  ...run('rebuild.ts', events),
  ...run('exec.ts'),
  ...run('simulate.ts'),
  ...run('plan.ts'),
  ...run('compare.ts'),
  ...run('restart.ts'),
  ...runOnKafka('kafka.ts', 'kafkaLive.ts'),
};
const width = Math.max(...bars.map(({ what }) => what.length));
for (const { what, figure, bar: bound, holds } of bars) {
  const value = figure(numbers);
  const verdict = Number.isNaN(value) ? 'skipped' : holds(value) ? 'holds' : 'MISSED';
  process.stdout.write(`${what.padEnd(width)}  ${value.toFixed(3).padStart(10)}  ${bound.padEnd(14)}  ${verdict}\n`);
}
process.stdout.write(`${JSON.stringify(numbers)}\n`);
