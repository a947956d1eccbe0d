/** What kafkajs and the brokers report, as the ledger's own errors. */
import {
  LedgerDamagedError,
  LedgerError,
  LedgerRefusedError,
  LedgerUnreachableError,
  type LedgerFullError,
} from '../errors';
import { formatPosition } from './position';

/** The ledger as far as its errors need it. */
export interface LedgerName {
  readonly address: string;
  /** Null until it could be read. */
  readonly ledgerId: string | null;
}

/** The names of broker errors (kafka.apache.org/protocol, "Error Codes") that trying again cannot mend. */
const refusals: Readonly<Record<string, string>> = {
  TOPIC_AUTHORIZATION_FAILED: 'this user may not use the topic; grant it Read, Write, Describe and DescribeConfigs',
  CLUSTER_AUTHORIZATION_FAILED: 'this user may not do that in the cluster; grant it Create and Describe',
  SASL_AUTHENTICATION_FAILED: 'the brokers do not accept this user and password',
  UNSUPPORTED_SASL_MECHANISM: 'the brokers do not offer this way to log in; choose another with sasl=',
  ILLEGAL_SASL_STATE: 'the brokers do not expect a login here; leave sasl= out or use their port for it',
  MESSAGE_TOO_LARGE: 'the topic takes no records of this size; raise its max.message.bytes',
  RECORD_LIST_TOO_LARGE: 'the topic takes no batches of this size; raise its max.message.bytes',
  INVALID_REPLICATION_FACTOR: 'there are not so many brokers; set replicationFactor= to what there is',
  INVALID_CONFIG: 'the brokers do not take the settings of a ledger for the topic',
  POLICY_VIOLATION: "the brokers' policy forbids a topic with the settings of a ledger",
  INVALID_PARTITIONS: 'the brokers do not take this number of partitions',
};

/** Whether a broker error of this name is among the causes of an error. */
export function hasType(error: unknown, ...types: string[]): boolean {
  return causes(error).some((cause) => 'type' in cause && types.includes(String(cause.type)));
}

/** Any error met at the brokers as the ledger's own; errors that are neither kafkajs's nor the network's stay as they are. */
export function toLedgerError(error: unknown, { address }: LedgerName): unknown {
  if (error instanceof LedgerError || !isOfTheBrokers(error)) {
    return error;
  }
  const chain = causes(error);
  const root = chain.at(-1) ?? new Error(String(error));
  for (const cause of chain) {
    const advice = 'type' in cause ? refusals[String(cause.type)] : undefined;
    if (advice !== undefined || cause.name === 'KafkaJSSASLAuthenticationError') {
      const why = advice ?? refusals['SASL_AUTHENTICATION_FAILED'] ?? '';
      return new LedgerRefusedError(`${address}: ${why} (${cause.message})`, address, { cause: error });
    }
  }
  if (isClientRefused(chain)) {
    return new LedgerRefusedError(
      `${address}: the brokers do not accept this client's certificate, or that it has none (${root.message.trim()}); name ` +
        `one that they trust with cert=FILE and key=FILE`,
      address,
      { cause: error },
    );
  }
  if (isUntrusted(chain)) {
    return new LedgerRefusedError(
      `${address}: the brokers' certificate is not trusted (${root.message}); name its authority with ca=FILE, and the ` +
        `brokers as the certificate names them`,
      address,
      { cause: error },
    );
  }
  return new LedgerUnreachableError(
    `${address} did not answer: ${root.message}; whether the last append is stored is not known, sending it again is safe`,
    address,
    { cause: error },
  );
}

/** What every call on a closed ledger meets. */
export function closedError(address: string): LedgerRefusedError {
  return new LedgerRefusedError(`${address} has been closed; open it again`, address);
}

/** Damage at an offset of a partition. */
export function damagedError({ address, ledgerId }: LedgerName, message: string): LedgerDamagedError {
  return new LedgerDamagedError(address, {
    position: formatPosition(ledgerId ?? '00000000-0000-0000-0000-000000000000', [0]),
    producer: null,
    firstSequence: null,
    lastSequence: null,
    message,
  });
}

/** Whether an error of the ledger may pass by itself. */
export function isRetriable(error: unknown): error is LedgerUnreachableError | LedgerFullError {
  return error instanceof LedgerError && error.retriable;
}

function isOfTheBrokers(error: unknown): boolean {
  return causes(error).some(({ name }) => name.startsWith('KafkaJS')) || (error instanceof Error && 'code' in error);
}

/** What a broker says about our certificate comes as an alert of TLS (RFC 8446, section 6.2) in OpenSSL's words. */
function isClientRefused(chain: readonly Error[]): boolean {
  return chain.some(({ message }) =>
    /alert (\w+ )?(certificate|unknown ca|access denied|handshake failure)/i.test(message),
  );
}

/** A broker's certificate that we refuse comes as a connection error with Node's own code or words in it. */
function isUntrusted(chain: readonly Error[]): boolean {
  return chain.some(
    (cause) =>
      ('code' in cause && /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)/.test(String(cause.code))) ||
      /self[- ]signed certificate|unable to (verify|get issuer)|altnames/i.test(cause.message),
  );
}

/** An error and what caused it, the cause last. */
function causes(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let cause = error; cause instanceof Error && !chain.includes(cause); cause = cause.cause) {
    chain.push(cause);
  }
  return chain;
}
