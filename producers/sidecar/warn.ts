/** The sidecar's words to a person: one line on standard error, beside the job's own. */
import { writeSync } from 'node:fs';
import { redactText } from '../../schemas/redaction';

/**
 * Says something. Not through process.stderr, which would make the description that the job shares non-blocking; a
 * standard error that is closed or full is no reason to fail.
 */
export function warn(message: string): void {
  try {
    writeSync(2, `tractledger: ${redactText(message)}\n`);
  } catch {
    // Nobody can be told.
  }
}
