/** `exec`: the sidecar. Its module tree is kept small: it stands in front of every job. */
import { writeSync } from 'node:fs';
import { exec } from '../../producers/sidecar/exec';
import { dieOfSignal } from '../../producers/sidecar/signals';

/** Runs the job; the process then ends as the job did, and at once, whatever is still under way. */
export async function run(argv: readonly string[]): Promise<never> {
  const end = await exec(argv, process.env, (text) => writeSync(1, text));
  if ('signal' in end) {
    return dieOfSignal(end.signal);
  }
  process.exit(end.exitCode);
}
