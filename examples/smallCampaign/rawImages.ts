/** The raw images of the small campaign: background, noise and a few stars, the same in every run. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const size = 64;

/** The CCD without a good pixel: its job fails for good. */
const deadCcd = '9813,1230,57';

/** Writes the image of every line of ccds.csv under the root folder. */
export function writeRawImages(root: string): void {
  const [, ...lines] = readFileSync(path.join(__dirname, 'ccds.csv'), 'utf8').trimEnd().split('\n');
  for (const line of lines) {
    const [tract = '', visit = '', ccd = ''] = line.split(',');
    const isDead = line === deadCcd;
    const random = seeded(Number(tract) * 1_000_003 + Number(visit) * 101 + Number(ccd));
    const pixels = Buffer.alloc(2 * size * size);
    for (let pixel = 0; pixel < size * size && !isDead; pixel += 1) {
      pixels.writeUInt16BE(1000 + Math.floor(random() * 200), 2 * pixel);
    }
    for (let star = 0; star < 12 && !isDead; star += 1) {
      pixels.writeUInt16BE(5000 + Math.floor(random() * 50_000), 2 * Math.floor(random() * size * size));
    }
    const file = path.join(root, 'raw', tract, `${visit}-${ccd}.pgm`);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, Buffer.concat([Buffer.from(`P5 ${String(size)} ${String(size)} 65535\n`), pixels]));
  }
}

/** Numbers from 0 to 1 by a linear congruential generator (Numerical Recipes' constants). */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
