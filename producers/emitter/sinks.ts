/** Where an emitter's events go: straight into a ledger as a producer of its own, or into the node's outbox. */
import { openLedger } from '../../ledger/openLedger';
import type { Ledger } from '../../ledger/port';
import { encodeDrafts, type EventDraft } from '../outbox/draft';
import { Outbox } from '../outbox/outbox';
import { uuidV7 } from '../outbox/uuidV7';

/** Stores drafts in order. */
export interface Sink {
  /** Resolves once they are durable. The same drafts may be handed in again after a failure. */
  append(drafts: readonly EventDraft[]): Promise<void>;
  close(): Promise<void>;
}

/** The sink that a setting means. @throws what opening a ledger throws */
export async function openSink(to: string | Ledger | Outbox): Promise<Sink> {
  if (to instanceof Outbox) {
    return {
      append: async (drafts) => {
        await to.append(drafts);
      },
      close: () => Promise.resolve(),
    };
  }
  const ledger = typeof to === 'string' ? await openLedger(to) : to;
  return new LedgerSink(ledger, ledger !== to);
}

/** One producer, alive as long as its process. */
class LedgerSink implements Sink {
  private readonly producer = uuidV7();
  private nextSequence = 1;

  constructor(
    private readonly ledger: Ledger,
    private readonly closesLedger: boolean,
  ) {}

  async append(drafts: readonly EventDraft[]): Promise<void> {
    const { producer, nextSequence } = this;
    await this.ledger.append(producer, nextSequence, encodeDrafts(drafts, producer, nextSequence));
    this.nextSequence = nextSequence + drafts.length;
  }

  async close(): Promise<void> {
    if (this.closesLedger) {
      await this.ledger.close();
    }
  }
}
