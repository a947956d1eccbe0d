/**
 * A looker process as its parent sees it: questions are answered in their order, and silence is borne no longer than
 * its patience.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { RootUnreachableError } from './errors';
import type { SiteRoot } from './checkFile';
import type { CheckLevel, ExpectedFile, FileFinding } from './fileCheck';
import { asExpected, plainFile, type Answer, type Question } from './lookerProtocol';
import type { FolderEntry } from './walkFolder';

/** The looker has said nothing for as long as it is waited for: the file system does not answer. */
export class LookerSilentError extends Error {
  override readonly name = 'LookerSilentError';
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** A process that is only being started is waited for at least so long: that the machine is busy says nothing of a root. */
const leastStartMillis = 60_000;

/** See the file's head. */
export class Looker {
  private readonly waiting: Waiting[] = [];
  private hasStarted = false;
  private timer: NodeJS.Timeout | null = null;

  private constructor(
    private readonly process: ChildProcess,
    private readonly folder: string,
    private readonly patienceMillis: number,
  ) {
    process.on('message', (answer: Answer) => {
      this.hear(answer);
    });
    process.once('exit', (code, signal) => {
      this.fail(
        new RootUnreachableError(folder, `the process that looks at ${folder} ended (${signal ?? String(code)})`),
      );
    });
    process.once('error', (error) => {
      this.fail(error);
    });
  }

  /**
   * Starts a looker for a root.
   * @param patienceMillis how long it may say nothing
   * @throws {RootUnreachableError} where the root has no marker that reads, or does not answer
   */
  static async start(folder: string, patienceMillis: number): Promise<{ looker: Looker; root: SiteRoot }> {
    const child = fork(require.resolve('./lookerProcess'), [], { env: process.env, serialization: 'json' });
    const looker = new Looker(child, folder, patienceMillis);
    try {
      const answer = await looker.ask({ ask: 'open', folder });
      if (answer.say === 'opened') {
        return { looker, root: answer.root };
      }
      throw looker.unexpected(answer);
    } catch (error) {
      looker.stop();
      throw error instanceof LookerSilentError ? new RootUnreachableError(folder, error.message) : error;
    }
  }

  /** @throws {RootUnreachableError}, and {@link LookerSilentError}, after which the looker is gone */
  async check(files: readonly ExpectedFile[], level: CheckLevel): Promise<readonly FileFinding[]> {
    const answer = await this.ask({ ask: 'check', files, level });
    if (answer.say === 'found') {
      return files.flatMap((file, place) => {
        const finding = answer.findings[place];
        return finding === undefined ? [] : [finding ?? asExpected(file)];
      });
    }
    throw this.unexpected(answer);
  }

  /** The next things below the root; none once all were told. @throws as {@link check} does */
  async walk(ignored: readonly string[]): Promise<{ entries: readonly FolderEntry[]; isEnd: boolean }> {
    const answer = await this.ask({ ask: 'walk', ignored });
    if (answer.say === 'walked') {
      const entries = answer.entries.map((entry) => (typeof entry === 'string' ? plainFile(entry) : entry));
      return { entries, isEnd: answer.isEnd };
    }
    throw this.unexpected(answer);
  }

  /** Ends the looker, or leaves it behind where it cannot end. */
  stop(): void {
    this.stopTimer();
    if (this.process.connected) {
      this.process.disconnect();
    }
    this.process.kill('SIGKILL');
    this.process.unref();
  }

  private ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (!this.process.connected) {
        reject(new RootUnreachableError(this.folder, `the process that looks at ${this.folder} has ended`));
        return;
      }
      this.waiting.push({ resolve, reject });
      if (this.timer === null) {
        this.startTimer();
      }
      this.process.send(question);
    });
  }

  private hear(answer: Answer): void {
    this.stopTimer();
    this.hasStarted = true;
    if (answer.say !== 'busy') {
      this.waiting.shift()?.resolve(answer);
    }
    if (this.waiting.length > 0) {
      this.startTimer();
    }
  }

  private fail(error: Error): void {
    this.stopTimer();
    for (const { reject } of this.waiting.splice(0)) {
      reject(error);
    }
  }

  private startTimer(): void {
    const millis = this.hasStarted ? this.patienceMillis : Math.max(this.patienceMillis, leastStartMillis);
    this.timer = setTimeout(() => {
      this.fail(new LookerSilentError(`${this.folder} has not answered for ${String(millis / 1000)} seconds`));
      this.stop();
    }, millis);
  }

  private stopTimer(): void {
    if (this.timer !== null) {
      clearTimeout(this.timer);
    }
    this.timer = null;
  }

  private unexpected(answer: Answer): Error {
    return new RootUnreachableError(
      this.folder,
      answer.say === 'failed' ? answer.problem : `expected no ${answer.say}`,
    );
  }
}
