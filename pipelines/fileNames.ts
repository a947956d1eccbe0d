/**
 * Logical paths from templates. Different data IDs always give different paths, whatever their values hold: characters
 * that a path cannot carry safely are percent-encoded as UTF-8 (RFC 3986, section 2.1), and so is the character that
 * ends a value where the next placeholder could not be told from it otherwise.
 */
import type { DataIdValue } from '../schemas';
import type { DatasetType, DimensionType } from './definition';
import { Paths, planNames, TemplateError, type Part, type PlanScope } from './paths';
import { parsePlaceholders, type Piece } from './placeholders';

export { plainValue, planNames, TemplateError, type PlanScope } from './paths';

/** Makes the paths of one dataset type. */
export interface FileNamer {
  /**
   * @param values the values of the dataset type's dimensions, in its order
   * @throws {TemplateError} where a path would have a name longer than a file system takes
   */
  path(values: readonly DataIdValue[], scope: PlanScope): string;
  /** Whether {@link FileNamer.path} could throw for these values; false is certain. */
  mayThrow(values: readonly DataIdValue[], scope: PlanScope): boolean;
  /** Whether the other namer could give a path of this one's; false is certain. */
  mayMeet(other: FileNamer): boolean;
  readonly shape: readonly NameShape[];
}

/** `NAME_MAX` of Linux (limits.h), bytes. */
const maxNameBytes = 255;

/**
 * A namer for a dataset type.
 * @param types the types of all dimensions
 * @throws {TemplateError} where the template leaves out a dimension or could give one path to two data IDs
 */
export function fileNamer(
  { template, dimensions }: Pick<DatasetType, 'template' | 'dimensions'>,
  types: ReadonlyMap<string, DimensionType>,
): FileNamer {
  const parts = partsOf(template, dimensions, types);
  separate(parts, dimensions);
  const shape = shapeOf(parts);
  const paths = new Paths(parts);
  return {
    path: (values, scope) => {
      const path = paths.next(values, scope);
      if (path.length > maxNameBytes / 3 && path.split('/').some((name) => Buffer.byteLength(name) > maxNameBytes)) {
        throw new TemplateError(
          `${JSON.stringify(template)} gives a file name of more than ${maxNameBytes} bytes: ${path.slice(0, 300)}`,
        );
      }
      return path;
    },
    mayThrow: (values, scope) => (paths.mostBytes(values, scope) ?? Infinity) > maxNameBytes,
    mayMeet: (other) => mayMeet(shape, other.shape),
    shape,
  };
}

/** What every value of a name between two slashes begins and ends with, and whether that is all of it. */
interface NameShape {
  readonly prefix: string;
  readonly suffix: string;
  readonly isLiteral: boolean;
}

function shapeOf(parts: readonly Part[]): NameShape[] {
  return namesBetweenSlashes(parts).map((name) => {
    const first = name[0];
    const last = name.at(-1);
    return {
      prefix: typeof first === 'string' ? first : '',
      suffix: typeof last === 'string' ? last : '',
      isLiteral: name.every((part) => typeof part === 'string'),
    };
  });
}

/** Whether two templates could give one path: not where their literals alone tell them apart. */
function mayMeet(one: readonly NameShape[], other: readonly NameShape[]): boolean {
  return (
    one.length === other.length &&
    one.every((name, index) => {
      const { prefix, suffix, isLiteral } = other[index] ?? name;
      return name.isLiteral && isLiteral
        ? name.prefix === prefix
        : (name.prefix.startsWith(prefix) || prefix.startsWith(name.prefix)) &&
            (name.suffix.endsWith(suffix) || suffix.endsWith(name.suffix));
    })
  );
}

function partsOf(template: string, dimensions: readonly string[], types: ReadonlyMap<string, DimensionType>): Part[] {
  const parts = parsePlaceholders(template).map((piece) => partOf(piece, dimensions, types));
  const literal = parts.map((part) => (typeof part === 'string' ? part : 'x')).join('');
  if (literal.split('/').some((name) => name === '' || name === '.' || name === '..')) {
    throw new TemplateError(`${JSON.stringify(template)} is no relative path: it has an empty name, . or .. in it`);
  }
  const missing = dimensions.filter((name) => !parts.some((part) => typeof part !== 'string' && part.name === name));
  if (missing.length > 0) {
    throw new TemplateError(
      `the template leaves out ${missing.map((name) => `{${name}}`).join(' and ')}, so several files would share a path`,
    );
  }
  return parts;
}

