/** From the one setting, a URL, to an open ledger. */
import { createRequire } from 'node:module';
import { LedgerRefusedError } from './errors';
import type { KafkaLedger as KafkaLedgerClass } from './kafka/kafkaLedger';
import type { Ledger } from './port';
import { SqliteLedger } from './sqlite/sqliteLedger';

// Not `import`: every command would pay a third of a second for a library that few use.
const load = createRequire(__filename);

/** The ledger of a command that is told no other. */
export const defaultLedgerUrl = 'sqlite:.tractledger/ledger.db';

/** How a ledger is opened, whatever its kind. */
export interface OpenLedgerOptions {
  /** Whether a ledger that does not exist is refused rather than created; created by default. */
  readonly mustExist?: boolean;
}

/** One kind of ledger. */
interface LedgerAdapter {
  /** What its URLs begin with. */
  readonly scheme: string;
  /** How its URLs look, for messages. */
  readonly form: string;
  readonly open: (url: string, options: OpenLedgerOptions) => Promise<Ledger> | Ledger;
}

/** Every kind of ledger there is: an adapter is added here and nowhere else. */
const adapters: readonly LedgerAdapter[] = [
  { scheme: 'sqlite:', form: 'sqlite:PATH', open: openSqlite },
  { scheme: 'kafka:', form: 'kafka://host:port[,host:port]/topic', open: openKafka },
  { scheme: 'esdb:', form: 'esdb://host:port', open: notInThisVersion },
];

/**
 * Opens the ledger a URL names, e.g. `sqlite:/var/lib/tractledger/ledger.db`.
 * @throws {LedgerRefusedError} where no adapter knows the URL or the ledger cannot be used as asked
 * @throws {LedgerUnreachableError} {@link LedgerDamagedError}
 */
export async function openLedger(url: string, options: OpenLedgerOptions = {}): Promise<Ledger> {
  const adapter = adapters.find(({ scheme }) => url.startsWith(scheme));
  if (adapter === undefined) {
    const forms = adapters.map(({ form }) => form).join(', ');
    throw new LedgerRefusedError(
      `${withoutPassword(url)} names no ledger; write it as one of ${forms}`,
      withoutPassword(url),
    );
  }
  return adapter.open(url, options);
}

function openSqlite(url: string, options: OpenLedgerOptions): Ledger {
  const file = url.slice('sqlite:'.length);
  if (file === '' || file === ':memory:') {
    throw new LedgerRefusedError(
      `${url} names no file; write sqlite:PATH, e.g. ${defaultLedgerUrl}: a ledger that is only in memory keeps nothing`,
      url,
    );
  }
  return SqliteLedger.open(file, options);
}

function openKafka(url: string, options: OpenLedgerOptions): Promise<Ledger> {
  const { KafkaLedger } = load('./kafka/kafkaLedger') as { KafkaLedger: typeof KafkaLedgerClass };
  return KafkaLedger.open(url, options);
}

function notInThisVersion(url: string): never {
  const address = withoutPassword(url);
  throw new LedgerRefusedError(
    `${address} cannot be opened: this kind of ledger is not in this version; use an embedded one, sqlite:PATH`,
    address,
  );
}

/** The URL as it may be shown: what stands before an @ in its authority is a secret. */
function withoutPassword(url: string): string {
  return url.replace(/^([a-z+]+:\/\/)[^/]*@/i, '$1');
}
