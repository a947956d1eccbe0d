/** `tractledger pipeline check`. */
import { checkPlans } from '../../pipelines/checkPlan';
import { PipelineError, problemText, type Problem } from '../../pipelines/errors';
import { loadPipeline, type Pipeline } from '../../pipelines/loadPipeline';
import type { CommonOptions } from '../commonOptions';
import { exitCodes, type ExitCode } from '../exitCodes';
import { writeJson, writeOutput } from '../output/lines';
import { escapeControls } from '../output/terminal';
import { formatCounted } from '../output/units';

/** The options of the subcommands that plan units. */
export interface UnitOptions extends CommonOptions {
  readonly unit?: readonly string[];
}

/** A problem as `--json` prints it. */
interface ShownProblem extends Problem {
  readonly unit: string | null;
}

/** Prints every problem of a definition; 1 where there is one. */
export async function checkDefinition(file: string, { unit, json }: UnitOptions): Promise<ExitCode> {
  const { pipeline, problems } = check(file, unit);
  if (json === true) {
    const { definition, digest } = pipeline ?? {};
    await writeJson({ file, pipeline: definition?.pipeline ?? null, digest: digest ?? null, problems });
  } else {
    const lines = problems.map((problem) => `${problemText(problem)}\n`);
    await writeOutput(
      problems.length === 0
        ? `${file}: no problem\n`
        : `${lines.map((line) => `${escapeControls(line.trimEnd())}\n`).join('')}${formatCounted(problems.length, 'problem')}\n`,
    );
  }
  return problems.length === 0 ? exitCodes.done : exitCodes.checkFailed;
}

function check(
  file: string,
  units: readonly string[] | undefined,
): { pipeline: Pipeline | null; problems: readonly ShownProblem[] } {
  try {
    const pipeline = loadPipeline(file);
    const problems = checkPlans(pipeline, units).map(({ unit, message }) => ({
      file,
      line: null,
      message: `${unit === '' ? '' : `unit ${unit}: `}${message}`,
      unit: unit === '' ? null : unit,
    }));
    return { pipeline, problems };
  } catch (error) {
    if (error instanceof PipelineError) {
      return { pipeline: null, problems: error.problems.map((problem) => ({ ...problem, unit: null })) };
    }
    throw error;
  }
}
