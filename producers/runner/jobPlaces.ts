/**
 * Places for jobs that run, shared by the attempts that run on a machine at once: of all jobs that are ready in any of
 * them the one with the most work waiting behind it goes first.
 */
import { OutageWatch } from './outage';

/**
 * What an attempt would start now: a job, by the seconds of its critical path; nothing, where none is ready; or nothing
 * because it is kept from it by what concerns all of them, as an outage.
 */
export type Wish = number | 'nothing' | 'kept';

/** An attempt that starts jobs. */
export interface PlaceUser {
  readonly wish: () => Wish;
  /** Called where it should look again at what it may start. */
  readonly wakeUp: () => void;
}

/** Some places, and what else those who share them have in common. */
export class JobPlaces {
  /** What all jobs stand on is the same, so an outage is everybody's. */
  readonly outage = new OutageWatch();
  private readonly shares = new Set<PlaceShare>();
  private readonly whenIdle = new Set<() => void>();
  private taken = 0;

  /** @param size how many jobs run at a time, at most */
  constructor(readonly size: number) {}

  /** The share of one more attempt. Where two wish for the same, the earlier goes first. */
  share(): PlaceShare {
    const share = new PlaceShare(this);
    this.shares.add(share);
    return share;
  }

  /** Resolves once there is a place that nobody has a job for, and nobody is kept from having one. */
  async idle(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.whenIdle.add(resolve);
      this.passOn();
    });
  }

  /** As {@link PlaceShare.take}. */
  take(share: PlaceShare): boolean {
    if (this.taken >= this.size || this.mostUrgent() !== share) {
      return false;
    }
    this.taken += 1;
    return true;
  }

  /** As {@link PlaceShare.giveBack}. */
  giveBack(): void {
    this.taken -= 1;
  }

  /** As {@link PlaceShare.leave}. */
  leave(share: PlaceShare): void {
    this.shares.delete(share);
    this.passOn();
  }

  /** As {@link PlaceShare.passOn}. */
  passOn(): void {
    if (this.taken >= this.size) {
      return;
    }
    const next = this.mostUrgent();
    if (next !== null) {
      next.wakeUp();
    } else if ([...this.shares].every((share) => share.wish() === 'nothing')) {
      this.whenIdle.forEach((resolve) => {
        resolve();
      });
      this.whenIdle.clear();
    }
  }

  private mostUrgent(): PlaceShare | null {
    let most: { readonly share: PlaceShare; readonly wish: number } | null = null;
    for (const share of this.shares) {
      const wish = share.wish();
      if (typeof wish === 'number' && (most === null || wish > most.wish)) {
        most = { share, wish };
      }
    }
    return most?.share ?? null;
  }
}

/** What one attempt has of the places. */
export class PlaceShare {
  private user: PlaceUser | null = null;

  constructor(readonly places: JobPlaces) {}

  /** From now on the attempt says itself what it wishes for. */
  begin(user: PlaceUser): void {
    this.user = user;
  }

  /** Before it has begun, an attempt is being prepared, and no other need take its place. */
  wish(): Wish {
    return this.user?.wish() ?? 'kept';
  }

  /** The attempt looks again at what it may start. */
  wakeUp(): void {
    this.user?.wakeUp();
  }

  /** Takes a place for the most urgent job of this attempt. False where none is free or another attempt goes first. */
  take(): boolean {
    return this.places.take(this);
  }

  /** A job has ended. */
  giveBack(): void {
    this.places.giveBack();
  }

  /** Called when all that may be started has been: what is left is for the others. */
  passOn(): void {
    this.places.passOn();
  }

  /** The attempt is over. */
  leave(): void {
    this.places.leave(this);
  }
}
