/** The golden examples of every published schema, for tests that start from real events. */
import { readSchemaFiles } from '../../scripts/generateEvents';
import { readGoldenExamples, type GoldenExample } from '../../scripts/goldenExamples';

/** Every golden example of every type and version. */
export function allGoldenExamples(): GoldenExample[] {
  return readSchemaFiles().flatMap((file) => readGoldenExamples(file.file.replace(/\.avsc$/, '')));
}
