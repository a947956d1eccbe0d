/**
 * The sidecar's way to the ledger. Its trouble is never the job's: nothing here throws. What the outbox cannot take is
 * kept in memory and tried again, at the end goes straight to the ledger, and what is lost all the same is said.
 */
import { errorMessage } from '../../schemas/systemError';
import { openLedger } from '../../ledger/openLedger';
import type { Ledger } from '../../ledger/port';
import { drainOutbox } from '../outbox/drainOutbox';
import { withKeptLedger, type KeptLedger } from '../outbox/keptLedger';
import { encodeDrafts, type EventDraft } from '../outbox/draft';
import type { LiveExecution } from '../outbox/liveExecution';
import { recordLostExecutions } from '../outbox/lostExecutions';
import { Outbox, type LiveChange } from '../outbox/outbox';
import { uuidV7 } from '../outbox/uuidV7';
import { withinTime } from '../outbox/withinTime';
import { pausedUntil } from './pausedUntil';

/** Where events go, and who hears of trouble. */
export interface RecorderOptions {
  readonly outboxFile: string;
  readonly ledgerUrl: string;
  /** How long the end may wait for the ledger, milliseconds. */
  readonly drainMillis: number;
  /** Whether to drain at all; `relay` can do it instead. */
  readonly drain: boolean;
  /** Told of trouble in one sentence. */
  readonly warn: (message: string) => void;
}

/** Events that belong into one append. */
interface Group {
  readonly drafts: readonly EventDraft[];
  readonly live: LiveChange;
}

/** How long a job may wait for other processes that write to the outbox, milliseconds. */
const lockTimeoutMillis = 30_000;
/** While a job runs its start is drained after this time, milliseconds; shorter jobs drain once, at their end. */
const firstDrainMillis = 1000;
/** Closing waits for what is under way, which may be a drain that takes too long. */
const longestCloseMillis = 1000;
/** The waits between tries to reach a ledger that is away while a job runs. */
const longestPauseMillis = 60_000;

/** Takes the events of one sidecar. */
export class Recorder {
  private outbox: Outbox | null = null;
  private waiting: Group[] = [];
  private storing: Promise<void> = Promise.resolve();
  private readonly warned = new Set<string>();

  private readonly openLedger = (): Promise<Ledger> => openLedger(this.options.ledgerUrl);

  constructor(private readonly options: RecorderOptions) {}

  /** Stores events durably, or keeps them for later. */
  async record(drafts: readonly EventDraft[], live: LiveChange = {}): Promise<void> {
    this.waiting.push({ drafts, live });
    await this.store();
  }

  /** Drains while the job runs, from a second after the call until the signal. A ledger that is away is tried again. */
  async drainMeanwhile(signal: AbortSignal): Promise<void> {
    if (!this.options.drain) {
      return;
    }
    for (
      let pause = firstDrainMillis;
      await pausedUntil(pause, signal);
      pause = Math.min(2 * pause, longestPauseMillis)
    ) {
      try {
        await this.store();
        if (await this.drain(signal)) {
          return;
        }
      } catch {
        // The drain at the end says what is wrong; until then there is nothing to tell anyone.
      }
    }
  }

  /** Drains again and again until the signal, and says once what keeps it from that: for a process that lives long. */
  async keepDraining(signal: AbortSignal, pauseMillis: number): Promise<void> {
    await withKeptLedger(this.openLedger, async (target) => {
      for (let pause = pauseMillis; await pausedUntil(pause, signal);) {
        try {
          await this.store();
          await this.drainInto(target, signal);
          pause = pauseMillis;
        } catch (error) {
          await target.letGo().catch(() => undefined); // it is in trouble already
          this.warn(`events wait in ${this.options.outboxFile}: ${errorMessage(error)}`);
          pause = Math.min(2 * pause, longestPauseMillis);
        }
      }
    });
  }

  /** The executions of this node whose end nobody has told; none where the outbox cannot be read, which is said. */
  async liveExecutions(): Promise<readonly LiveExecution[]> {
    try {
      await this.store();
      return (await this.outbox?.liveExecutions()) ?? [];
    } catch (error) {
      this.warn(`the outbox cannot be read: ${errorMessage(error)}`);
      return [];
    }
  }

