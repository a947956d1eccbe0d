/** Work under way that a loop waits for: the loop sleeps until something has happened. */

/** Counts what is under way, wakes the loop, and keeps the first error for it. */
export class PendingWork {
  private pending = 0;
  private defect: Error | null = null;
  private wake: () => void = () => undefined;
  private isWoken = false;

  /** Whether nothing is under way. @throws what any of the work threw */
  get idle(): boolean {
    if (this.defect !== null) {
      throw this.defect;
    }
    return this.pending === 0;
  }

  /** Begins work that is not waited for here. */
  begin(work: () => Promise<void>): void {
    this.pending += 1;
    void work()
      .catch((error: unknown) => {
        this.defect ??= error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => {
        this.pending -= 1;
        this.wakeUp();
      });
  }

  /** Something has happened. */
  readonly wakeUp = (): void => {
    this.isWoken = true;
    this.wake();
  };

  /** Resolves once something has happened since it resolved last. */
  async woken(): Promise<void> {
    if (!this.isWoken) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    this.isWoken = false;
  }
}
