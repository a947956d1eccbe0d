/** A ledger that stays open from one use to the next: opening one on Kafka takes a dozen requests. */
import type { Ledger } from '../../ledger/port';

/** See the file's head. */
export class KeptLedger {
  private opened: Promise<Ledger> | null = null;

  /** @param openLedger called when the ledger is first needed, and again after {@link letGo} */
  constructor(private readonly openLedger: () => Promise<Ledger>) {}

  /** The open ledger. @throws what opening it throws; the next call tries again */
  async get(): Promise<Ledger> {
    this.opened ??= this.openLedger();
    try {
      return await this.opened;
    } catch (error) {
      this.opened = null;
      throw error;
    }
  }

  /** Closes it where it is open; the next use opens it anew. @throws what closing it throws; it is let go of all the same */
  async letGo(): Promise<void> {
    const { opened } = this;
    this.opened = null;
    await (await opened)?.close();
  }
}

/** Lends a ledger that is closed when the work has ended, however it ends. */
export async function withKeptLedger<Result>(
  openLedger: () => Promise<Ledger>,
  work: (target: KeptLedger) => Promise<Result>,
): Promise<Result> {
  const target = new KeptLedger(openLedger);
  try {
    return await work(target);
  } finally {
    await target.letGo();
  }
}
