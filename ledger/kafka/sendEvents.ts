/** Sends the new events of several producers, and makes sure that a producer's first ones are not a second writer's. */
import { LedgerRefusedError, LedgerUnreachableError, SequenceConflictError, type LedgerError } from '../errors';
import type { ProducerId } from '../port';
import type { FetcherPool } from './fetcherPool';
import type { KnownProducer, KnownProducers } from './knownProducers';
import { scanPartition } from './partitionScan';
import type { IndexedLedger } from './producerIndex';
import { runsOf } from './runs';
import type { PlacedRecord, Sender } from './sender';
import { maxBatchBytes } from './topics';

/** One producer's new events; they follow its last known sequence. */
export interface Shipment {
  readonly producer: ProducerId;
  readonly known: KnownProducer;
  readonly events: Uint8Array[];
}

/** What sending needs of its ledger. */
export interface SendHost {
  readonly ledger: IndexedLedger;
  readonly fetchers: FetcherPool;
  readonly sender: Sender;
}

/** What became of the shipments. */
export interface Delivery {
  /** By producer, why its events were refused after all. */
  readonly refused: ReadonlyMap<ProducerId, LedgerError>;
  /** The offset behind an event of a producer; null where it was not among those sent. */
  endOf(producer: ProducerId, sequence: number): number | null;
}

/** Events of one producer on their way in one request. */
interface Parcel {
  readonly shipment: Shipment;
  readonly events: readonly Uint8Array[];
}

/** A parcel that has been stored: the sequence and the offset behind its last event. */
interface StoredParcel {
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly endOffset: number;
}

/** Each record of a batch costs about so much beside key and value. */
const recordOverheadBytes = 64;

/**
 * Sends everything, in as many requests as it takes.
 * @throws kafkajs's errors, after which any part may be stored; {@link LedgerRefusedError} where the topic is another one
 */
export async function sendEvents(
  host: SendHost,
  producers: KnownProducers,
  shipments: readonly Shipment[],
): Promise<Delivery> {
  await register(host, producers, shipments);
  const refused = new Map<ProducerId, LedgerError>();
  const stored = new Map<ProducerId, StoredParcel[]>();
  const left = new Map(shipments.map((shipment) => [shipment, 0]));
  while (left.size > 0) {
    const parcels = packParcels(left, host.sender.requestBytes);
    const offsets = await sendParcels(host, producers, parcels);
    for (const { shipment, events } of parcels) {
      const { known, producer } = shipment;
      const firstOffset = offsets.get(producer) ?? 0;
      requireGrowth(host.ledger, known, firstOffset);
      const rival = known.isOurs ? null : await findRival(host, known, firstOffset, events);
      if (rival !== null) {
        refused.set(producer, rival);
        producers.forget(producer);
        left.delete(shipment);
        continue;
      }
      known.isOurs = true;
      const endOffset = firstOffset + events.length;
      const firstSequence = known.sequence + 1;
      known.advance(known.sequence + events.length, endOffset);
      stored.set(producer, [
        ...(stored.get(producer) ?? []),
        { firstSequence, lastSequence: known.sequence, endOffset },
      ]);
      const sent = (left.get(shipment) ?? 0) + events.length;
      if (sent < shipment.events.length) {
        left.set(shipment, sent);
      } else {
        left.delete(shipment);
      }
    }
  }
  producers.noteSoon();
  return { refused, endOf: (producer, sequence) => endOf(stored.get(producer) ?? [], sequence) };
}

/** A partition only grows: what comes after an event that was acknowledged has a greater offset, or the topic is new. */
function requireGrowth({ address, topic }: SendHost['ledger'], known: KnownProducer, firstOffset: number): void {
  if (firstOffset < known.knownTo) {
    throw new LedgerRefusedError(
      `${address}: partition ${String(known.partition)} of ${topic} has lost its end: an append came to offset ` +
        `${String(firstOffset)} after one before ${String(known.knownTo)}. The topic was deleted and made anew, or its brokers ` +
        `lost what they had acknowledged; restore it from a copy with \`tractledger relay\`, then start again`,
      address,
    );
  }
}

function endOf(parcels: readonly StoredParcel[], sequence: number): number | null {
  const parcel = parcels.find((one) => one.firstSequence <= sequence && sequence <= one.lastSequence);
  return parcel === undefined ? null : parcel.endOffset - (parcel.lastSequence - sequence);
}

