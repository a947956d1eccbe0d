import path from 'node:path';
import { writeFileSync } from 'node:fs';
import { LedgerRefusedError } from '../../../ledger/errors';
import { readSettings } from '../../../ledger/kafka/settings';
import { temporaryFolder } from '../../support/temporaryFolder';

const hosts = 'kafka://a:9092,b.example.org:9093/events';

describe('the URL of a ledger on Kafka', () => {
  it('names brokers and topic; the address is that and no more', () => {
    const settings = readSettings(`${hosts}?partitions=6&replicationFactor=3&minInsyncReplicas=2`, {});
    expect(settings).toMatchObject({
      address: hosts,
      brokers: ['a:9092', 'b.example.org:9093'],
      topic: 'events',
      partitions: 6,
      replicationFactor: 3,
      minInsyncReplicas: 2,
      acceptUnfit: false,
      patienceMillis: 60_000,
      security: { ssl: false, sasl: undefined },
    });
  });

  it('takes what it does not say from the environment, and counts for more where both say something', () => {
    const environment = { TRACTLEDGER_KAFKA_PARTITIONS: '5', TRACTLEDGER_KAFKA_PATIENCE_SECONDS: '7' };
    expect(readSettings(hosts, environment)).toMatchObject({ partitions: 5, patienceMillis: 7000 });
    expect(readSettings(`${hosts}?partitions=9`, environment)).toMatchObject({ partitions: 9 });
  });

  it('logs in with user and password from wherever they are, the environment before the URL', () => {
    const sasl = (url: string, environment: NodeJS.ProcessEnv = {}) => readSettings(url, environment).security.sasl;
    const me = { mechanism: 'scram-sha-256', username: 'me', password: 'p:@/' };
    expect(sasl('kafka://me:p%3A%40%2F@a:1/t?sasl=scram-sha-256')).toEqual(me);
    const environment = { TRACTLEDGER_KAFKA_SASL: 'SCRAM-SHA-256', TRACTLEDGER_KAFKA_PASSWORD: 'p:@/' };
    expect(sasl('kafka://me@a:1/t', environment)).toEqual(me);
    expect(sasl('kafka://me:other@a:1/t', environment)).toEqual(me);
    expect(sasl('kafka://a:1/t', { ...environment, TRACTLEDGER_KAFKA_USER: 'me' })).toEqual(me);
  });

  it('reads a password and certificates from files', () => {
    const { folder, remove } = temporaryFolder();
    const file = (name: string, content: string): string => {
      writeFileSync(path.join(folder, name), content);
      return path.join(folder, name);
    };
    const url = `kafka://me@a:1/t?sasl=plain&ca=${file('ca', 'CA')}&cert=${file('cert', 'CERT')}&key=${file('key', 'KEY')}`;
    const { security } = readSettings(url, { TRACTLEDGER_KAFKA_PASSWORD_FILE: file('password', 'secret\n') });
    expect(security).toEqual({
      ssl: { ca: 'CA', cert: 'CERT', key: 'KEY' },
      sasl: { mechanism: 'plain', username: 'me', password: 'secret' },
    });
    remove();
  });

  it.each([
    ['kafka://a:1', /kafka:\/\/host:port/],
    ['kafka://a:1/', /kafka:\/\/host:port/],
    ['kafka://a/t', /is no broker/],
    ['kafka://a:0/t', /is no broker/],
    ['kafka://a:1,/t', /is no broker/],
    ['kafka://a:1/t%20t', /is no name of a topic/],
    ['kafka://a:1/..', /is no name of a topic/],
    ['kafka://a:1/t?partition=3', /"partition" is no option/],
    ['kafka://a:1/t?partitions=0', /partitions is a count/],
    ['kafka://a:1/t?unfit=yes', /unfit can only be/],
    ['kafka://a:1/t?tls=yes', /tls is true or false/],
    ['kafka://a:1/t?tls=false&ca=x', /leave one of the two out/],
    ['kafka://a:1/t?ca=/none/such', /authority cannot be read/],
    ['kafka://a:1/t?tls=true&cert=/x', /both cert and key/],
    ['kafka://me:secret@a:1/t', /no mechanism to log in with/],
    ['kafka://me@a:1/t?sasl=plain', /needs a user .* and a password/],
    ['kafka://me:secret@a:1/t?sasl=gssapi', /sasl is one of/],
    ['kafka://me:secret%@a:1/t?sasl=plain', /percent-encoded/],
  ])('%s is refused with what is wrong and without the password', (url, message) => {
    const read = (): unknown => readSettings(url, {});
    expect(read).toThrow(LedgerRefusedError);
    expect(read).toThrow(message);
    expect(read).not.toThrow(/secret/);
  });
});
