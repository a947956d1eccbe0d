/**
 * The templates as a mapper policy of the Butler of the years of DMTR-51: below a section each dataset type with its
 * `template`, in Python's %-formatting, as in lsst/obs_subaru's policy/HscMapper.yaml. Types that obs_base declares need
 * no more than their template there.
 */
import { stringify } from 'yaml';
import type { Definition } from '../definition';
import { namedTypes } from '../perJobType';
import { inNotation, type Notation } from './templateNotation';

const notation: Notation = {
  literal: (text) => text.replaceAll('%', '%%'),
  value: (name, type, padDigits) =>
    `%(${name})${type === 'string' ? 's' : padDigits === 0 ? 'd' : `0${String(padDigits)}d`}`,
};

/** The policy as YAML. */
export function butlerPolicy(definition: Definition): string {
  const sections: Record<string, Record<string, { template: string }>> = {};
  for (const type of namedTypes(definition)) {
    const section = (sections[type.butlerSection] ??= {});
    section[type.name] = { template: inNotation(type, definition.dimensions, notation) };
  }
  return stringify(sections, { lineWidth: 0 });
}
