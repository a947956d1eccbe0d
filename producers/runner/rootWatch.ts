/** Whether what all jobs stand on is there: the root folder's file system, and the ledger. */
import { randomUUID } from 'node:crypto';
import { readFile, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { errorMessage } from '../../schemas/systemError';
import { siteMarkerName } from '../../pipelines/siteMarker';

/** A file system that has not answered after this time does not answer, milliseconds. */
const patienceMillis = 15_000;

/** Looks at a root folder, with never more than one question under way: a file system that hangs would take every thread. */
export class RootWatch {
  private asking: Promise<string | null> | null = null;

  /**
   * @param root absolute
   * @param site whose marker the root must have
   */
  constructor(
    private readonly root: string,
    private readonly site: string,
  ) {}

  /** What is wrong with the root; null where its marker reads. Never rejects. */
  problem(): Promise<string | null> {
    return this.patiently(() => this.markerProblem());
  }

  /** What is wrong with the root; null where a file can be written there and read back. Never rejects. */
  writingProblem(): Promise<string | null> {
    return this.patiently(async () => (await this.markerProblem()) ?? (await this.writeProblem()));
  }

  private async patiently(look: () => Promise<string | null>): Promise<string | null> {
    const underWay = this.asking;
    const asking = underWay ?? look().catch((error: unknown) => `${this.root}: ${errorMessage(error)}`);
    if (underWay === null) {
      this.asking = asking;
      void asking.then(() => {
        this.asking = null;
      });
    }
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => {
        resolve(`${this.root} does not answer`);
      }, patienceMillis);
    });
    const answer = await Promise.race([asking, late]);
    clearTimeout(timer);
    // An answer to somebody else's question may be to a smaller one.
    return underWay !== null && answer === null ? this.patiently(look) : answer;
  }

  private async markerProblem(): Promise<string | null> {
    const marker = path.join(this.root, siteMarkerName);
    const { site } = JSON.parse(await readFile(marker, 'utf8')) as { site?: unknown };
    return site === this.site ? null : `${marker} is not that of site ${this.site} any more`;
  }

  private async writeProblem(): Promise<string | null> {
    const probe = path.join(this.root, `${siteMarkerName}.probe-${randomUUID()}`);
    const content = randomUUID();
    await writeFile(probe, content, { flag: 'wx', flush: true });
    const read = await readFile(probe, 'utf8');
    await unlink(probe);
    return read === content ? null : `${probe} does not read as it was written`;
  }
}
