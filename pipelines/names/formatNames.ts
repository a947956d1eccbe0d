/** File names for other systems, all from the one definition, so that they cannot disagree. */
import type { Definition } from '../definition';
import type { Pipeline } from '../loadPipeline';
import { plainValue } from '../fileNames';
import { butlerPolicy } from './butlerPolicy';
import { csvNames } from './csvNames';
import { wclNames } from './wcl';

/** The formats, by the name they are asked for by. */
export const nameFormats: Readonly<Record<string, (definition: Definition) => string>> = {
  'butler-policy': butlerPolicy,
  wcl: wclNames,
  csv: csvNames,
};

/** Told of each format at most. */
const maxWarnings = 10;

/**
 * What another system would name differently: it puts values into names as they are, where a template here encodes them.
 * WCL also takes a value with a comma or in parentheses for a list, and what follows a # for a comment.
 */
export function nameWarnings({ definition, tables }: Pipeline, format: string): string[] {
  const unsafe = new Set<string>();
  for (const { columns, rows } of tables.values()) {
    for (const row of rows) {
      row.forEach((value, place) => {
        const text = String(value);
        if (!plainValue.test(text) || (format === 'wcl' && text.includes(','))) {
          unsafe.add(`${columns[place] ?? ''}=${JSON.stringify(value)}`);
        }
      });
    }
  }
  const values = [...unsafe].slice(0, maxWarnings).join(', ');
  const more = unsafe.size > maxWarnings ? ` and ${String(unsafe.size - maxWarnings)} more` : '';
  const comments =
    format !== 'wcl' ? [] : [...definition.datasetTypes.values()].filter(({ template }) => /[#$\\]/.test(template));
  return [
    ...(unsafe.size === 0 || format === 'csv'
      ? []
      : [`values that the other system would read or write otherwise: ${values}${more}`]),
    ...comments.map(({ name }) => `the template of ${name} holds #, $ or \\, which WCL reads as its own`),
  ];
}
