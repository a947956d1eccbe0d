/**
 * The paths that a template's parts give. Characters that a path cannot carry safely are percent-encoded as UTF-8 (RFC
 * 3986, section 2.1).
 */
import type { DataIdValue } from '../schemas';
import type { DimensionType } from './definition';
import { valueText } from './placeholders';

/** What every template may name beside its dimensions; they are the same for a whole plan. */
export const planNames = ['campaign', 'unit', 'attempt'] as const;

/** The campaign, unit and attempt that a plan is for. */
export interface PlanScope {
  readonly campaign: string;
  readonly unit: string;
  /** From 1. */
  readonly attempt: number;
}

/** A template that cannot name files; the message says what was expected. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

interface Named {
  readonly name: string;
  readonly padDigits: number;
  readonly type: DimensionType;
}

/** A placeholder, and the character that its value must not show because it ends it; empty where nothing need be kept out. */
export interface Place extends Named {
  /** Where its value stands in a row of the dataset type; -1 for campaign, unit and attempt. */
  readonly index: number;
  ender: string;
}

/** A literal text, or a placeholder. */
export type Part = string | Place;

/** Makes one path after another. Rows mostly come sorted, so what stands before the first new value is kept. */
export class Paths {
  private readonly places: Place[] = [];
  /** The literal text behind each place. */
  private readonly behind: string[] = [];
  private readonly lastValues: (DataIdValue | null)[];
  /** The last path up to each place; at the end all of it. */
  private readonly upTo: string[];
  /** Those whose values are texts. */
  private readonly textPlaces: readonly Place[];
  /** What a path has beside its texts, at the most. */
  private readonly otherBytes: number;

  constructor(parts: readonly Part[]) {
    let head = '';
    for (const part of parts) {
      if (typeof part !== 'string') {
        this.places.push(part);
        this.behind.push('');
      } else if (this.places.length === 0) {
        head += part;
      } else {
        this.behind.push((this.behind.pop() ?? '') + part);
      }
    }
    this.lastValues = this.places.map(() => null);
    this.upTo = [head, ...this.behind];
    this.textPlaces = this.places.filter(({ type }) => type !== 'int');
    this.otherBytes = this.places
      .filter(({ type }) => type === 'int')
      .reduce((sum, { padDigits }) => sum + Math.max(mostDigits, padDigits) + 1, Buffer.byteLength(this.upTo.join('')));
  }

  /**
   * How long the next path is at the most, in bytes; null where only making it tells, and whether it can be made. Told
   * sooner than the path is made, which of most files nobody asks for.
   */
  mostBytes(values: readonly DataIdValue[], scope: PlanScope): number | null {
    let bytes = this.otherBytes;
    for (const place of this.textPlaces) {
      const text = String(valueOf(place, values, scope));
      if (!plainValue.test(text)) {
        return null;
      }
      bytes += 3 * text.length; // where each character is the place's ender
    }
    return bytes;
  }

  next(values: readonly DataIdValue[], scope: PlanScope): string {
    const { places, behind, lastValues, upTo } = this;
    let isNew = false;
    for (let at = 0; at < places.length; at += 1) {
      const place = places[at];
      if (place === undefined) {
        continue;
      }
      const value = valueOf(place, values, scope);
      if (isNew || value !== lastValues[at]) {
        isNew = true;
        lastValues[at] = null; // should it have no text, the next path begins anew from here
        upTo[at + 1] = (upTo[at] ?? '') + encoded(place, value) + (behind[at] ?? '');
        lastValues[at] = value;
      }
    }
    return upTo[places.length] ?? '';
  }
}

/** Digits of the largest integer that a data ID holds, 2^53 - 1. */
const mostDigits = 16;

function valueOf({ index, name }: Place, values: readonly DataIdValue[], scope: PlanScope): DataIdValue {
  return values[index] ?? scope[name as (typeof planNames)[number]];
}

/** A value of such characters stands in a path as it is, unless it holds the character that must end it. */
export const plainValue = /^[A-Za-z0-9_,+=@:][A-Za-z0-9._,+=@:-]*$/;

function encoded({ padDigits, ender }: Place, value: DataIdValue): string {
  const text = valueText(value, padDigits);
  if (plainValue.test(text) && (ender === '' || !text.includes(ender))) {
    return text;
  }
  if (text === '') {
    return '%'; // which no other value gives: elsewhere two digits follow
  }
  return Array.from(text, (character, index) => {
    const isPlain = plainValue.test(index === 0 ? character : `x${character}`) && character !== ender;
    return isPlain ? character : percent(character);
  }).join('');
}

function percent(character: string): string {
  const bytes = Buffer.from(character, 'utf8');
  if (bytes.toString('utf8') !== character) {
    throw new TemplateError('a value holds half of a surrogate pair, which is no text');
  }
  return Array.from(bytes, (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}
