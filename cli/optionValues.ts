/** Values of options, checked as they are read. */
import { InvalidArgumentError } from 'commander';
import { isUuid } from '../schemas/uuid';

/** 1, 2, 3 … @throws {InvalidArgumentError} which the parser reports as wrong use */
export function naturalNumber(text: string): number {
  const number = Number(text);
  if (!/^[1-9]\d*$/.test(text) || !Number.isSafeInteger(number)) {
    throw new InvalidArgumentError('Expected 1, 2, 3 …');
  }
  return number;
}

/** A UUID in canonical form. @throws {InvalidArgumentError} which the parser reports as wrong use */
export function uuid(text: string): string {
  const canonical = text.toLowerCase();
  if (!isUuid(canonical)) {
    throw new InvalidArgumentError('It is no UUID.');
  }
  return canonical;
}

/** A time in seconds, above zero. @throws {InvalidArgumentError} which the parser reports as wrong use */
export function positiveSeconds(text: string): number {
  const number = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || !(number > 0)) {
    throw new InvalidArgumentError('Expected a number of seconds above zero.');
  }
  return number;
}
