/** The options that every command has, and what they mean. */
import path from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { defaultLedgerUrl } from '../ledger/openLedger';

/** What the common options resolve to. */
export interface CommonOptions {
  /** Where the ledger is, e.g. `sqlite:.tractledger/ledger.db`. */
  readonly ledger: string;
  /** The file of the views; undefined for the default, see {@link viewsPath}. */
  readonly views?: string;
  readonly json?: boolean;
  readonly debug?: boolean;
  readonly logLevel: string;
}

const sqliteScheme = 'sqlite:';
const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'];

/** Adds what every command that uses a ledger has. */
export function addCommonOptions(command: Command): Command {
  return addOutputOptions(
    command.addOption(
      new Option('--ledger <url>', 'where the ledger is: sqlite:PATH or kafka://host:port/topic')
        .env('TRACTLEDGER_URL')
        .default(defaultLedgerUrl)
        .argParser(ledgerUrl)
        .helpGroup('Common options:'),
    ),
  );
}

/** Adds what every command that reads views has beyond the other common options. */
export function addViewsOption(command: Command): Command {
  return command.addOption(
    new Option('--views <path>', 'the SQLite file of the views (default: views.db beside the embedded ledger)')
      .env('TRACTLEDGER_VIEWS')
      .helpGroup('Common options:'),
  );
}

/** Adds what a command has that uses no ledger. */
export function addOutputOptions(command: Command): Command {
  return command
    .addOption(new Option('--json', 'print JSON for programs instead of text for people').helpGroup('Common options:'))
    .addOption(
      new Option('--log-level <level>', 'how much to log to standard error')
        .env('TRACTLEDGER_LOG_LEVEL')
        .choices(logLevels)
        .default('info')
        .helpGroup('Common options:'),
    )
    .addOption(new Option('--debug', 'print the stack of an error').helpGroup('Common options:'));
}

/** The file of the views: the option's, else views.db beside an embedded ledger or under .tractledger. */
export function viewsPath({ ledger, views }: CommonOptions): string {
  if (views !== undefined) {
    return views;
  }
  const folder = ledger.startsWith(sqliteScheme) ? path.dirname(ledger.slice(sqliteScheme.length)) : '.tractledger';
  return path.join(folder, 'views.db');
}

/**
 * The URL of a ledger as it was given. A path where a URL is due is the commonest slip; the rest is for the ledgers.
 * @throws {InvalidArgumentError} which the parser reports as wrong use
 */
export function ledgerUrl(text: string): string {
  if (!/^[a-z][a-z0-9+.-]*:/i.test(text)) {
    throw new InvalidArgumentError(`A ledger is named by a URL: for a file, sqlite:${text === '' ? 'PATH' : text}`);
  }
  return text;
}
