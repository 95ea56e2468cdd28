// Sets of seeds that are mostly whole ranges: which to run, and which are done.
import { InvalidArgumentError } from "commander";

/** Seeds `from` .. `to`, both included. */
export interface SeedRange {
  readonly from: number;
  readonly to: number;
}

/** Seeds are counted with doubles and written as decimals: beyond this they would not be exact. */
export const SEED_MAX = 999_999_999_999;

/** Reads "1..1000", or "7" for a single seed; throws InvalidArgumentError saying what is allowed. */
export function parseSeedRange(text: string): SeedRange {
  const match = /^(\d{1,12})(?:\.\.(\d{1,12}))?$/.exec(text);
  if (match === null) throw new InvalidArgumentError("Allowed: a range as 1..1000, or one seed; 12 digits at most.");
  const from = Number(match[1]);
  const to = Number(match[2] ?? match[1]);
  if (from > to) throw new InvalidArgumentError(`It ends before it begins. Allowed: ${to}..${from}.`);
  return { from, to };
}

/** A range as it is written. */
export function formatSeedRange({ from, to }: SeedRange): string {
  return from === to ? `${from}` : `${from}..${to}`;
}

/** A growing set of seeds, kept as ranges: a million seeds in any order of completion cost a few numbers. */
export class SeedSet {
  /** Ascending, apart by at least one seed. */
  readonly #ranges: SeedRange[] = [];

  constructor(ranges: Iterable<SeedRange> = []) {
    for (const range of ranges) this.#insert(range);
  }

  get ranges(): readonly SeedRange[] {
    return this.#ranges;
  }

  get size(): number {
    return this.#ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  }

  /** How many seeds of `range` are in the set. */
  countIn(range: SeedRange): number {
    const common = this.#ranges.map(({ from, to }) => Math.min(to, range.to) - Math.max(from, range.from) + 1);
    return common.reduce((sum, count) => sum + Math.max(0, count), 0);
  }

  has(seed: number): boolean {
    return this.#ranges.some(({ from, to }) => from <= seed && seed <= to);
  }

  add(seed: number): void {
    if (!this.has(seed)) this.#insert({ from: seed, to: seed });
  }

  /** As "1..500, 502". */
  toString(): string {
    return this.#ranges.map(formatSeedRange).join(", ");
  }

  /** Joins whatever touches the new range. */
  #insert({ from, to }: SeedRange): void {
    const first = this.#ranges.findIndex((range) => range.to >= from - 1);
    const at = first === -1 ? this.#ranges.length : first;
    const beyond = this.#ranges.findIndex((range) => range.from > to + 1);
    const end = beyond === -1 ? this.#ranges.length : beyond;
    const touched = this.#ranges.slice(at, end);
    const joined = {
      from: Math.min(from, ...touched.map((range) => range.from)),
      to: Math.max(to, ...touched.map((range) => range.to)),
    };
    this.#ranges.splice(at, touched.length, joined);
  }
}
