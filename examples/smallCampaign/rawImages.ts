/** The raw images of the small campaign: background, noise and a few stars, the same in every run. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { deadCcd, rawFiles } from './jobs';

const size = 64;

/** Writes them under the root folder. */
export function writeRawImages(root: string): void {
  for (const { path: name, tract, visit, ccd } of rawFiles()) {
    const isDead = tract === deadCcd.tract && visit === deadCcd.visit && ccd === deadCcd.ccd;
    const random = seeded(tract * 1_000_003 + visit * 101 + ccd);
    const pixels = Buffer.alloc(2 * size * size);
    for (let pixel = 0; pixel < size * size && !isDead; pixel += 1) {
      pixels.writeUInt16BE(1000 + Math.floor(random() * 200), 2 * pixel);
    }
    for (let star = 0; star < 12 && !isDead; star += 1) {
      pixels.writeUInt16BE(5000 + Math.floor(random() * 50_000), 2 * Math.floor(random() * size * size));
    }
    mkdirSync(path.join(root, path.dirname(name)), { recursive: true });
    writeFileSync(
      path.join(root, name),
      Buffer.concat([Buffer.from(`P5 ${String(size)} ${String(size)} 65535\n`), pixels]),
    );
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
