// Values that come from the command line: the parsers of flag values and the error that tells a user what to correct.
import { existsSync, statSync } from "node:fs";
import { InvalidArgumentError } from "commander";

/**
 * A mistake of the user, in a flag, a value or a config. The message is one line: what is wrong, where, and what is allowed.
 * `main` prints it without a stack trace and exits with status 2.
 */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Makes the value of a flag or an argument from its text; throws InvalidArgumentError saying what is allowed. */
export type ValueParser<T> = (text: string) => T;

/** Accepts decimal integers in `from` .. `to`, both included. */
export function integer({ from, to }: { readonly from: number; readonly to: number }): ValueParser<number> {
  return (text) => {
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || value < from || value > to) {
      throw new InvalidArgumentError(`Allowed: an integer from ${from} to ${to}.`);
    }
    return value;
  };
}

/** Accepts the path of a file that exists. */
export function existingFile(text: string): string {
  if (!existsSync(text)) throw new InvalidArgumentError("Allowed: a file that exists.");
  if (statSync(text).isDirectory()) throw new InvalidArgumentError("Allowed: a file; this is a directory.");
  return text;
}

/** Accepts a comma-separated list without empty or repeated elements; each element must match `pattern`, which `words` describe. */
export function listOf({
  pattern,
  words,
}: {
  readonly pattern: RegExp;
  readonly words: string;
}): ValueParser<readonly string[]> {
  return (text) => {
    const elements = text.split(",");
    const wrong = elements.find(
      (element, position) => !pattern.test(element) || elements.indexOf(element) !== position,
    );
    if (wrong === undefined) return elements;
    throw new InvalidArgumentError(`"${wrong}" is wrong or repeated. Allowed: ${words}, separated by commas.`);
  };
}

/** The words of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
