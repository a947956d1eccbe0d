/** The ledger on Kafka: a topic of events keyed by producer, and a compacted one that tells where each producer ends. */
import { checkAppend, checkProducerId } from '../checkAppend';
import type { AppendResult, FollowOptions, Ledger, Position, ProducerId, ReadOptions, RecordedBatch } from '../port';
import { Appends } from './appends';
import { FetcherPool } from './fetcherPool';
import { closedError } from './kafkaErrors';
import { openTopics } from './openTopics';
import { patiently } from './patience';
import { formatPosition, parsePosition } from './position';
import { ProducerIndex, type IndexedLedger } from './producerIndex';
import { Readings } from './readings';
import { checkCertificates } from './security';
import { Sender } from './sender';
import { readSettings, type KafkaSettings } from './settings';

/** How a ledger on Kafka is opened. */
export interface KafkaLedgerOptions {
  /** Whether a ledger that does not exist is refused rather than created; created by default. */
  readonly mustExist?: boolean;
  /** Where options and secrets that are not in the URL are looked up; the process's environment by default. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** Opening does not wait longer than this for brokers that do not answer. */
const openPatienceMillis = 10_000;

/** See the file's head. */
export class KafkaLedger implements Ledger {
  readonly start: Position;
  readonly address: string;
  private readonly ledger: IndexedLedger;
  private readonly patienceMillis: number;
  private readonly index: ProducerIndex;
  private readonly appends: Appends;
  private readonly readings: Readings;
  /** Where each partition ends, as far as this process has heard. */
  private readonly knownEnds: number[];
  private closing: Promise<void> | null = null;

  private constructor(
    { address, topic, patienceMillis }: KafkaSettings,
    { ledgerId, partitionCount }: { readonly ledgerId: string; readonly partitionCount: number },
    private readonly fetchers: FetcherPool,
    private readonly sender: Sender,
  ) {
    this.address = address;
    this.patienceMillis = patienceMillis;
    this.ledger = { address, ledgerId, topic, partitionCount };
    this.knownEnds = new Array<number>(partitionCount).fill(0);
    this.start = formatPosition(ledgerId, this.knownEnds);
    this.index = new ProducerIndex(this.ledger);
    const { index, ledger } = this;
    this.readings = new Readings({ ledger, fetchers, patienceMillis });
    this.appends = new Appends({ ledger, index, fetchers, sender, readings: this.readings, patienceMillis });
  }

  /**
   * Opens the ledger a URL names, and makes its topics where there are none.
   * @throws {LedgerRefusedError} where the topic is unfit, or the brokers do not let this user in
   * @throws {LedgerUnreachableError} where they do not answer within seconds
   */
  static async open(url: string, options: KafkaLedgerOptions = {}): Promise<KafkaLedger> {
    const settings = readSettings(url, options.environment ?? process.env);
    const { address, patienceMillis } = settings;
    checkCertificates(settings);
    const fetchers = new FetcherPool(settings);
    const sender = new Sender(settings);
    try {
      const identity = await patiently({ address, ledgerId: null }, Math.min(patienceMillis, openPatienceMillis), () =>
        openTopics({ settings, fetchers, sender }, options.mustExist ?? false),
      );
      const ledger = new KafkaLedger(settings, identity, fetchers, sender);
      ledger.hearOf(await ledger.readings.ends());
      return ledger;
    } catch (error) {
      await Promise.all([fetchers.close(), sender.disconnect()]);
      throw error;
    }
  }

  async append(producer: ProducerId, firstSequence: number, events: readonly Uint8Array[]): Promise<AppendResult> {
    this.checkOpen();
    checkAppend(this.address, producer, firstSequence, events);
    const { stored, duplicates, partition, endOffset } = await this.appends.run(producer, firstSequence, events);
    this.knownEnds[partition] = Math.max(this.knownEnds[partition] ?? 0, endOffset);
    return { stored, duplicates, end: this.positionAt(this.knownEnds.with(partition, endOffset)) };
  }

  async lastSequences(producers: readonly ProducerId[]): Promise<ReadonlyMap<ProducerId, number>> {
    this.checkOpen();
    for (const producer of producers) {
      checkProducerId(this.address, producer);
    }
    const states = await patiently(this.ledger, this.patienceMillis, () =>
      this.fetchers.use((fetcher) => this.index.lookUp(fetcher, producers)),
    );
    return new Map(producers.map((producer) => [producer, states.get(producer)?.sequence ?? 0]));
  }

  read(from: Position, options: ReadOptions = {}): AsyncIterable<RecordedBatch> {
    return this.readings.read(from, options);
  }

  follow(from: Position, options: FollowOptions): AsyncIterable<RecordedBatch> {
    return this.readings.follow(from, options);
  }

  async end(): Promise<Position> {
    this.checkOpen();
    const ends = await this.readings.ends();
    this.hearOf(ends);
    return this.positionAt(ends);
  }

  /** How many records lie between the positions: events, and the few that were sent twice. */
  countBetween(from: Position, to: Position): Promise<number | null> {
    return new Promise((resolve) => {
      this.checkOpen();
      const [before, after] = [from, to].map((position) => this.parse(position));
      const counts = (after ?? []).map((offset, partition) => Math.max(0, offset - (before?.[partition] ?? 0)));
      resolve(counts.reduce((sum, count) => sum + count, 0));
    });
  }

  close(): Promise<void> {
    this.closing ??= this.finish();
    return this.closing;
  }

  private async finish(): Promise<void> {
    await this.appends.finish();
    await Promise.all([this.fetchers.close(), this.sender.disconnect()]);
  }

  private hearOf(ends: readonly number[]): void {
    ends.forEach((offset, partition) => {
      this.knownEnds[partition] = Math.max(this.knownEnds[partition] ?? 0, offset);
    });
  }

  private parse(position: Position): number[] {
    return parsePosition(this.address, this.ledger.ledgerId, this.ledger.partitionCount, position);
  }

  private positionAt(offsets: readonly number[]): Position {
    return formatPosition(this.ledger.ledgerId, offsets);
  }

  private checkOpen(): void {
    if (this.closing !== null) {
      throw closedError(this.address);
    }
  }
}
