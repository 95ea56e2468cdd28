// Random amounts from basic arithmetic only: Math.log and its kin may differ in the last digit from one engine to the next, and one
// digit changes a run.
import type { Prng } from "../base/index.ts";

const LN2 = Math.LN2;

/** An amount between `from` and `to` of which every doubling is about equally likely. Both above 0. */
export function logUniform(prng: Prng, { from, to }: { from: number; to: number }): number {
  let octaves = 0;
  let top = from;
  while (top < to) {
    top *= 2;
    octaves++;
  }
  const place = prng.float() * octaves;
  const whole = Math.floor(place);
  let amount = from;
  for (let octave = 0; octave < whole; octave++) amount *= 2;
  return Math.min(to, amount * (1 + place - whole));
}

/** A waiting time with this mean that does not remember how long it has waited, so that some events come in bursts. */
export function exponential(prng: Prng, mean: number): number {
  return -naturalLogarithm(1 - prng.float()) * mean;
}

/** A delay around `typical` with a heavy tail: one in a hundred takes about twenty times as long. */
export function heavyTailed(prng: Prng, typical: number): number {
  const usual = typical * (prng.float() + prng.float() * prng.float() * 2);
  return prng.chance(0.01) ? usual * 20 : usual;
}

/** ln(x) for 0 < x <= 1, by halving the exponent away and the series of artanh. */
function naturalLogarithm(x: number): number {
  let mantissa = x;
  let halvings = 0;
  while (mantissa < 0.5) {
    mantissa *= 2;
    halvings++;
  }
  const ratio = (mantissa - 1) / (mantissa + 1);
  const square = ratio * ratio;
  let power = ratio;
  let sum = 0;
  for (let odd = 1; odd < 24; odd += 2) {
    sum += power / odd;
    power *= square;
  }
  return 2 * sum - halvings * LN2;
}
