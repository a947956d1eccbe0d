/** What a ledger's URL and the environment say about a ledger on Kafka. */
import { LedgerRefusedError } from '../errors';
import { readSecurity, type Security } from './security';

/** How a ledger on Kafka is reached, made and used. */
export interface KafkaSettings {
  /** `kafka://host:port,…/topic`: never with a user, a password or a file's name. */
  readonly address: string;
  /** `host:port` of the brokers to ask first. */
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly security: Security;
  /** For a topic that is made: undefined where the URL says nothing. */
  readonly partitions: number | undefined;
  readonly replicationFactor: number | undefined;
  readonly minInsyncReplicas: number | undefined;
  /** Whether a topic that may lose events is used all the same. */
  readonly acceptUnfit: boolean;
  /** How long brokers that do not answer are asked again before a call fails. */
  readonly patienceMillis: number;
}

/** Where an option may stand besides the URL, e.g. TRACTLEDGER_KAFKA_CA for `ca`. */
const environmentPrefix = 'TRACTLEDGER_KAFKA_';

const urlForm = 'kafka://host:port[,host:port]/topic';

const optionNames = [
  'tls',
  'ca',
  'cert',
  'key',
  'sasl',
  'user',
  'partitions',
  'replicationFactor',
  'minInsyncReplicas',
  'unfit',
  'patienceSeconds',
] as const;

/** An option of the URL; all but the secrets. */
export type OptionName = (typeof optionNames)[number];

/** The options as they were given; undefined where they were not. */
export type Options = Readonly<Partial<Record<OptionName, string>>>;

const defaultPatienceSeconds = 60;

/**
 * Reads `kafka://[user[:password]@]host:port[,host:port]/topic[?option=value&…]`; what the URL does not say is looked up
 * in the environment.
 * @throws {LedgerRefusedError} where it says something that cannot be meant
 */
export function readSettings(url: string, environment: NodeJS.ProcessEnv): KafkaSettings {
  const parts = /^kafka:\/\/(?:([^/?#]*)@)?([^/?#@]+)\/([^/?#@]+)(?:\?([^#]*))?$/.exec(url);
  const [, credentials, hosts = '', topic = '', query = ''] = parts ?? [];
  const address = `kafka://${hosts}/${topic}`;
  const refuse = (message: string): never => {
    throw new LedgerRefusedError(`${address}: ${message}`, address);
  };
  if (parts === null) {
    throw new LedgerRefusedError(`a ledger on Kafka is written ${urlForm}`, 'kafka:');
  }
  const brokers = hosts.split(',');
  const badBroker = brokers.find((broker) => !isHostAndPort(broker));
  if (badBroker !== undefined) {
    refuse(`${JSON.stringify(badBroker)} is no broker; write ${urlForm}`);
  }
  // Kafka's own rule (org.apache.kafka.common.internals.Topic), less the room for the suffix of the second topic.
  if (!/^[a-zA-Z0-9._-]{1,239}$/.test(topic) || topic === '.' || topic === '..') {
    refuse(`${JSON.stringify(topic)} is no name of a topic; use letters, digits, '.', '_' and '-'`);
  }
  const options = readOptions(query, environment, refuse);
  const count = (name: OptionName): number | undefined => readCount(options[name], name, refuse);
  if (options.unfit !== undefined && options.unfit !== 'accept') {
    refuse('the option unfit can only be "accept"');
  }
  return {
    address,
    brokers,
    topic,
    security: readSecurity(credentials, options, environment, refuse),
    partitions: count('partitions'),
    replicationFactor: count('replicationFactor'),
    minInsyncReplicas: count('minInsyncReplicas'),
    acceptUnfit: options.unfit === 'accept',
    patienceMillis: 1000 * (count('patienceSeconds') ?? defaultPatienceSeconds),
  };
}

function readOptions(query: string, environment: NodeJS.ProcessEnv, refuse: (message: string) => never): Options {
  const given = new Map(new URLSearchParams(query));
  const options: Partial<Record<OptionName, string>> = {};
  for (const name of optionNames) {
    const value = given.get(name) ?? environment[`${environmentPrefix}${inCapitals(name)}`];
    if (value !== undefined) {
      options[name] = value;
    }
    given.delete(name);
  }
  const [unknown] = given.keys();
  if (unknown !== undefined) {
    refuse(`${JSON.stringify(unknown)} is no option of a ledger on Kafka; there are ${optionNames.join(', ')}`);
  }
  return options;
}

/** `replicationFactor` as REPLICATION_FACTOR. */
function inCapitals(name: string): string {
  return name.replace(/[A-Z]/g, '_$&').toUpperCase();
}

function isHostAndPort(broker: string): boolean {
  const port = /^[a-zA-Z0-9._-]+:([0-9]{1,5})$/.exec(broker)?.[1];
  return port !== undefined && Number(port) > 0 && Number(port) < 65_536;
}

function readCount(text: string | undefined, name: string, refuse: (message: string) => never): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  const isCount = /^[1-9][0-9]{0,5}$/.test(text);
  return isCount ? Number(text) : refuse(`${name} is a count, not ${JSON.stringify(text)}`);
}
