/** compose.yaml without Docker: what can be read in it, and its settings on a real broker and a real projector. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { openLedger } from '../../ledger/openLedger';
import { simulateHscRc1 } from '../../producers/simulator/simulateHscRc1';
import { describeWithKafka, startKafka } from '../support/kafkaBroker';
import { runCli, startCli } from '../support/runCli';
import { smallSimulation } from '../support/simulations';
import { temporaryFolder } from '../support/temporaryFolder';

interface Service {
  readonly image: string;
  readonly ports?: readonly string[];
  readonly volumes: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly healthcheck: { readonly test: readonly string[] };
  readonly restart: string;
  readonly build?: { readonly dockerfile_inline: string };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

const root = path.resolve(__dirname, '../..');
const { services, volumes } = parse(readFileSync(path.join(root, 'compose.yaml'), 'utf8')) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
};

function service(name: string): Service {
  const found = services[name];
  if (found === undefined) {
    throw new Error(`compose.yaml has no service ${name}`);
  }
  return found;
}

/** As the image of Kafka does it. */
function brokerSettings(environment: Service['environment']): Record<string, string> {
  const entries = Object.entries(environment).map(([name, value]) => [
    name
      .replace(/^KAFKA_/, '')
      .toLowerCase()
      .replaceAll('_', '.'),
    value,
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}

describe('compose.yaml', () => {
  it.each(Object.keys(services))('%s: pinned, checked, kept, and open to this machine only', (name) => {
    const { image, ports = [], restart, healthcheck, volumes: mounts, build } = service(name);
    expect(image).toMatch(/^[a-z/]+:\d+\.\d+\.\d+(-[a-z-]+)?$/);
    for (const [, base] of build?.dockerfile_inline.matchAll(/^FROM (\S+)/gm) ?? []) {
      expect(base).toMatch(/^[a-z/]+:\d+\.\d+\.\d+(-[a-z-]+)?$/);
    }
    expect(ports.filter((port) => !/^127\.0\.0\.1:\d+:\d+$/.test(port))).toEqual([]);
    expect(['CMD', 'CMD-SHELL']).toContain(healthcheck.test[0]);
    expect(restart).toBe('unless-stopped');
    expect(mounts.length).toBeGreaterThan(0);
    for (const mount of mounts) {
      expect(Object.keys(volumes)).toContain(mount.split(':')[0]);
    }
  });

  it('has the version of Kafka that the tests run, and of this package', () => {
    const pom = readFileSync(path.join(root, 'test/support/kafka/pom.xml'), 'utf8');
    const [, tested = ''] = /<artifactId>kafka_[\d.]+<\/artifactId>\s*<version>([\d.]+)</.exec(pom) ?? [];
    expect(service('kafka').image).toBe(`apache/kafka:${tested}`);
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
    expect(service('projector').image).toBe(`tractledger:${version}`);
  });

  it('keeps the data of each store on its volume, and starts the projector once Kafka answers', () => {
    const { environment, volumes: mounts } = service('kafka');
    expect(mounts[0]?.split(':')[1]).toBe(environment['KAFKA_LOG_DIRS']);
    const projector = service('projector');
    expect(projector.environment['TRACTLEDGER_VIEWS']).toBe(`${projector.volumes[0]?.split(':')[1] ?? ''}/views.db`);
    expect(projector.depends_on).toEqual({ kafka: { condition: 'service_healthy' } });
    expect(environment['KAFKA_ADVERTISED_LISTENERS']).toContain('INSIDE://kafka:19092');
    expect(projector.environment['TRACTLEDGER_URL']).toContain('kafka://kafka:19092/');
  });
});

describeWithKafka('the services of compose.yaml', () => {
  it('work together: a broker with its settings, its projector, and its check of the projector', async () => {
    const { folder, remove } = temporaryFolder();
    const cluster = await startKafka({
      properties: ({ client, controller, spare }, data) => ({
        ...brokerSettings(service('kafka').environment),
        // Another machine's addresses and folder; all else is as it stands there.
        'controller.quorum.voters': `1@127.0.0.1:${String(controller)}`,
        listeners: `HOST://127.0.0.1:${String(client)},CONTROLLER://127.0.0.1:${String(controller)},INSIDE://127.0.0.1:${String(spare)}`,
        'advertised.listeners': `HOST://127.0.0.1:${String(client)},INSIDE://127.0.0.1:${String(spare)}`,
        'log.dirs': path.join(data, 'data'),
      }),
    });
    const { command = [], environment, healthcheck } = service('projector');
    const url = (environment['TRACTLEDGER_URL'] ?? '').replace('kafka:19092', cluster.brokers[0] ?? '');
    const env = { TRACTLEDGER_URL: url, TRACTLEDGER_VIEWS: path.join(folder, 'views.db') };
    const projector = startCli(command.slice(1), { cwd: folder, env });
    try {
      expect([command[0], healthcheck.test.slice(0, 2)]).toEqual(['tractledger', ['CMD', 'tractledger']]);
      await new Promise((resolve) => projector.stderr?.once('data', resolve)); // it keeps the views
      const ledger = await openLedger(url, { mustExist: true });
      const { events } = await simulateHscRc1(ledger, smallSimulation);
      await ledger.close();
      let isHealthyAndThere = false;
      while (!isHealthyAndThere) {
        expect(projector.exitCode).toBeNull();
        const { exitCode, stdout } = await runCli([...healthcheck.test.slice(2), '--json'], { cwd: folder, env });
        const found = JSON.parse(stdout) as { ledger: { events: number }; views: { lagEvents: number | null } };
        expect(found.ledger.events).toBeGreaterThanOrEqual(events);
        isHealthyAndThere = exitCode === 0 && found.views.lagEvents === 0;
        await sleep(100);
      }
    } finally {
      projector.kill('SIGKILL');
      await cluster.stop();
      remove();
    }
  });
});
