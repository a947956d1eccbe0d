/** Events of two versions of one type lie in one ledger, and whoever reads it sees one shape. */
import path from 'node:path';
import { openLedger } from '../../ledger/openLedger';
import { decodeEvent, encodeEvent, eventFromJson, frame, readFingerprint, type FileProduced } from '../../schemas';
import { publishedSchemas } from '../../schemas/generated/schemas';
import { parseSchema } from '../../schemas/registry';
import { readGoldenJson } from '../../scripts/goldenExamples';
import { collect } from '../support/readLedger';
import { temporaryFolder } from '../support/temporaryFolder';

const producer = '4f9d1c52-3b7e-4a10-8d6c-9e2f0b7a5c31';
const versions = publishedSchemas.filter(({ name }) => name === 'FileProduced');

/** A file produced, with its sequence and as its producer's version of tractledger wrote it. */
function produced(sequence: number, version: number): Buffer {
  const json = readGoldenJson('FileProduced.2')[0] ?? {};
  const header = { ...(json['header'] as object), producer, sequence };
  const event = eventFromJson({ ...json, header, path: `CORR-${String(sequence)}.fits` }) as FileProduced;
  const schema = versions.find((candidate) => candidate.version === version);
  return schema === undefined ? Buffer.alloc(0) : frame(schema.fingerprint, parseSchema(schema.text).toBuffer(event));
}

describe('a ledger that holds files produced as version 1 and as version 2 wrote them', () => {
  const { folder, remove } = temporaryFolder();
  afterAll(remove);

  it('gives back the very bytes of each, and one shape of all', async () => {
    const written = [produced(1, 1), produced(2, 2), produced(3, 1), produced(4, 2)];
    const ledger = await openLedger(`sqlite:${path.join(folder, 'ledger.db')}`);
    await ledger.append(producer, 1, written.slice(0, 3));
    await ledger.append(producer, 4, written.slice(3));
    const batches = await collect(ledger.read(ledger.start));
    await ledger.close();

    const stored = batches.flatMap((batch) => [...batch.events]);
    expect(stored.map((bytes) => Buffer.from(bytes).toString('hex'))).toEqual(written.map((b) => b.toString('hex')));
    expect(new Set(stored.map(readFingerprint)).size).toBe(2);

    const events = stored.map((bytes) => decodeEvent(bytes) as FileProduced);
    const digest = expect.stringContaining('pixels:') as string;
    expect(events.map((event) => event.contentDigest)).toEqual([null, digest, null, digest]);
    expect(new Set(events.map((event) => Object.keys(event).join())).size).toBe(1);
    expect(events.map(({ path: name, metadata }) => [name, metadata['EXPTIME']])).toEqual(
      [1, 2, 3, 4].map((sequence) => [`CORR-${String(sequence)}.fits`, '30.0']),
    );
  });

  it('is written on by this version as version 2 only', () => {
    const again = encodeEvent(decodeEvent(produced(1, 1)));
    expect(readFingerprint(again)).toBe(versions.at(-1)?.fingerprint);
    expect(decodeEvent(again)).toMatchObject({ contentDigest: null });
  });
});
