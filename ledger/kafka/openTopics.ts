/** From settings to a ledger that is known to be one: topics made or checked, the identity read or given. */
import type { Admin } from 'kafkajs';
import { LedgerRefusedError, LedgerUnreachableError } from '../errors';
import type { ProducerId } from '../port';
import { createClient, Sockets } from './connection';
import { producersTopic, type Fetcher } from './fetcher';
import type { FetcherPool } from './fetcherPool';
import { readIdentityRecord, writeIdentityRecord, type LedgerIdentity } from './identity';
import { partitionOf } from './partitionOf';
import { scanPartition } from './partitionScan';
import { encodeMarks, withMark, type ProducerMark } from './producerMarks';
import { runsOf } from './runs';
import type { PlacedRecord, Sender } from './sender';
import type { KafkaSettings } from './settings';
import { checkFitness, createEventsTopic, createProducersTopic, topicState } from './topics';

/** What opening works with. */
export interface OpeningHost {
  readonly settings: KafkaSettings;
  readonly fetchers: FetcherPool;
  readonly sender: Sender;
}

const notesAtOnce = 1_000;

/**
 * Makes what is missing, unless the ledger must exist, and tells which ledger it is.
 * @throws {LedgerRefusedError} where there is no ledger or its topics are unfit; kafkajs's errors
 */
export async function openTopics(host: OpeningHost, mustExist: boolean): Promise<LedgerIdentity> {
  const { settings, fetchers } = host;
  const sockets = new Sockets();
  const admin = createClient(settings, sockets).admin({ retry: { retries: 2, initialRetryTime: 100 } });
  try {
    await admin.connect();
    const partitions = await prepareTopics(admin, host, mustExist);
    const identity = await fetchers.use(async (fetcher) => {
      const known = await readIdentityRecord(fetcher, settings);
      return known ?? (mustExist ? null : await giveIdentity(host, fetcher, partitions));
    });
    if (identity === null) {
      throw noLedger(settings);
    }
    checkPartitions(settings, identity, partitions);
    return identity;
  } finally {
    await admin.disconnect().catch(() => undefined);
    sockets.destroy();
  }
}

/** @returns the number of partitions of both topics */
async function prepareTopics(admin: Admin, { settings }: OpeningHost, mustExist: boolean): Promise<number> {
  let state = await topicState(admin, settings);
  if (mustExist && (state.partitions === null || state.producersPartitions === null)) {
    throw noLedger(settings);
  }
  if (state.partitions === null && state.producersPartitions !== null) {
    throw refusal(
      settings,
      `the events are gone: the topic does not exist, ${producersTopic(settings.topic)} does; restore it, or delete that ` +
        `one too to begin anew`,
    );
  }
  if (state.partitions === null) {
    await createEventsTopic(admin, settings);
    state = await topicState(admin, settings);
  }
  const { partitions } = state;
  if (partitions === null) {
    throw notShownYet(settings);
  }
  if (state.producersPartitions === null) {
    await createProducersTopic(admin, settings, partitions);
    state = await topicState(admin, settings);
  }
  if (state.producersPartitions === null) {
    throw notShownYet(settings);
  }
  if (state.producersPartitions !== partitions) {
    throw changedPartitions(settings, state.producersPartitions, partitions);
  }
  if (!settings.acceptUnfit) {
    await checkFitness(admin, settings);
  }
  return partitions;
}

/** Notes where the producers of a topic that holds events already end, then gives the ledger its identity. */
async function giveIdentity(
  { settings, sender }: OpeningHost,
  fetcher: Fetcher,
  partitions: number,
): Promise<LedgerIdentity | null> {
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  for (const [partition, { earliest, latest }] of await fetcher.offsets(settings.topic, all)) {
    if (latest > earliest) {
      await noteProducers(settings, sender, fetcher, { partition, from: earliest, to: latest, partitions });
    }
  }
  await writeIdentityRecord(sender, settings, partitions);
  return readIdentityRecord(fetcher, settings);
}

async function noteProducers(
  settings: KafkaSettings,
  sender: Sender,
  fetcher: Fetcher,
  { partition, from, to, partitions }: { partition: number; from: number; to: number; partitions: number },
): Promise<void> {
  const { address, topic } = settings;
  const found = new Map<ProducerId, readonly ProducerMark[]>();
  await scanPartition(fetcher, { address, ledgerId: null }, { topic, partition, from, to }, (messages) => {
    for (const run of runsOf(messages)) {
      if ('why' in run) {
        throw refusal(settings, `the topic holds what is no event (offset ${String(run.offset)}: ${run.why})`);
      }
      if (partitionOf(run.producer, partitions) !== partition) {
        throw changedPartitions(settings, 0, partitions);
      }
      const marks = found.get(run.producer) ?? [{ sequence: 0, offset: from }];
      const sequence = run.firstSequence + run.events.length - 1;
      if (sequence > (marks.at(-1)?.sequence ?? 0)) {
        found.set(run.producer, withMark(marks, { sequence, offset: run.firstOffset + run.events.length }));
      }
    }
  });
  const notes = [...found].map(([producer, marks]): PlacedRecord => ({
    key: producer,
    value: encodeMarks(marks),
    partition,
  }));
  for (let first = 0; first < notes.length; first += notesAtOnce) {
    await sender.send([{ topic: producersTopic(topic), messages: notes.slice(first, first + notesAtOnce) }]);
  }
}

function checkPartitions(settings: KafkaSettings, { partitionCount }: LedgerIdentity, partitions: number): void {
  if (partitionCount !== partitions) {
    throw changedPartitions(settings, partitionCount, partitions);
  }
}

function changedPartitions(settings: KafkaSettings, before: number, now: number): LedgerRefusedError {
  const was = before === 0 ? 'other' : String(before);
  return refusal(
    settings,
    `the topic was made with ${was} partitions and has ${String(now)} now, so that the events of a producer lie in ` +
      `two of them; relay them into a ledger with as many as you want`,
  );
}

/** A broker tells of a new topic only some time after it was made; whoever opens tries again. */
function notShownYet({ address }: KafkaSettings): LedgerUnreachableError {
  return new LedgerUnreachableError(`${address}: the topic was made, and the broker does not show it yet`, address);
}

function noLedger(settings: KafkaSettings): LedgerRefusedError {
  return new LedgerRefusedError(
    `there is no ledger at ${settings.address}; check the topic's name (--ledger, TRACTLEDGER_URL), or write the first event to create it`,
    settings.address,
  );
}

function refusal({ address }: KafkaSettings, message: string): LedgerRefusedError {
  return new LedgerRefusedError(`${address}: ${message}`, address);
}
