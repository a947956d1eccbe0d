/**
 * The two topics of a ledger on Kafka: the events, and beside them a compacted one that tells where each producer ends.
 * They are made with the settings that keep every event, and an events topic that has others is refused.
 */
import { ConfigResourceTypes, type Admin, type ITopicConfig } from 'kafkajs';
import { maxEventBytes } from '../../schemas/singleObject';
import { LedgerRefusedError } from '../errors';
import { producersTopic } from './fetcher';
import { hasType } from './kafkaErrors';
import type { KafkaSettings } from './settings';

/** A batch of records holds at most so much before compression, unless a single event is larger. */
export const maxBatchBytes = 1024 * 1024;

/** What a topic must take: a batch at its limit, an event at its limit, and what Kafka puts around them. */
const maxMessageBytes = maxBatchBytes + 2 * maxEventBytes;

const defaultPartitions = 12;
const mostReplicas = 3;

/** How many partitions each of the two topics has; null where it does not exist. */
export interface TopicState {
  readonly partitions: number | null;
  readonly producersPartitions: number | null;
}

/**
 * What is there. The topic of producers is asked for first, since it is made last: where another process is making them,
 * it is never there without the other.
 * @throws kafkajs's errors
 */
export async function topicState(admin: Admin, { topic }: KafkaSettings): Promise<TopicState> {
  const producersPartitions = await partitionCount(admin, producersTopic(topic));
  return { partitions: await partitionCount(admin, topic), producersPartitions };
}

/** Makes the events topic; one that another process makes meanwhile is as good. @throws kafkajs's errors */
export async function createEventsTopic(admin: Admin, settings: KafkaSettings): Promise<void> {
  const numPartitions = settings.partitions ?? defaultPartitions;
  await create(admin, settings, {
    topic: settings.topic,
    numPartitions,
    configEntries: [
      { name: 'cleanup.policy', value: 'delete' },
      { name: 'retention.ms', value: '-1' },
      { name: 'retention.bytes', value: '-1' },
      { name: 'message.timestamp.type', value: 'LogAppendTime' },
      { name: 'max.message.bytes', value: String(maxMessageBytes) },
      { name: 'compression.type', value: 'producer' },
    ],
  });
}

/** Makes the topic of producers. @throws kafkajs's errors */
export async function createProducersTopic(admin: Admin, settings: KafkaSettings, partitions: number): Promise<void> {
  await create(admin, settings, {
    topic: producersTopic(settings.topic),
    numPartitions: partitions,
    configEntries: [
      { name: 'cleanup.policy', value: 'compact' },
      // Small segments, so that most of it is compacted soon and little is read to find a producer.
      { name: 'segment.bytes', value: String(16 * 1024 * 1024) },
      { name: 'segment.ms', value: String(24 * 3600 * 1000) },
      { name: 'compression.type', value: 'producer' },
    ],
  });
}

/**
 * Refuses an events topic that may lose what it holds or cannot take every event.
 * @throws {LedgerRefusedError} naming each setting that is wrong and how it should be; kafkajs's errors
 */
export async function checkFitness(admin: Admin, { address, topic }: KafkaSettings): Promise<void> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configNames: settingsThatMatter }],
  });
  const config = new Map(
    resources.flatMap(({ configEntries }) => configEntries.map((entry) => [entry.configName, entry.configValue])),
  );
  const faults = findFaults(config, await replicationFactor(admin, topic));
  if (faults.length > 0) {
    throw new LedgerRefusedError(
      `${address} is unfit for a ledger: ${faults.join('; ')}. Change the topic's settings (kafka-configs.sh --alter ` +
        `--entity-type topics --entity-name ${topic} --add-config …), or add ?unfit=accept to use it all the same`,
      address,
    );
  }
}

const settingsThatMatter = [
  'cleanup.policy',
  'retention.ms',
  'retention.bytes',
  'unclean.leader.election.enable',
  'min.insync.replicas',
  'max.message.bytes',
  'compression.type',
];

/** Compressions that every client here can read. */
const readableCompressions = ['producer', 'gzip', 'uncompressed'];

function findFaults(config: ReadonlyMap<string, string>, replicas: number): string[] {
  const faults: string[] = [];
  const policy = config.get('cleanup.policy') ?? 'delete';
  if (policy.includes('compact')) {
    faults.push(`cleanup.policy is ${policy}, which throws events away: set delete`);
  }
  for (const retention of ['retention.ms', 'retention.bytes']) {
    const value = config.get(retention);
    if (policy.includes('delete') && value !== undefined && value !== '-1') {
      faults.push(`${retention} is ${value}, after which events are thrown away: set -1`);
    }
  }
  if (config.get('unclean.leader.election.enable') === 'true') {
    faults.push('unclean.leader.election.enable is true, which may lose acknowledged events: set false');
  }
  if (replicas > 1 && config.get('min.insync.replicas') === '1') {
    faults.push('min.insync.replicas is 1, so that one broker alone may acknowledge: set 2');
  }
  const largest = config.get('max.message.bytes');
  if (largest !== undefined && Number(largest) < maxMessageBytes) {
    faults.push(`max.message.bytes is ${largest}, less than an append may need: set ${String(maxMessageBytes)}`);
  }
  const compression = config.get('compression.type');
  if (compression !== undefined && !readableCompressions.includes(compression)) {
    faults.push(`compression.type is ${compression}, which not every reader has: set producer`);
  }
  return faults;
}

/** Both topics keep everything, in the way asked for or the best the cluster has room for. */
async function create(admin: Admin, settings: KafkaSettings, topic: ITopicConfig): Promise<void> {
  const brokers = (await admin.describeCluster()).brokers.length;
  const replicas = settings.replicationFactor ?? Math.min(mostReplicas, brokers);
  const inSync = settings.minInsyncReplicas ?? Math.min(2, replicas);
  try {
    await admin.createTopics({
      waitForLeaders: true,
      topics: [
        {
          ...topic,
          replicationFactor: replicas,
          configEntries: [
            ...(topic.configEntries ?? []),
            { name: 'min.insync.replicas', value: String(inSync) },
            { name: 'unclean.leader.election.enable', value: 'false' },
          ],
        },
      ],
    });
  } catch (error) {
    if (!hasType(error, 'TOPIC_ALREADY_EXISTS') && !isAlreadyThere(error)) {
      throw error;
    }
  }
}

/** kafkajs gathers the errors of topics under one of its own. */
function isAlreadyThere(error: unknown): boolean {
  const inner = error instanceof Error && 'errors' in error && Array.isArray(error.errors) ? error.errors : [];
  return inner.length > 0 && inner.every((one) => hasType(one, 'TOPIC_ALREADY_EXISTS'));
}

async function replicationFactor(admin: Admin, topic: string): Promise<number> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  return Math.min(...topics.flatMap(({ partitions }) => partitions.map(({ replicas }) => replicas.length)));
}

async function partitionCount(admin: Admin, topic: string): Promise<number | null> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]?.partitions.length ?? null;
  } catch (error) {
    if (hasType(error, 'UNKNOWN_TOPIC_OR_PARTITION')) {
      return null;
    }
    throw error;
  }
}
