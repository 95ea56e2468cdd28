// The revisions of one key, in generations: each begins when the key is created and ends with its deletion, the tombstone.
import { assert } from "../base/index.ts";
import type { KeyText } from "./bytes.ts";
import type { Revision } from "./revision.ts";

/** A version of a key, without its value: where its record is, and what the index knows about it. */
export interface Version {
  readonly key: KeyText;
  readonly main: number;
  readonly sub: number;
  readonly createRevision: number;
  readonly version: number;
}

/** A revision that compaction took out of the index; its record has to go as well. */
export interface Dropped extends Revision {
  readonly tombstone: boolean;
}

interface Generation {
  /** The main revision that created the key; 0 when it is not known any more (only its tombstone is left). */
  readonly created: number;
  /** How many changes this generation has had, compacted ones and the tombstone included. */
  changes: number;
  /** Those that are left, oldest first: main, sub, main, sub, … flat, since there are millions of them. */
  revisions: number[];
}

const NO_GENERATIONS: readonly Generation[] = [];

/** The revisions of one key. Invariant: they only grow, within a generation and from one to the next. */
export class KeyHistory {
  readonly key: KeyText;
  /** Generations that ended with a tombstone, oldest first. */
  #ended = NO_GENERATIONS;
  /** The generation that goes on; undefined while the key is deleted. */
  #current: Generation | undefined;

  constructor(key: KeyText) {
    this.key = key;
  }

  get isLive(): boolean {
    return this.#current !== undefined;
  }

  /** Nothing is left of the key, not even a tombstone. */
  get isEmpty(): boolean {
    return this.#current === undefined && this.#ended.length === 0;
  }

  put({ main, sub }: Revision): void {
    this.#current ??= { created: main, changes: 0, revisions: [] };
    append(this.#current, main, sub);
  }

  tombstone({ main, sub }: Revision): void {
    assert(this.#current !== undefined, "only a live key is deleted");
    append(this.#current, main, sub);
    this.#ended = [...this.#ended, this.#current];
    this.#current = undefined;
  }

  /** Takes in the oldest revision that is left of a generation whose beginning was compacted. */
  restore({ main, sub }: Revision, { created, version }: { readonly created: number; readonly version: number }): void {
    assert(this.#current === undefined, "a generation is restored once");
    this.#current = { created, changes: version, revisions: [main, sub] };
  }

  /** Takes in a tombstone that is all that is left of a generation. */
  restoreTombstone({ main, sub }: Revision): void {
    this.#ended = [...this.#ended, { created: 0, changes: 1, revisions: [main, sub] }];
  }

  /** The version that a reader at main revision `at` sees. */
  at(at: number): Version | undefined {
    const generation = this.#generationAt(at);
    if (generation === undefined) return undefined;
    const { created, changes, revisions } = generation;
    const found = lastAtMost(revisions, at);
    return {
      key: this.key,
      main: revisions[found] ?? 0,
      sub: revisions[found + 1] ?? 0,
      createRevision: created,
      version: changes - (revisions.length - found - 2) / 2,
    };
  }

  /**
   * Drops what no reader at `at` or later needs: of the revisions up to `at` only the newest remains, and that only if it is not
   * a tombstone, or is one at `at` itself (a watcher that starts there must still see the deletion).
   */
  compact(at: number, dropped: Dropped[]): void {
    const obsolete = this.#ended.findIndex((generation) => lastMain(generation) >= at);
    const gone = obsolete < 0 ? this.#ended : this.#ended.slice(0, obsolete);
    for (const generation of gone) dropFirst(generation, { count: generation.revisions.length, ended: true, dropped });
    if (gone.length > 0) this.#ended = obsolete < 0 ? NO_GENERATIONS : this.#ended.slice(obsolete);
    const oldest = this.#ended[0] ?? this.#current;
    if (oldest === undefined) return;
    const kept = lastAtMost(oldest.revisions, at);
    if (kept > 0) dropFirst(oldest, { count: kept, ended: false, dropped });
  }

  #generationAt(at: number): Generation | undefined {
    if (this.#current !== undefined && firstMain(this.#current) <= at) return this.#current;
    for (let index = this.#ended.length - 1; index >= 0; index--) {
      const generation = this.#ended[index];
      if (generation === undefined || lastMain(generation) <= at) return undefined;
      if (firstMain(generation) <= at) return generation;
    }
    return undefined;
  }
}

function append(generation: Generation, main: number, sub: number): void {
  const { revisions } = generation;
  const last = revisions[revisions.length - 2] ?? -1;
  assert(last < main || (last === main && (revisions.at(-1) ?? -1) < sub), "the revisions of a key only grow");
  revisions.push(main, sub);
  generation.changes++;
}

const firstMain = ({ revisions }: Generation): number => revisions[0] ?? 0;
const lastMain = ({ revisions }: Generation): number => revisions[revisions.length - 2] ?? 0;

/** Where the last revision is whose main is at most `at`; -2 if there is none. */
function lastAtMost(revisions: readonly number[], at: number): number {
  let [low, high] = [0, revisions.length / 2];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((revisions[2 * middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return 2 * (low - 1);
}

function dropFirst(
  generation: Generation,
  { count, ended, dropped }: { readonly count: number; readonly ended: boolean; readonly dropped: Dropped[] },
): void {
  const { revisions } = generation;
  for (let at = 0; at < count; at += 2) {
    const tombstone = ended && at === count - 2;
    dropped.push({ main: revisions[at] ?? 0, sub: revisions[at + 1] ?? 0, tombstone });
  }
  generation.revisions = revisions.slice(count);
}
