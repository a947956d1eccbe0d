/**
 * Real Kafka brokers for tests, as child processes of this one. The jars come from `scripts/fetchKafka.sh`, or from the
 * folder in TRACTLEDGER_KAFKA_JARS. A broker ends with its test, however that ends: it lives as long as a pipe to us.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel, type Admin, type KafkaConfig } from 'kafkajs';
import { temporaryFolder } from './temporaryFolder';

/** Running brokers of one cluster. */
export interface KafkaCluster {
  /** `host:port` of each broker. */
  readonly brokers: readonly string[];
  /** The URL of a ledger there; `options` go behind the question mark. */
  url(topic: string, options?: string): string;
  /** An admin client, connected; closed with the cluster. */
  admin(): Promise<Admin>;
  /** Ends one broker at once. */
  kill(index: number): Promise<void>;
  /** Sends one broker a signal, e.g. SIGSTOP. */
  signal(index: number, signal: NodeJS.Signals): void;
  /** Starts a broker that was killed; resolves once it answers. */
  restart(index: number): Promise<void>;
  /** Ends everything and removes its files. */
  stop(): Promise<void>;
}

/** How brokers are set up beyond the least. */
export interface ClusterOptions {
  readonly count?: number;
  /** Lines added to each broker's server.properties; they count instead of ours where they name the same. */
  readonly properties?: (ports: BrokerPorts, folder: string) => Readonly<Record<string, string>>;
  /** Arguments added to the formatting of the storage, e.g. for SCRAM users. */
  readonly formatArguments?: readonly string[];
  /** How a client reaches brokers that ask for more than a connection. */
  readonly client?: (folder: string) => Partial<KafkaConfig>;
  /** Called with each broker's port before it starts; for what stands between it and its clients. */
  readonly behindProxy?: (ports: BrokerPorts) => Promise<void>;
  /** Made before the brokers start, in their folder, e.g. certificates. */
  readonly prepare?: (folder: string) => void;
}

/** The ports of one broker. */
export interface BrokerPorts {
  readonly client: number;
  readonly controller: number;
  /** One that nothing listens on, for a proxy. */
  readonly spare: number;
}

/**
 * Settings for brokers that are killed and started again often: a controller lets nobody in under the name of a broker
 * whose session it still holds, 9 s by default.
 */
export const quickRestarts = { 'broker.session.timeout.ms': '1500', 'broker.heartbeat.interval.ms': '250' };

