/** A broker that demands TLS and a login: who gets in, who does not, and that no password is ever shown. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { LedgerRefusedError } from '../../ledger/errors';
import { openLedger } from '../../ledger/openLedger';
import { KafkaLedger } from '../../ledger/kafka/kafkaLedger';
import { describeWithKafka, startKafka, type KafkaCluster } from '../support/kafkaBroker';
import { rawEvents } from '../support/rawEvents';
import { collect } from '../support/readLedger';

const password = 'open-sesame';
const login = `org.apache.kafka.common.security`;

/** A key of the broker's own, signed by itself, and what clients need to trust it. */
function makeCertificate(folder: string): void {
  const store = ['-keystore', path.join(folder, 'broker.p12'), '-storetype', 'PKCS12', '-storepass', 'changeit'];
  const key = ['-genkeypair', '-alias', 'broker', '-keyalg', 'RSA', '-keysize', '2048', '-validity', '2'];
  execFileSync('keytool', [...key, '-dname', 'CN=broker', '-ext', 'san=dns:localhost,ip:127.0.0.1', ...store], {
    stdio: 'ignore',
  });
  execFileSync('keytool', ['-exportcert', '-rfc', '-alias', 'broker', '-file', path.join(folder, 'ca.pem'), ...store], {
    stdio: 'ignore',
  });
}

describeWithKafka('a ledger on a broker that asks who is there', () => {
  let cluster: KafkaCluster;
  let ca = '';

  beforeAll(async () => {
    cluster = await startKafka({
      prepare: (folder) => {
        makeCertificate(folder);
        ca = path.join(folder, 'ca.pem');
      },
      formatArguments: ['--add-scram', `SCRAM-SHA-256=[name=scram,password=${password}]`],
      properties: ({ client, controller }, folder) => ({
        listeners: `SASL_SSL://127.0.0.1:${String(client)},CONTROLLER://127.0.0.1:${String(controller)}`,
        'advertised.listeners': `SASL_SSL://127.0.0.1:${String(client)}`,
        'listener.security.protocol.map': 'SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT',
        'inter.broker.listener.name': 'SASL_SSL',
        'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256',
        'sasl.mechanism.inter.broker.protocol': 'PLAIN',
        'listener.name.sasl_ssl.plain.sasl.jaas.config': `${login}.plain.PlainLoginModule required username="plain" password="${password}" user_plain="${password}";`,
        'listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config': `${login}.scram.ScramLoginModule required;`,
        'ssl.keystore.location': path.join(folder, 'broker.p12'),
        'ssl.keystore.type': 'PKCS12',
        'ssl.keystore.password': 'changeit',
        'ssl.truststore.location': path.join(folder, 'broker.p12'),
        'ssl.truststore.type': 'PKCS12',
        'ssl.truststore.password': 'changeit',
      }),
      client: (folder) => ({
        ssl: { ca: readFileSync(path.join(folder, 'ca.pem'), 'utf8') },
        sasl: { mechanism: 'plain', username: 'plain', password },
      }),
    });
  });

  afterAll(async () => {
    await cluster.stop();
  });

  function url(user: string, sasl: string): string {
    return cluster
      .url(`events-${randomUUID()}`, `partitions=3&ca=${encodeURIComponent(ca)}&sasl=${sasl}`)
      .replace('//', `//${user}@`);
  }

  it.each([
    ['plain', 'plain'],
    ['scram', 'scram-sha-256'],
  ])('lets %s in with %s, the password from the environment', async (user, sasl) => {
    const environment = { TRACTLEDGER_KAFKA_PASSWORD: password };
    const ledger = await KafkaLedger.open(url(user, sasl), { environment });
    const producer = randomUUID();
    await ledger.append(producer, 1, rawEvents(producer, 1, 3));
    expect(await collect(ledger.read(ledger.start))).toHaveLength(1);
    expect(ledger.address).not.toMatch(/@|sasl/);
    await ledger.close();
  });

  it.each([
    ['plain:wrong-secret', 'plain'],
    ['scram:wrong-secret', 'scram-sha-256'],
  ])('keeps %s out, and the error does not show the password', async (user, sasl) => {
    const refused: unknown = await openLedger(url(user, sasl)).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(LedgerRefusedError);
    expect(String(refused)).toMatch(/do not accept this user and password/);
    expect(JSON.stringify([String(refused), (refused as LedgerRefusedError).address])).not.toContain('wrong-secret');
  });

  it('is not trusted without its certificate authority', async () => {
    const unknown = url(`plain:${password}`, 'plain').replace(/&ca=[^&]*/, '&tls=true');
    await expect(openLedger(unknown)).rejects.toThrow(/certificate is not trusted.*ca=FILE/);
  });
});
