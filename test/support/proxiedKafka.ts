/** A broker that can be reached in two ways: directly, and through a proxy that stands for a bad network. */
import { startKafka, type KafkaCluster } from './kafkaBroker';
import { startTcpProxy, type TcpProxy } from './tcpProxy';

/** See the file's head. */
export interface ProxiedKafka {
  /** Its own URLs lead directly to the broker. */
  readonly cluster: KafkaCluster;
  readonly proxy: TcpProxy;
  /** The URL of a ledger through the proxy; `options` go behind the question mark. */
  proxiedUrl(topic: string, options?: string): string;
  stop(): Promise<void>;
}

/** Starts the broker and its proxy. */
export async function startProxiedKafka(): Promise<ProxiedKafka> {
  let proxy: TcpProxy | null = null;
  const proxied = (): string => `127.0.0.1:${String(proxy?.port)}`;
  const cluster = await startKafka({
    behindProxy: async ({ spare }) => {
      await proxy?.close(); // of a start that failed
      proxy = await startTcpProxy(0, spare);
    },
    properties: ({ client, controller, spare }) => ({
      listeners: `PLAINTEXT://127.0.0.1:${String(client)},PROXIED://127.0.0.1:${String(spare)},CONTROLLER://127.0.0.1:${String(controller)}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${String(client)},PROXIED://${proxied()}`,
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT',
    }),
  });
  const started = proxy as TcpProxy | null;
  if (started === null) {
    throw new Error('the proxy was not started');
  }
  return {
    cluster,
    proxy: started,
    proxiedUrl: (topic, options = 'partitions=3') => `kafka://${proxied()}/${topic}?${options}`,
    stop: async () => {
      await cluster.stop();
      await started.close();
    },
  };
}