const jarFolder =
  process.env['TRACTLEDGER_KAFKA_JARS'] ??
  path.join(process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache'), 'tractledger', 'kafka-jars');
const answerMillis = 120_000;
const startTries = 3;

/** The class path of the jars, with Avro's own decoder among them. */
export const kafkaClassPath = path.join(jarFolder, '*');

/** Why no broker can be started here; null where one can. */
export function whyNoKafka(): string | null {
  const isComplete = existsSync(jarFolder) && readdirSync(jarFolder).some((name) => name.startsWith('complete-'));
  if (!isComplete) {
    return `no Kafka in ${jarFolder}: run scripts/fetchKafka.sh`;
  }
  return spawnSync('java', ['-version']).status === 0 ? null : 'no Java';
}

/**
 * `describe` for suites that need real brokers. Where there are none to start, the suite is skipped under a name that
 * says so, unless TRACTLEDGER_REQUIRE_SERVICES is set, as CI sets it: then it runs and fails.
 *
 * @param programs that the suite runs, too
 */
export function describeWithKafka(name: string, suite: () => void, programs: readonly string[] = []): void {
  const absent = programs.find((program) => spawnSync(program, ['-h']).error !== undefined);
  const why = whyNoKafka() ?? (absent === undefined ? null : `no ${absent}`);
  if (why === null || process.env['TRACTLEDGER_REQUIRE_SERVICES'] !== undefined) {
    describe(name, suite);
  } else {
    describe.skip(`${name} (skipped: ${why})`, suite);
  }
}

/** Starts the brokers of one cluster; resolves once all of them answer. */
export async function startKafka(options: ClusterOptions = {}): Promise<KafkaCluster> {
  for (let attempt = 1; ; attempt += 1) {
    const cluster = new Cluster(options);
    try {
      await cluster.start();
      return cluster;
    } catch (error) {
      await cluster.stop();
      if (attempt === startTries) {
        throw error; // once or twice another process may have taken a port
      }
    }
  }
}

class Cluster implements KafkaCluster {
  brokers: readonly string[] = [];
  private readonly temporary = temporaryFolder();
  private readonly nodes: Node[] = [];
  private readonly admins: Admin[] = [];

  constructor(private readonly options: ClusterOptions) {}

  async start(): Promise<void> {
    const { count = 1, formatArguments = [], prepare } = this.options;
    const { folder } = this.temporary;
    const ports: BrokerPorts[] = [];
    for (let index = 0; index < count; index += 1) {
      ports.push({ client: await freePort(), controller: await freePort(), spare: await freePort() });
    }
    prepare?.(folder);
    for (const own of ports) {
      await this.options.behindProxy?.(own);
    }
    writeFileSync(path.join(folder, 'log4j2.properties'), logConfiguration);
    this.brokers = ports.map(({ client }) => `127.0.0.1:${String(client)}`);
    const clusterId = randomUUID().replaceAll('-', '').slice(0, 22);
    for (const index of ports.keys()) {
      const file = path.join(folder, `server-${String(index)}.properties`);
      writeFileSync(file, this.properties(index, ports));
      const node = new Node(folder, file, index);
      node.format(clusterId, formatArguments);
      this.nodes.push(node);
    }
    await Promise.all(this.nodes.map((node) => node.start()));
    await this.untilAnswering(this.brokers, count);
  }

  url(topic: string, options = 'partitions=3'): string {
    return `kafka://${this.brokers.join(',')}/${topic}?${options}`;
  }

  async admin(): Promise<Admin> {
    const admin = this.client(this.brokers).admin({ retry: { retries: 10 } });
    await admin.connect();
    this.admins.push(admin);
    return admin;
  }

  async kill(index: number): Promise<void> {
    await this.node(index).kill();
  }

  signal(index: number, signal: NodeJS.Signals): void {
    this.node(index).signal(signal);
  }

  async restart(index: number): Promise<void> {
    await this.node(index).start();
    await this.untilAnswering([this.brokers[index] ?? ''], 1);
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
    await Promise.all(this.admins.map((admin) => admin.disconnect().catch(() => undefined)));
    this.temporary.remove();
  }

  private node(index: number): Node {
    const node = this.nodes[index];
    if (node === undefined) {
      throw new Error(`there is no broker ${String(index)}`);
    }
    return node;
  }

  private client(brokers: readonly string[]): Kafka {
    const retry = { retries: 0 };
    const secured = this.options.client?.(this.temporary.folder) ?? {};
    return new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING, retry, ...secured });
  }

  /** Waits until brokers answer and the cluster counts at least so many of them. */
  private async untilAnswering(brokers: readonly string[], atLeast: number): Promise<void> {
    const deadline = Date.now() + answerMillis;
    for (;;) {
      if (await this.isAnswering(brokers, atLeast)) {
        return;
      }
      const dead = this.nodes.find((node) => node.isDead());
      if (dead !== undefined || Date.now() > deadline) {
        throw new Error(`no answer from the brokers ${brokers.join(', ')}\n${dead?.log() ?? this.node(0).log()}`);
      }
      await sleep(100);
    }
  }

  private async isAnswering(brokers: readonly string[], atLeast: number): Promise<boolean> {
    for (const broker of brokers) {
      const admin = this.client([broker]).admin();
      try {
        await admin.connect();
        const { brokers: known, controller } = await admin.describeCluster();
        if (known.length < atLeast || controller === null) {
          return false;
        }
      } catch {
        return false;
      } finally {
        await admin.disconnect().catch(() => undefined);
      }
    }
    return true;
  }

  private properties(index: number, ports: readonly BrokerPorts[]): string {
    const own = ports[index] ?? { client: 0, controller: 0, spare: 0 };
    const replicas = String(Math.min(3, ports.length));
    const lines: Record<string, string> = {
      'process.roles': 'broker,controller',
      'node.id': String(index + 1),
      'controller.quorum.voters': ports
        .map(({ controller }, voter) => `${String(voter + 1)}@127.0.0.1:${String(controller)}`)
        .join(','),
      listeners: `PLAINTEXT://127.0.0.1:${String(own.client)},CONTROLLER://127.0.0.1:${String(own.controller)}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${String(own.client)}`,
      'controller.listener.names': 'CONTROLLER',
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      'offsets.topic.replication.factor': replicas,
      'transaction.state.log.replication.factor': replicas,
      'transaction.state.log.min.isr': '1',
      'group.initial.rebalance.delay.ms': '0',
      'auto.create.topics.enable': 'false',
      'offsets.topic.num.partitions': '3',
      'log.cleaner.dedupe.buffer.size': String(4 * 1024 * 1024),
      'log.index.size.max.bytes': String(1024 * 1024),
      'num.network.threads': '2',
      'num.io.threads': '4',
      'log.dirs': path.join(this.temporary.folder, `data-${String(index)}`),
      ...this.options.properties?.(own, this.temporary.folder),
    };
    return Object.entries(lines)
      .map(([name, value]) => `${name}=${value}\n`)
      .join('');
  }
}

