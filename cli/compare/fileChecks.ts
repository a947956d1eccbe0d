/** What a comparison found, as FileChecked events. */
import type { LedgerFile } from '../../consumers/compare/ledgerFiles';
import type { FileFinding } from '../../consumers/files/fileCheck';
import { createEmitter, type Emitter } from '../../producers/emitter/emitter';
import { operatorName, type FactOptions } from '../operatorFacts';

/** See the file's head. */
export class FileChecks {
  private constructor(
    private readonly emitter: Emitter,
    private readonly site: string,
    private readonly checkedBy: string,
  ) {}

  /** @throws what opening the ledger throws */
  static async open(options: FactOptions, campaign: string, site: string): Promise<FileChecks> {
    const emitter = await createEmitter({ to: options.ledger, campaign });
    return new FileChecks(emitter, site, operatorName(options));
  }

  /** One file that was looked at. What was purged is none: that it is gone is no news. */
  async add(file: LedgerFile, { result }: FileFinding): Promise<void> {
    if (file.role === 'purged') {
      return;
    }
    const { path, execution, unit, attempt } = file;
    const { site, checkedBy } = this;
    await this.emitter.emit({
      type: 'FileChecked',
      header: { unit, attempt },
      path,
      execution,
      site,
      result,
      checkedBy,
    });
  }

  /** Resolves once all is durable. @throws {EmitterFailedError} where it is not */
  async close(): Promise<void> {
    await this.emitter.close();
  }
}