  /** Tells the loss of executions that are certainly lost. @returns whether the end of this one is told by now */
  async tellLost(execution: string): Promise<boolean> {
    try {
      if (this.outbox !== null) {
        await recordLostExecutions(this.outbox);
      }
      return (await this.liveExecutions()).every((live) => live.execution !== execution);
    } catch (error) {
      this.warn(`executions that are lost could not be recorded: ${errorMessage(error)}`);
      return false;
    }
  }

  /**
   * Brings everything as far as it can be brought, and says how far that is. Call once, at the end.
   * @returns whether it is all where it was to go
   */
  async finish(): Promise<boolean> {
    await this.store();
    if (this.waiting.length > 0) {
      await this.within(() => this.sendDirectly());
    }
    let drained = !this.options.drain;
    if (this.options.drain && this.outbox !== null) {
      drained = await this.within((signal) => this.drain(signal));
      if (!drained) {
        this.warn(`events wait in ${this.options.outboxFile}; the next sidecar or "tractledger relay" brings them on`);
      }
    }
    if (this.outbox !== null) {
      await this.closeOutbox(this.outbox);
    }
    if (this.waiting.length > 0) {
      const types = this.waiting.flatMap(({ drafts }) => drafts.map(({ type }) => type));
      this.warn(`LOST, recorded nowhere: ${types.join(', ')}`);
    }
    return drained && this.waiting.length === 0;
  }

  /** Whoever closes it last tidies its log up, so that the next sidecar opens it sooner. */
  private async closeOutbox(outbox: Outbox): Promise<void> {
    await withinTime(longestCloseMillis, async () => {
      await outbox.close();
      return true;
    });
  }

  /** Moves what waits in memory into the outbox, one call after the other: nothing may be moved twice. */
  private store(): Promise<void> {
    this.storing = this.storing.then(() => this.storeNow());
    return this.storing;
  }

  private async storeNow(): Promise<void> {
    try {
      this.outbox ??= await Outbox.open(this.options.outboxFile, { lockTimeoutMillis });
    } catch (error) {
      this.warn(`the outbox cannot be opened: ${errorMessage(error)}`);
      return;
    }
    for (let group = this.waiting[0]; group !== undefined; group = this.waiting[0]) {
      try {
        await this.outbox.append(group.drafts, group.live);
        this.waiting.shift();
      } catch (error) {
        const encodable = this.encodable(group.drafts);
        if (encodable.length === group.drafts.length) {
          this.warn(`the outbox takes no events: ${errorMessage(error)}`);
          return;
        }
        this.waiting[0] = { ...group, drafts: encodable };
      }
    }
  }

  /** The drafts that can be events at all; the others are lost, each with a warning. */
  private encodable(drafts: readonly EventDraft[]): EventDraft[] {
    return drafts.filter((draft) => {
      try {
        encodeDrafts([draft], uuidV7(), 1);
        return true;
      } catch (error) {
        this.warn(`LOST, recorded nowhere: ${draft.type}: ${errorMessage(error)}`);
        return false;
      }
    });
  }

  private drain(signal: AbortSignal): Promise<boolean> {
    return withKeptLedger(this.openLedger, (target) => this.drainInto(target, signal));
  }

  private async drainInto(target: KeptLedger, signal: AbortSignal): Promise<boolean> {
    const { outbox } = this;
    if (outbox === null) {
      return true;
    }
    const onWarning = (message: string): void => {
      this.warn(message);
    };
    return drainOutbox(outbox, target, { signal, onWarning });
  }

  /** The last resort: straight into the ledger, as a producer of its own. */
  private async sendDirectly(): Promise<boolean> {
    const ledger = await this.openLedger();
    try {
      const producer = uuidV7();
      const drafts = this.waiting.flatMap((group) => group.drafts);
      await ledger.append(producer, 1, encodeDrafts(drafts, producer, 1));
      this.waiting = [];
      return true;
    } finally {
      await ledger.close();
    }
  }

  /** Runs work for the time that the end may take. @returns false where it failed or took longer, which is said */
  private async within(work: (signal: AbortSignal) => Promise<boolean>): Promise<boolean> {
    const result = await withinTime(this.options.drainMillis, work);
    if (!result.done) {
      this.warn(result.reason);
    }
    return result.done;
  }

  private warn(message: string): void {
    if (!this.warned.has(message)) {
      this.warned.add(message);
      this.options.warn(message);
    }
  }
}