/** One broker: its files and, while it runs, its process. */
class Node {
  private keeper: ChildProcess | null = null;
  private pid: number | null = null;
  private ended: Promise<void> = Promise.resolve();

  constructor(
    private readonly folder: string,
    private readonly propertiesFile: string,
    private readonly index: number,
  ) {}

  format(clusterId: string, formatArguments: readonly string[]): void {
    const tool = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', this.propertiesFile, ...formatArguments];
    const { status, stderr, stdout } = spawnSync('java', [...this.javaOptions(64), ...tool], { encoding: 'utf8' });
    if (status !== 0) {
      throw new Error(`the storage of broker ${String(this.index)} could not be formatted\n${stdout}\n${stderr}`);
    }
  }

  async start(): Promise<void> {
    const log = openSync(this.logFile, 'a');
    const java = ['java', ...this.javaOptions(384), 'kafka.Kafka', this.propertiesFile];
    // The shell tells the broker's process id and waits for the end of its standard input: our end, whatever ends us. It
    // ends after the broker: a process that its parent has not waited for counts as alive, and init may take seconds.
    const script = '"$@" </dev/null >&3 2>&3 & echo $!; cat >/dev/null; kill -9 $! 2>/dev/null; wait $!';
    const keeper = spawn('sh', ['-c', script, 'sh', ...java], { stdio: ['pipe', 'pipe', 'ignore', log] });
    closeSync(log);
    this.keeper = keeper;
    this.ended = new Promise((resolve) => {
      keeper.once('close', () => {
        resolve();
      });
    });
    const { stdout } = keeper;
    if (stdout === null) {
      throw new Error('the broker has no output');
    }
    this.pid = await new Promise<number>((resolve) => {
      createInterface({ input: stdout }).once('line', (line) => {
        resolve(Number(line));
      });
    });
  }

  async kill(): Promise<void> {
    if (this.keeper === null) {
      return;
    }
    this.signal('SIGKILL');
    const { pid } = this;
    this.keeper.stdin?.end();
    await this.ended;
    this.keeper = null;
    this.pid = null;
    while (pid !== null && isAlive(pid)) {
      await sleep(10);
    }
  }

  signal(signal: NodeJS.Signals): void {
    if (this.pid !== null && isAlive(this.pid)) {
      process.kill(this.pid, signal);
    }
  }

  /** Whether it was started and is no more, though nobody killed it. */
  isDead(): boolean {
    return this.pid !== null && !isAlive(this.pid);
  }

  log(): string {
    return existsSync(this.logFile) ? readFileSync(this.logFile, 'utf8').slice(-4000) : '';
  }

  private get logFile(): string {
    return path.join(this.folder, `broker-${String(this.index)}.log`);
  }

  private javaOptions(heapMegabytes: number): string[] {
    return [
      `-Xmx${String(heapMegabytes)}m`,
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      `-Dlog4j2.configurationFile=${path.join(this.folder, 'log4j2.properties')}`,
      '-cp',
      kafkaClassPath,
    ];
  }
}

const logConfiguration = `rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d %p %c %m%n
`;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A free port below those that the system gives to outgoing connections, so that none of them takes it meanwhile. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 15_000);
    const isFree = await new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once('error', () => {
        resolve(false);
      });
      server.listen(port, '127.0.0.1', () => {
        server.close(() => {
          resolve(true);
        });
      });
    });
    if (isFree) {
      return port;
    }
  }
}
