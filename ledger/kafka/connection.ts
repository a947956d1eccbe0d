/** How every connection to the brokers is made: one set of times, no logs of the library's own, sockets we can end. */
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { Kafka, logLevel, type ISocketFactory } from 'kafkajs';
import type { KafkaSettings } from './settings';

const clientId = 'tractledger';
const keepAliveMillis = 30_000;

/** What a request may take before its outcome counts as unknown. */
export const requestTimeoutMillis = 15_000;

/** The sockets of one client. kafkajs goes on using a connection on which requests time out; here it can be cut. */
export class Sockets {
  private readonly open = new Set<Socket>();

  /** What kafkajs calls for each new connection. */
  readonly factory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    const serverName = isIP(host) === 0 ? { servername: host } : {};
    const tlsOptions = ssl as ConnectionOptions | null | undefined; // kafkajs's own type says that it is always there
    const socket = tlsOptions
      ? connectTls({ host, port, ...serverName, ...tlsOptions }, onConnect)
      : connectPlain({ host, port }, onConnect);
    socket.setKeepAlive(true, keepAliveMillis);
    socket.setNoDelay(true);
    this.open.add(socket);
    socket.on('error', () => undefined); // kafkajs listens only while it uses the socket
    socket.once('close', () => {
      this.open.delete(socket);
    });
    return socket;
  };

  /** Ends all connections at once; what waits for an answer on them fails. */
  destroy(): void {
    // Without an error kafkajs would not notice, and its callers would wait for ever.
    const reason = new Error('the connection was given up after another error on it');
    for (const socket of [...this.open]) {
      socket.destroy(reason);
    }
  }
}

/** What kafkajs is told by all our clients; it reports errors by throwing them, so it logs nothing. */
export function connectionOptions({ brokers, security }: KafkaSettings, sockets: Sockets) {
  return {
    clientId,
    brokers: shuffled(brokers),
    ssl: security.ssl === false ? null : security.ssl,
    sasl: security.sasl,
    socketFactory: sockets.factory,
    connectionTimeout: 5_000,
    authenticationTimeout: 10_000,
    requestTimeout: requestTimeoutMillis,
    // Each try takes the next broker of the list; waiting and trying again beyond that is ours (see Patience).
    retry: { retries: brokers.length, initialRetryTime: 50, maxRetryTime: 200 },
  };
}

/** A kafkajs client on sockets of its own. */
export function createClient(settings: KafkaSettings, sockets: Sockets): Kafka {
  const { ssl, sasl, ...options } = connectionOptions(settings, sockets);
  return new Kafka({
    ...options,
    ...(ssl === null ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
    logLevel: logLevel.NOTHING,
  });
}

/** Hundreds of nodes should not all ask the same broker first. */
function shuffled(brokers: readonly string[]): string[] {
  return brokers
    .map((broker) => ({ broker, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ broker }) => broker);
}
