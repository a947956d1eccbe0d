/** `tractledger doctor`: what is installed, which ledger, does it answer, how far behind. */
import type { Command } from 'commander';
import { publishedSchemas } from '../../schemas/generated/schemas';
import { outboxFile } from '../../producers/outbox/outboxLocation';
import { exits } from '../command';
import { addViewsOption, viewsPath, type CommonOptions } from '../commonOptions';
import {
  examineLedger,
  examineOutbox,
  examineViews,
  tryLedger,
  type LedgerFindings,
  type OutboxFindings,
  type Problem,
  type ViewsFindings,
} from '../doctor';
import { outboxOption } from '../drain';
import type { ExitCode } from '../exitCodes';
import { writeJson, writeOutput } from '../output/lines';
import { escapeControls } from '../output/terminal';
import { formatCounted, unknown } from '../output/units';
import { packageVersion } from '../packageVersion';

interface DoctorOptions extends CommonOptions {
  readonly readAll?: boolean;
  readonly outbox?: string;
}

interface Findings {
  readonly version: string;
  readonly node: string;
  readonly platform: string;
  readonly ledger: LedgerFindings;
  readonly outbox: OutboxFindings;
  readonly views: ViewsFindings;
  readonly schemas: readonly { readonly type: string; readonly versions: readonly number[] }[];
}

const help = `
Examples:
  tractledger doctor
  tractledger doctor --read-all --ledger sqlite:/data/ledger.db

The exit code is that of the worst finding: 3 where the ledger, the outbox or the views cannot be reached, 4 where the
ledger is damaged. Without --read-all the ledger is asked, not read: damage in old events is not looked for.`;

/** Adds the command's options, help and action. */
export function define(command: Command): void {
  command
    .description(
      'Say what is installed, which ledger is used and whether it answers, and how far the views are behind.',
    )
    .option('--read-all', 'read every event of the ledger and verify it')
    .addOption(outboxOption())
    .addHelpText('after', help);
  addViewsOption(command).action(exits(doctor));
}

async function doctor(options: DoctorOptions): Promise<ExitCode> {
  const opened = await tryLedger(options.ledger);
  try {
    const findings: Findings = {
      version: packageVersion(),
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      ledger: await examineLedger(options.ledger, opened, options.readAll === true),
      outbox: await examineOutbox(outboxFile(options.ledger, options.outbox)),
      views: await examineViews(viewsPath(options), opened),
      schemas: knownSchemas(),
    };
    await (options.json === true ? writeJson(findings) : writeOutput(render(findings)));
    const codes = [findings.ledger, findings.outbox, findings.views].map(({ problem }) => problem?.exitCode ?? 0);
    return codes.reduce<ExitCode>((worst, code) => (code > worst ? code : worst), 0);
  } finally {
    if (!('exitCode' in opened)) {
      await opened.close();
    }
  }
}

function knownSchemas(): Findings['schemas'] {
  const types = [...new Set(publishedSchemas.map(({ name }) => name))];
  return types.map((type) => ({
    type,
    versions: publishedSchemas.filter(({ name }) => name === type).map(({ version }) => version),
  }));
}

function render({ version, node, platform, ledger, outbox, views, schemas }: Findings): string {
  const newer = schemas.filter(({ versions }) => versions.length > 1);
  const lines: [string, string][] = [
    ['tractledger', `${version}, Node ${node}, ${platform}`],
    ['ledger', `${ledger.address}${on(ledger.fileSystem)}`],
    ['', problemLine(ledger.problem) ?? `answers; ${formatCounted(ledger.events, 'event')}, ${readLine(ledger)}`],
    ['outbox', `${outbox.file}${on(outbox.fileSystem)}`],
    ['', problemLine(outbox.problem) ?? backlogLine(outbox)],
    ['views', `${views.file}${on(views.fileSystem)}`],
    ['', problemLine(views.problem) ?? viewsLine(views)],
    [
      'schemas',
      `${String(schemas.length)} event types; more than one version of ` +
        newer.map(({ type, versions }) => `${type} (${versions.join(', ')})`).join(', '),
    ],
  ];
  return lines.map(([name, text]) => `${name.padEnd(12)} ${escapeControls(text)}\n`).join('');
}

function on(fileSystem: string | null): string {
  return fileSystem === null ? '' : ` on ${fileSystem}`;
}

function problemLine(problem: Problem | null): string | null {
  return problem === null ? null : `PROBLEM: ${problem.message}`;
}

function readLine({ damages }: LedgerFindings): string {
  return damages === null ? 'not read through (--read-all does)' : 'all read and verified';
}

function backlogLine({ exists, waitingEvents }: OutboxFindings): string {
  if (!exists) {
    return 'none yet: nothing waits';
  }
  const advice = waitingEvents === 0 ? '' : '; `tractledger relay` brings them on';
  return `${formatCounted(waitingEvents, 'event')} waiting${advice}`;
}

function viewsLine({ exists, lagEvents, quarantined, views }: ViewsFindings): string {
  if (!exists) {
    return 'none yet; `tractledger project` or any reading command makes them';
  }
  const stale = views.filter(({ keptVersion, version }) => keptVersion !== version);
  return [
    lagEvents === null ? `lag ${unknown}` : `${formatCounted(lagEvents, 'event')} behind the ledger`,
    ...(quarantined === 0 ? [] : [`${formatCounted(quarantined, 'event')} set aside`]),
    ...(stale.length === 0 ? [] : [`to be made anew: ${stale.map(({ view }) => view).join(', ')}`]),
  ].join('; ');
}
