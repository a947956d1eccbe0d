/** The definitions that come with this package. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { PipelineFileError } from './errors';

/**
 * The file of a definition by its name, e.g. `hsc-rc1`.
 * @throws {PipelineFileError} where this package lacks it
 */
export function shippedPipeline(name: string): string {
  // From dist/pipelines when installed, from pipelines/ in a checkout.
  const places = [__dirname, path.join(__dirname, '../../pipelines')].map((folder) =>
    path.join(folder, `${name}.yaml`),
  );
  const found = places.find((file) => existsSync(file));
  if (found === undefined) {
    throw new PipelineFileError(places[0] ?? name, 'is not there: install the package anew');
  }
  return found;
}
