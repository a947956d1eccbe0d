/** A template in another system's notation for values. */
import type { DatasetType, DimensionType } from '../definition';
import { parsePlaceholders } from '../placeholders';

/** How another system writes what a template is made of. */
export interface Notation {
  readonly literal: (text: string) => string;
  /** @param padDigits digits to which an int is filled up with zeros; 0 for as many as it has */
  readonly value: (name: string, type: DimensionType, padDigits: number) => string;
}

/** A dataset type's template in a notation. */
export function inNotation(
  { template }: DatasetType,
  dimensions: ReadonlyMap<string, DimensionType>,
  { literal, value }: Notation,
): string {
  return parsePlaceholders(template)
    .map((piece) =>
      'literal' in piece
        ? literal(piece.literal)
        : value(
            piece.name,
            dimensions.get(piece.name) ?? (piece.name === 'attempt' ? 'int' : 'string'),
            piece.padDigits,
          ),
    )
    .join('');
}
