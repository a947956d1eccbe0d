/**
 * What this process knows of the producers it appends for, and the notes it leaves of them in the topic of producers:
 * at most one a second for each while it appends, one once it pauses, one when the ledger is closed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProducerId } from '../port';
import type { FetcherPool } from './fetcherPool';
import type { LedgerName } from './kafkaErrors';
import { patiently } from './patience';
import type { ProducerIndex, ProducerState } from './producerIndex';
import { encodeMarks, withMark, type ProducerMark } from './producerMarks';
import type { PlacedRecord, Sender, TopicRecords } from './sender';
import { producersTopic } from './fetcher';

/** What is needed to look producers up and to note them. */
export interface KnownProducersHost {
  readonly ledger: LedgerName & { readonly topic: string };
  readonly index: ProducerIndex;
  readonly fetchers: FetcherPool;
  readonly sender: Sender;
  readonly patienceMillis: number;
}

const mostKnown = 100_000;
const noteEveryMillis = 1_000;
const finishMillis = 5_000;

/** Finding a producer read so many records: noting where it ends spares the next one that. */
const worthNotingRecords = 10_000;

/** One producer as this process knows it. */
export class KnownProducer {
  readonly partition: number;
  /** Whether an append of this process has gone in with nobody else's before it. */
  isOurs = false;
  sequence: number;
  /** Below this offset nothing of the producer is unknown. */
  knownTo: number;
  marks: readonly ProducerMark[];
  notedSequence: number;
  notedAtMillis = performance.now();

  constructor(
    readonly producer: ProducerId,
    state: ProducerState,
  ) {
    this.partition = state.partition;
    this.sequence = state.sequence;
    this.knownTo = state.knownTo;
    this.marks = state.marks;
    this.notedSequence = state.recordsRead < worthNotingRecords ? state.sequence : -1;
  }

  /** Takes in that events up to a sequence are stored, the last of them just before an offset. */
  advance(sequence: number, offset: number): void {
    this.sequence = sequence;
    this.knownTo = offset;
    this.marks = withMark(this.marks, { sequence, offset });
  }

  /** The record of the topic of producers that tells what is known. */
  note(): PlacedRecord {
    this.notedSequence = this.sequence;
    this.notedAtMillis = performance.now();
    return { key: this.producer, value: encodeMarks(this.marks), partition: this.partition };
  }

  /** Whether a note is due while appends go on. */
  isNoteDue(): boolean {
    return this.hasNews() && performance.now() - this.notedAtMillis > noteEveryMillis;
  }

  /** Whether something is known that has not been noted. */
  hasNews(): boolean {
    return this.marks.length > 0 && this.notedSequence !== this.sequence;
  }
}

/** See the file's head. */
export class KnownProducers {
  private readonly known = new Map<ProducerId, KnownProducer>();
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly host: KnownProducersHost) {}

  /** Looks up those that are not known yet. @throws {LedgerError} */
  async load(producers: readonly ProducerId[]): Promise<void> {
    this.makeRoom(producers.length);
    const missing = producers.filter((producer) => !this.known.has(producer));
    if (missing.length > 0) {
      await this.lookUp(missing);
    }
  }

  /** A producer that has been loaded. */
  get(producer: ProducerId): KnownProducer {
    const known = this.known.get(producer);
    if (known === undefined) {
      throw new Error(`producer ${producer} was not loaded`);
    }
    return known;
  }

  /** Looks a producer up again. @throws {LedgerError} */
  async refresh(producer: ProducerId): Promise<KnownProducer> {
    await this.lookUp([producer]);
    return this.get(producer);
  }

  /** Forgets a producer: it is looked up again when it is needed. */
  forget(producer: ProducerId): void {
    this.known.delete(producer);
  }

  /** Sees to it that what has not been noted is noted soon. */
  noteSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      void this.noteAll();
    }, noteEveryMillis).unref();
  }

  /** Notes what has not been noted, for a moment at most: whoever needs a note that is missing reads on instead. */
  async finish(): Promise<void> {
    if (this.timer !== null) {
      clearTimeout(this.timer);
    }
    const done = new AbortController();
    await Promise.race([
      this.noteAll(),
      sleep(finishMillis, undefined, { signal: done.signal }).catch(() => undefined),
    ]);
    done.abort();
  }

  private async noteAll(): Promise<void> {
    const messages = [...this.known.values()].filter((known) => known.hasNews()).map((known) => known.note());
    if (messages.length > 0) {
      await this.host.sender.send([this.notes(messages)]).catch(() => undefined);
    }
  }

  /** Records for the topic of producers. */
  notes(messages: PlacedRecord[]): TopicRecords {
    return { topic: producersTopic(this.host.ledger.topic), messages };
  }

  private async lookUp(producers: readonly ProducerId[]): Promise<void> {
    const { fetchers, index, ledger, patienceMillis } = this.host;
    const states = await patiently(ledger, patienceMillis, () =>
      fetchers.use((fetcher) => index.lookUp(fetcher, producers)),
    );
    for (const [producer, state] of states) {
      this.known.set(producer, new KnownProducer(producer, state));
    }
    this.noteSoon();
  }

  private makeRoom(count: number): void {
    for (const producer of this.known.keys()) {
      if (this.known.size + count <= mostKnown) {
        return;
      }
      this.known.delete(producer);
    }
  }
}
