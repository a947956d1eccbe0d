/** A broker that demands TLS and a login: who gets in, who does not, and that no password is ever shown. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
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

/** A key of a client's own, encrypted with a passphrase, and the certificate of it: NAME.key and NAME.pem. */
function makeClient(folder: string, name: string, passphrase: string): void {
  const out = ['-keyout', path.join(folder, `${name}.key`), '-out', path.join(folder, `${name}.pem`)];
  const key = ['-newkey', 'rsa:2048', '-passout', `pass:${passphrase}`, '-subj', `/CN=${name}`, '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...key, ...out], { stdio: 'ignore' });
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

describeWithKafka(
  'a ledger on a broker that demands a certificate of its clients',
  () => {
    const environment = { TRACTLEDGER_KAFKA_KEY_PASSPHRASE: password };
    let cluster: KafkaCluster;
    let folder = '';

    beforeAll(async () => {
      cluster = await startKafka({
        prepare: (made) => {
          folder = made;
          makeCertificate(folder);
          makeClient(folder, 'known', password);
          makeClient(folder, 'stranger', password);
        },
        properties: ({ client, controller }, made) => ({
          listeners: `SSL://127.0.0.1:${String(client)},CONTROLLER://127.0.0.1:${String(controller)}`,
          'advertised.listeners': `SSL://127.0.0.1:${String(client)}`,
          'listener.security.protocol.map': 'SSL:SSL,CONTROLLER:PLAINTEXT',
          'inter.broker.listener.name': 'SSL',
          'ssl.client.auth': 'required',
          'ssl.keystore.location': path.join(made, 'broker.p12'),
          'ssl.keystore.type': 'PKCS12',
          'ssl.keystore.password': 'changeit',
          'ssl.truststore.type': 'PEM',
          'ssl.truststore.location': trustedBy(made),
        }),
        client: (made) => ({
          ssl: {
            ca: readFileSync(path.join(made, 'ca.pem'), 'utf8'),
            cert: readFileSync(path.join(made, 'known.pem'), 'utf8'),
            key: readFileSync(path.join(made, 'known.key'), 'utf8'),
            passphrase: password,
          },
        }),
      });
    });

    afterAll(async () => {
      await cluster.stop();
    });

    /** The broker trusts its own certificate, as it is its own client, and that of the client it knows. */
    function trustedBy(made: string): string {
      const file = path.join(made, 'trusted.pem');
      writeFileSync(file, ['ca', 'known'].map((name) => readFileSync(path.join(made, `${name}.pem`), 'utf8')).join(''));
      return file;
    }

    function url(client: string | null): string {
      const files = { ca: 'ca.pem', ...(client === null ? {} : { cert: `${client}.pem`, key: `${client}.key` }) };
      const options = new URLSearchParams({ partitions: '3' });
      for (const [name, file] of Object.entries(files)) {
        options.set(name, path.join(folder, file));
      }
      return cluster.url(`events-${randomUUID()}`, String(options));
    }

    it('lets a client with its certificate in: the files by the URL, the passphrase from the environment', async () => {
      const ledger = await KafkaLedger.open(url('known'), { environment });
      const producer = randomUUID();
      await ledger.append(producer, 1, rawEvents(producer, 1, 3));
      expect(await collect(ledger.read(ledger.start))).toHaveLength(1);
      await ledger.close();
    });

    it.each([
      ['no certificate', null],
      ['a certificate that it does not trust', 'stranger'],
    ])('refuses a client with %s, in words that help', async (_, client) => {
      const refused: unknown = await KafkaLedger.open(url(client), { environment }).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(LedgerRefusedError);
      expect(String(refused)).toMatch(/brokers do not accept .*certificate.*cert=FILE and key=FILE/);
    });

    it('is refused with a wrong passphrase, which is not shown', async () => {
      const wrong = { TRACTLEDGER_KAFKA_KEY_PASSPHRASE: 'wrong-secret' };
      const refused: unknown = await KafkaLedger.open(url('known'), { environment: wrong }).catch((e: unknown) => e);
      expect(refused).toBeInstanceOf(LedgerRefusedError);
      expect(String(refused)).toMatch(/client key cannot be used.*TRACTLEDGER_KAFKA_KEY_PASSPHRASE/);
      expect(String(refused)).not.toContain('wrong-secret');
    });
  },
  ['openssl'],
);
