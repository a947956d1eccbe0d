/** Draws that add up: amounts of whole units whose sum, or greatest, is exactly what was asked for. */
import type { Random } from './random';

/**
 * As many whole numbers, none below zero, with the given sum.
 * @param spread how far they lie apart, as {@link Random.factor} has it
 */
export function drawWithSum(count: number, sum: number, spread: number, random: Random): Float64Array {
  const amounts = new Float64Array(count);
  let drawn = 0;
  for (let index = 0; index < count; index += 1) {
    const factor = random.factor(spread);
    amounts[index] = factor;
    drawn += factor;
  }
  let left = sum;
  for (let index = 0; index < count; index += 1) {
    const amount = Math.floor(((amounts[index] ?? 0) / drawn) * sum);
    amounts[index] = amount;
    left -= amount;
  }
  // What rounding down has left is less than one for each, so everyone gets at most one more.
  for (let index = 0; left > 0; index = (index + 1) % count) {
    amounts[index] = (amounts[index] ?? 0) + 1;
    left -= 1;
  }
  return amounts;
}

/** As many whole numbers of which one is the given greatest and the others lie below it. */
export function drawWithMaximum(count: number, greatest: number, random: Random): Float64Array {
  const amounts = new Float64Array(count);
  for (let index = 0; index < count; index += 1) {
    amounts[index] = Math.floor(greatest * (0.45 + 0.5 * random.fraction()));
  }
  if (count > 0) {
    amounts[random.below(count)] = greatest;
  }
  return amounts;
}