/** Before the first event of a producer is sent, a note that it may have some is acknowledged. */
async function register(
  { sender }: SendHost,
  producers: KnownProducers,
  shipments: readonly Shipment[],
): Promise<void> {
  const notes: PlacedRecord[] = [];
  for (const { known } of shipments) {
    if (known.marks.length === 0) {
      known.marks = [{ sequence: known.sequence, offset: known.knownTo }];
      notes.push(known.note());
    }
  }
  if (notes.length > 0) {
    await sender.send([producers.notes(notes)]);
  }
}

/**
 * The next events of each shipment, up to one batch of records a partition and so many bytes in all. A producer for which this process has not
 * appended before sends its first event alone: should another process win that sequence, nothing else is in the log.
 */
function packParcels(left: ReadonlyMap<Shipment, number>, requestBytes: number): Parcel[] {
  const bytes = new Map<number, number>();
  let allBytes = 0;
  const parcels: Parcel[] = [];
  for (const [shipment, sent] of left) {
    const { known, events } = shipment;
    let partitionBytes = bytes.get(known.partition) ?? 0;
    let end = sent;
    for (; end < events.length && (known.isOurs || end === sent); end += 1) {
      const eventBytes = (events[end]?.length ?? 0) + recordOverheadBytes;
      const isPartitionFull = partitionBytes > 0 && partitionBytes + eventBytes > maxBatchBytes;
      const isRequestFull = allBytes > 0 && allBytes + eventBytes > requestBytes;
      if (isPartitionFull || isRequestFull) {
        break;
      }
      partitionBytes += eventBytes;
      allBytes += eventBytes;
    }
    bytes.set(known.partition, partitionBytes);
    if (end > sent) {
      parcels.push({ shipment, events: sent === 0 && end === events.length ? events : events.slice(sent, end) });
    }
  }
  return parcels;
}

/** @returns by producer, the offset of its first event in the request */
async function sendParcels(
  { ledger, sender }: SendHost,
  producers: KnownProducers,
  parcels: readonly Parcel[],
): Promise<ReadonlyMap<ProducerId, number>> {
  const messages: PlacedRecord[] = [];
  const notes: PlacedRecord[] = [];
  const placeInPartition = new Map<number, number>();
  const places = new Map<ProducerId, { readonly partition: number; readonly place: number }>();
  for (const { shipment, events } of parcels) {
    const { known, producer } = shipment;
    const { partition } = known;
    const place = placeInPartition.get(partition) ?? 0;
    places.set(producer, { partition, place });
    placeInPartition.set(partition, place + events.length);
    for (const event of events) {
      messages.push({ key: producer, value: asBuffer(event), partition });
    }
    if (known.isNoteDue()) {
      notes.push(known.note());
    }
  }
  const answers = await sender.send([
    { topic: ledger.topic, messages },
    ...(notes.length === 0 ? [] : [producers.notes(notes)]),
  ]);
  const bases = new Map<number, number>();
  for (const { topicName, partition, baseOffset } of answers) {
    if (topicName === ledger.topic) {
      bases.set(partition, Number(baseOffset));
    }
  }
  return new Map(
    [...places].map(([producer, { partition, place }]) => [producer, (bases.get(partition) ?? Number.NaN) + place]),
  );
}

/**
 * Reads what lies between what was known of a producer and its first event of this process: another process may have
 * written the same sequence meanwhile, and the first in the log counts.
 * @returns why the event is refused; null where nobody came before
 * @throws {LedgerUnreachableError} where the other wrote the same bytes, so that everything is looked up again
 */
async function findRival(
  { fetchers, ledger }: SendHost,
  { producer, partition, sequence, knownTo }: KnownProducer,
  firstOffset: number,
  events: readonly Uint8Array[],
): Promise<LedgerError | null> {
  const { address, topic } = ledger;
  let rival: Uint8Array | undefined;
  await fetchers.use((fetcher) =>
    scanPartition(fetcher, ledger, { topic, partition, from: knownTo, to: firstOffset }, (messages) => {
      for (const run of runsOf(messages)) {
        if (!('why' in run) && run.producer === producer) {
          rival ??= run.events[sequence + 1 - run.firstSequence];
        }
      }
    }),
  );
  const [ours] = events;
  if (rival === undefined || ours === undefined) {
    return null;
  }
  if (Buffer.compare(rival, ours) !== 0) {
    return new SequenceConflictError(address, producer, sequence + 1);
  }
  throw new LedgerUnreachableError(
    `${address}: another process appends the same events of producer ${producer}; one of the two must stop`,
    address,
  );
}

function asBuffer(event: Uint8Array): Buffer {
  return Buffer.isBuffer(event) ? event : Buffer.from(event.buffer, event.byteOffset, event.byteLength);
}
