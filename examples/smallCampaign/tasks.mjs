/**
 * The programs of the small campaign: they read and write real images (16-bit PGM) and catalogues (CSV), small enough
 * to run in a moment. node tasks.mjs TASK VALUE VALUE VALUE OUTPUT... -- INPUT...
 *
 * They fail the ways real ones do: a node that is short of memory for a moment, a CCD without a single good pixel.
 */
import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Buffer } from 'node:buffer';
import { argv, env, exit, stderr } from 'node:process';

const size = 64;

const [task = '', ...rest] = argv.slice(2);
const values = rest.slice(0, 3);
const divider = rest.indexOf('--');
const outputs = rest.slice(3, divider);
const inputs = rest.slice(divider + 1);

failOnceIfTold();

if (task === 'processCcd') {
  processCcd();
} else if (task === 'makeCoaddTempExp') {
  makeCoaddTempExp();
} else if (task === 'assembleCoadd') {
  write(outputs[0], mean(inputs.map(readImage)));
} else {
  write(outputs[0], catalogue(readImage(inputs[0])));
}

/** Subtracts the background of a raw image and lists its sources. */
function processCcd() {
  const [tract, visit, ccd] = values;
  const raw = readImage(inputs[0]);
  const good = raw.filter((pixel) => pixel > 0);
  if (good.length === 0) {
    stderr.write('RuntimeError: All pixels masked. Cannot estimate background\n');
    exit(20);
  }
  const background = median(good);
  const image = raw.map((pixel) => Math.max(0, pixel - background));
  write(outputs[0], image);
  write(outputs[1], catalogue(image));
  report({ output: outputs[0], metadata: { tract, visit, ccd } });
}

/** Moves a visit's images onto a patch; writes nothing where the visit does not reach it. */
function makeCoaddTempExp() {
  if (values.join() === '9813,1236,4,5') {
    stderr.write('no overlap between visit and patch: nothing to write\n');
    return;
  }
  write(outputs[0], mean(inputs.map(readImage)));
}

/** The first try of a job for which a fault lies ready meets a node that is short of memory. */
function failOnceIfTold() {
  const fault = `faults/${[task, ...values].join('-')}`;
  if (existsSync(fault)) {
    rmSync(fault);
    stderr.write('MemoryError: Unable to allocate 1.91 GiB for an array with shape (16000, 16000)\n');
    exit(1);
  }
}

/** Tells the sidecar what it cannot see from outside. */
function report(line) {
  if (env.TRACTLEDGER_REPORT !== undefined) {
    appendFileSync(env.TRACTLEDGER_REPORT, `${JSON.stringify(line)}\n`);
  }
}

function mean(images) {
  return Array.from({ length: size * size }, (_, pixel) =>
    Math.round(images.reduce((sum, image) => sum + (image[pixel] ?? 0), 0) / Math.max(1, images.length)),
  );
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** Every pixel that stands out and is no less than its neighbours is a source. */
function catalogue(image) {
  const rows = image.flatMap((flux, pixel) => {
    const neighbours = [pixel - 1, pixel + 1, pixel - size, pixel + size].map((at) => image[at] ?? 0);
    return flux > 2000 && neighbours.every((other) => other <= flux)
      ? [`${String(pixel % size)},${String(Math.floor(pixel / size))},${String(flux)}`]
      : [];
  });
  return ['x,y,flux', ...rows].join('\n') + '\n';
}

function readImage(file) {
  const bytes = readFileSync(file);
  const pixels = bytes.subarray(bytes.length - 2 * size * size);
  return Array.from({ length: size * size }, (_, pixel) => pixels.readUInt16BE(2 * pixel));
}

/** Written under another name first, so that a killed job leaves no half file under the right one. */
function write(file, content) {
  const bytes = typeof content === 'string' ? content : image(content);
  writeFileSync(`${file}.writing`, bytes);
  renameSync(`${file}.writing`, file);
}

function image(pixels) {
  const bytes = Buffer.alloc(2 * size * size);
  pixels.forEach((pixel, index) => bytes.writeUInt16BE(Math.min(65535, pixel), 2 * index));
  return Buffer.concat([Buffer.from(`P5 ${String(size)} ${String(size)} 65535\n`), bytes]);
}
