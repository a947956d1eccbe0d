/** Chance that can be had again: moments to kill at and files to spoil, drawn from a seed that is printed. */
import { randomInt } from 'node:crypto';
import path from 'node:path';
import { Random, seedOf } from '../../producers/simulator/random';

const variable = 'TRACTLEDGER_TEST_SEED';

/**
 * What the tests of one file leave to chance. The seed is printed; with it in TRACTLEDGER_TEST_SEED the same is drawn
 * again, though what processes make of it still depends on the machine.
 */
export function chanceOf(testFile: string): Random {
  const name = path.basename(testFile);
  const seed = process.env[variable] ?? String(randomInt(2 ** 32));
  process.stderr.write(`${name} draws by ${variable}=${seed}\n`);
  return new Random(seedOf(seed, name));
}
