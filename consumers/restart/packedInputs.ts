/** What one execution was given, as the one text in which the database hands it over; see packedFiles.ts. */
import type { InputsGiven, PastInput } from './history';

/**
 * Gives the text, of the inputs that the caller's WHERE names, beside the execution's row `run`: two lists of the same
 * length, by path, the paths and whether each was read as far as is known. NULL where there is no input.
 */
export const packedInputsSql = `
  SELECT CASE WHEN count(*) > 0 THEN json_group_array(path) || char(10) || json_group_array(basis = run.inputs_basis) END
  FROM uses`;

/** See the file's head. */
export class PackedInputs implements InputsGiven {
  /** @param packed as {@link packedInputsSql} gives it */
  constructor(private readonly packed: string) {}

  get files(): readonly PastInput[] {
    const end = this.packed.indexOf('\n');
    const paths = JSON.parse(this.packed.slice(0, end)) as string[];
    const wasRead = JSON.parse(this.packed.slice(end)) as (number | null)[];
    return paths.map((path, place) => ({ path, wasRead: wasRead[place] === 1 }));
  }
}
