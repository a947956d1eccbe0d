import { randomUUID } from 'node:crypto';
import { describeWithKafka, startKafka, type KafkaCluster } from '../support/kafkaBroker';
import { ledgerContract } from './ledgerContract';

describeWithKafka('a real broker', () => {
  let cluster: KafkaCluster;

  beforeAll(async () => {
    cluster = await startKafka();
  });

  afterAll(async () => {
    await cluster.stop();
  });

  ledgerContract('kafka', () =>
    Promise.resolve({
      url: cluster.url(`events-${randomUUID()}`),
      // The topics go with the broker.
      remove: () => Promise.resolve(),
    }),
  );
});
