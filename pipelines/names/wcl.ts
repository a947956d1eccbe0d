/**
 * The templates as the naming sections of a DESDM workflow file, in the Workflow Control Language: `filename_pattern` has
 * the file's name and `directory_pattern` its folder, with `${name}` for a value and `${name:7}` for a number filled up
 * with zeros (DarkEnergySurvey/IntegrationUtils, python/intgutils/wcl.py and replace_funcs.py; section names as in
 * ProcessingFW's pfwdefs).
 */
import type { Definition } from '../definition';
import { namedTypes } from '../perJobType';
import { inNotation, type Notation } from './templateNotation';

const notation: Notation = {
  literal: (text) => text,
  value: (name, _type, padDigits) => `\${${name}${padDigits === 0 ? '' : `:${String(padDigits)}`}}`,
};

/** The sections as text. */
export function wclNames(definition: Definition): string {
  const patterns = namedTypes(definition).map((type) => {
    const path = inNotation(type, definition.dimensions, notation);
    const slash = path.lastIndexOf('/');
    return { name: type.name, folder: path.slice(0, Math.max(0, slash)), file: path.slice(slash + 1) };
  });
  const lines = [
    '<directory_pattern>',
    ...patterns.flatMap(({ name, folder }) => [`    <${name}>`, `        ops = ${folder}`, `    </${name}>`]),
    '</directory_pattern>',
    '<filename_pattern>',
    ...patterns.map(({ name, file }) => `    ${name} = ${file}`),
    '</filename_pattern>',
  ];
  return `${lines.join('\n')}\n`;
}
