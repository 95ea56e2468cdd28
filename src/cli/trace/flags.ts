// The flags that the commands on traces share.
import { InvalidArgumentError } from "commander";
import { listOf, type ValueParser } from "../flags.ts";

/** Accepts a time: seconds, or a number with its unit, s or ms. Gives ms. */
export const time: ValueParser<number> = (text) => {
  const match = /^(?<number>\d+(?:\.\d+)?|\.\d+)(?<unit>ms|s)?$/.exec(text);
  const { number, unit = "s" } = match?.groups ?? {};
  if (number === undefined)
    throw new InvalidArgumentError("Allowed: seconds, 0 or more, or a number with its unit: 12.5, 12.5s, 800ms.");
  return unit === "ms" ? Number(number) : Number(number) * 1000;
};

/** Accepts a term or a range of terms, both ends included. */
export const terms: ValueParser<{ readonly from: number; readonly to: number }> = (text) => {
  const match = /^(?<from>\d+)(?:\.\.(?<to>\d+))?$/.exec(text);
  const { from, to = from } = match?.groups ?? {};
  if (from === undefined || Number(to) < Number(from)) {
    throw new InvalidArgumentError("Allowed: a term, or two with .. between them: 5, 5..7.");
  }
  return { from: Number(from), to: Number(to) };
};

/** Accepts names of anything, separated by commas. */
export function names(words: string): ValueParser<readonly string[]> {
  return listOf({ pattern: /./, words });
}