function partOf(piece: Piece, dimensions: readonly string[], types: ReadonlyMap<string, DimensionType>): Part {
  if ('literal' in piece) {
    // Encoded values are told by their percent signs, so the template has none of its own; the rest must be printable.
    if (/[%\p{C}]/u.test(piece.literal)) {
      throw new TemplateError(`a template holds neither % nor control characters: ${JSON.stringify(piece.literal)}`);
    }
    return piece.literal;
  }
  const { name, group, padDigits } = piece;
  const isPlanName = (planNames as readonly string[]).includes(name);
  if (group !== null || !(isPlanName || dimensions.includes(name))) {
    const known = [...dimensions, ...planNames].map((known) => `{${known}}`).join(', ');
    throw new TemplateError(`{${group === null ? '' : `${group}.`}${name}} is none of ${known}`);
  }
  const type = isPlanName ? (name === 'attempt' ? 'int' : 'string') : (types.get(name) ?? 'string');
  if (padDigits > 0 && type !== 'int') {
    throw new TemplateError(`{${name}:0${padDigits}} fills up a number with zeros, and ${name} is a string`);
  }
  return { name, padDigits, type, index: dimensions.indexOf(name), ender: '' };
}

/**
 * Finds for each place the character that must end its value, so that a path can be read back in one way only. A name
 * between two slashes with one unknown place is clear from its length alone; an int at the end of the unknown ones is
 * clear from its digits; any other place ends at the character after it, which its value is then not allowed to show.
 */
function separate(parts: Part[], dimensions: readonly string[]): void {
  const known = new Set<string>(planNames);
  const names = namesBetweenSlashes(parts);
  // Names with one unknown place first, again and again: each makes a place known elsewhere.
  for (let before = -1; known.size !== before;) {
    before = known.size;
    for (const name of names) {
      const unknown = new Set(
        name.flatMap((part) => (typeof part === 'string' || known.has(part.name) ? [] : [part.name])),
      );
      if (unknown.size === 1) {
        unknown.forEach((dimension) => known.add(dimension));
      }
    }
  }
  for (const name of names) {
    separateName(name, known);
  }
  if (dimensions.some((dimension) => !known.has(dimension))) {
    throw new TemplateError('the template could give one path to two data IDs');
  }
}

function separateName(name: readonly Part[], known: Set<string>): void {
  let unknown = name.flatMap((part, index) =>
    typeof part !== 'string' && !known.has(part.name)
      ? [{ part, before: name[index - 1], after: name[index + 1] }]
      : [],
  );
  for (let last = unknown.at(-1); last?.part.type === 'int' && unknown.length > 1; last = unknown.at(-1)) {
    if (typeof last.before !== 'string' || /[\p{L}\p{N}]$/u.test(last.before)) {
      break;
    }
    known.add(last.part.name);
    unknown = unknown.filter(({ part }) => !known.has(part.name));
  }
  unknown.forEach(({ part, after }, index) => {
    if (index < unknown.length - 1 && !known.has(part.name)) {
      if (typeof after !== 'string' || !/^[^\p{L}\p{N}]/u.test(after)) {
        throw new TemplateError(
          `nothing tells where the value of {${part.name}} ends: put a character that is no letter or digit behind it`,
        );
      }
      part.ender = String.fromCodePoint(after.codePointAt(0) ?? 0);
    }
    known.add(part.name);
  });
}

function namesBetweenSlashes(parts: readonly Part[]): Part[][] {
  const names: Part[][] = [[]];
  for (const part of parts) {
    if (typeof part !== 'string') {
      names.at(-1)?.push(part);
      continue;
    }
    part.split('/').forEach((text, index) => {
      if (index > 0) {
        names.push([]);
      }
      if (text !== '') {
        names.at(-1)?.push(text);
      }
    });
  }
  return names;
}
