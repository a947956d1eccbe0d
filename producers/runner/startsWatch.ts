/** What people say while an attempt runs: holds on starting jobs, and vetoes of data, as the ledger tells them. */
import { errorMessage } from '../../schemas/systemError';
import type { Ledger, Position, RecordedBatch } from '../../ledger/port';
import type { PlanScope } from '../../pipelines/fileNames';
import type { PlannedJob } from '../../pipelines/plan';
import { decodeEvent, UnknownSchemaError, type DataId, type DataIdVetoed, type StartsHeld } from '../../schemas';
import { mayBeOfType } from '../../schemas/mayBeOfType';
import { pausedUntil } from '../sidecar/pausedUntil';

/** The wait before a ledger that is away is followed again, milliseconds. */
const pauseMillis = 2000;

const isWanted = mayBeOfType(['StartsHeld', 'StartsReleased', 'DataIdVetoed', 'VetoLifted']);

/** Holds and vetoes of one attempt. */
export class StartsWatch {
  private readonly holds = new Map<string, StartsHeld>();
  private readonly released = new Set<string>();
  private readonly vetoes = new Map<string, DataIdVetoed & { readonly values: DataId }>();
  private readonly lifted = new Set<string>();

  /**
   * @param host this machine, as holds name it
   * @param onChange called after a hold or a veto, or the end of one
   */
  constructor(
    private readonly scope: PlanScope,
    private readonly host: string,
    private readonly onChange: () => void = () => undefined,
  ) {}

  /** Takes in what the ledger holds by now. @returns the position to follow from @throws what reading throws */
  async catchUp(ledger: Ledger): Promise<Position> {
    let position = ledger.start;
    for await (const batch of ledger.read(position)) {
      this.take(batch);
      ({ position } = batch);
    }
    return position;
  }

  /**
   * Follows the ledger until the signal; one that is away is tried again.
   * @param onTrouble told when it goes away, and not again before something was read
   */
  async follow(
    ledger: Ledger,
    from: Position,
    signal: AbortSignal,
    onTrouble: (message: string) => void,
  ): Promise<void> {
    let position = from;
    let isAway = false;
    do {
      try {
        for await (const batch of ledger.follow(position, { signal })) {
          isAway = false;
          this.take(batch);
          ({ position } = batch);
        }
      } catch (error) {
        if (!isAway) {
          onTrouble(`holds and vetoes are not heard of for now: ${errorMessage(error)}`);
        }
        isAway = true;
      }
    } while (await pausedUntil(pauseMillis, signal));
  }

  /** The hold that keeps jobs from starting here; null where there is none. */
  heldBy(): StartsHeld | null {
    return [...this.holds.values()].find(({ hold }) => !this.released.has(hold)) ?? null;
  }

  /** Whether a veto in force concerns the job. */
  isVetoed({ task, dataId }: PlannedJob): boolean {
    if (this.vetoes.size === 0 || dataId === null) {
      return false;
    }
    const own = JSON.parse(dataId) as DataId;
    return [...this.vetoes.values()].some(
      (veto) =>
        !this.lifted.has(veto.veto) &&
        (veto.task === null || veto.task === task.name) &&
        Object.entries(veto.values).every(([dimension, value]) => own[dimension] === value),
    );
  }

  private take({ events }: RecordedBatch): void {
    for (const bytes of events) {
      if (isWanted(bytes)) {
        this.takeEvent(bytes);
      }
    }
  }

  private takeEvent(bytes: Uint8Array): void {
    const event = decodedIfKnown(bytes);
    if (event === null || !this.concerns(event.header)) {
      return;
    }
    switch (event.type) {
      case 'StartsHeld':
        if (event.host === null || event.host === this.host) {
          this.holds.set(event.hold, event);
        }
        break;
      case 'StartsReleased':
        this.released.add(event.hold);
        break;
      case 'DataIdVetoed':
        this.vetoes.set(event.veto, { ...event, values: JSON.parse(event.dataId) as DataId });
        break;
      case 'VetoLifted':
        this.lifted.add(event.veto);
        break;
      default:
        return;
    }
    this.onChange();
  }

  private concerns(header: {
    readonly campaign: string;
    readonly unit: string | null;
    readonly attempt: number | null;
  }) {
    const { campaign, unit, attempt } = this.scope;
    return (
      header.campaign === campaign &&
      (header.unit === null || header.unit === unit) &&
      (header.attempt === null || header.attempt === attempt)
    );
  }
}

/** Types of a newer version are none of these. */
function decodedIfKnown(bytes: Uint8Array): ReturnType<typeof decodeEvent> | null {
  try {
    return decodeEvent(bytes);
  } catch (error) {
    if (error instanceof UnknownSchemaError) {
      return null;
    }
    throw error;
  }
}
