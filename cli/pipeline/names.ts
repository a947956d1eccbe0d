/** `tractledger pipeline names`. */
import { loadPipeline } from '../../pipelines/loadPipeline';
import { nameFormats, nameWarnings } from '../../pipelines/names/formatNames';
import type { CommonOptions } from '../commonOptions';
import { exitCodes } from '../exitCodes';
import { writeJson, writeOutput } from '../output/lines';
import { escapeControls } from '../output/terminal';

interface NamesOptions extends CommonOptions {
  readonly format: string;
}

/** Prints the templates in a format; what the other system would name differently goes to standard error. */
export async function printNames(file: string, { format, json }: NamesOptions): Promise<0> {
  const pipeline = loadPipeline(file);
  const warnings = nameWarnings(pipeline, format);
  const text = nameFormats[format]?.(pipeline.definition) ?? '';
  if (json === true) {
    await writeJson({ format, text, warnings });
  } else {
    warnings.forEach((warning) => {
      process.stderr.write(`tractledger: warning: ${escapeControls(warning)}\n`);
    });
    await writeOutput(text);
  }
  return exitCodes.done;
}
