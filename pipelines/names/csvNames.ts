/** The templates as a table (CSV, RFC 4180) for whoever keeps another list of names. */
import type { Definition } from '../definition';
import { namedTypes } from '../perJobType';
import { csvField } from '../tables';

/** A row for each dataset type: name, role, dimensions and template as the definition has it. */
export function csvNames(definition: Definition): string {
  const rows = namedTypes(definition).map(({ name, role, dimensions, template }) =>
    [name, role, dimensions.join(' '), template].map(csvField).join(','),
  );
  return ['datasetType,role,dimensions,template', ...rows].map((row) => `${row}\r\n`).join('');
}
