// A small seeded generator (sfc32, Chris Doty-Humphrey's PractRand): the only source of randomness that pure code may use.

/**
 * A seeded pseudo-random generator. Equal seeds give equal sequences on every machine and Node version.
 * Not for cryptography.
 */
export class Prng {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** `seed` is a number or a text; texts make independent streams, for example `${seed}/link/0000/0001`. */
  constructor(seed: number | string) {
    const text = String(seed);
    this.#a = fnv1a(text, 0x811c9dc5);
    this.#b = fnv1a(text, 0x9e3779b9);
    this.#c = fnv1a(text, 0x85ebca6b);
    for (let round = 0; round < 12; round++) this.uint32();
  }

  /** An integer in 0 .. 2^32 - 1. */
  uint32(): number {
    const result = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return result >>> 0;
  }

  /** A float in [0, 1) with 53 bits. */
  float(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** An integer in `from` .. `to`, both included. */
  integer({ from, to }: { from: number; to: number }): number {
    return from + Math.floor(this.float() * (to - from + 1));
  }

  /** True with the given probability (0 .. 1). */
  chance(probability: number): boolean {
    return this.float() < probability;
  }

  /** One element of a non-empty list. */
  pick<T>(list: readonly T[]): T {
    const chosen = list[Math.floor(this.float() * list.length)];
    if (chosen === undefined) throw new RangeError("pick from an empty list");
    return chosen;
  }

  /** A new list with the same elements in random order (Fisher-Yates). */
  shuffle<T>(list: readonly T[]): T[] {
    const result = [...list];
    for (let last = result.length - 1; last > 0; last--) {
      const other = this.integer({ from: 0, to: last });
      [result[last], result[other]] = [result[other] as T, result[last] as T];
    }
    return result;
  }
}

function fnv1a(text: string, basis: number): number {
  let hash = basis;
  for (let at = 0; at < text.length; at++) {
    hash ^= text.charCodeAt(at);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash | 0;
}
