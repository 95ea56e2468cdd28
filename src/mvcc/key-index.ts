// All keys in order, each with its history. Lives in memory; is rebuilt from the engine's records when a store is opened.
import { assert } from "../base/index.ts";
import { END_OF_KEYS, type KeyText, textOf } from "./bytes.ts";
import { type Dropped, KeyHistory, type Version } from "./key-history.ts";
import type { Revision } from "./revision.ts";
import { sortedByText } from "./sorted-map.ts";

/** One key (`to` undefined), or the keys from `from` (included) to `to` (excluded). */
export interface KeyRange {
  readonly from: KeyText;
  readonly to: KeyText | undefined;
}

/** etcd's ranges: no (or an empty) end is one key, an end of one zero byte is no end. */
export function keyRange(key: Uint8Array, rangeEnd: Uint8Array | undefined): KeyRange {
  const from = textOf(key);
  if (rangeEnd === undefined || rangeEnd.length === 0) return { from, to: undefined };
  return { from, to: rangeEnd.length === 1 && rangeEnd[0] === 0 ? END_OF_KEYS : textOf(rangeEnd) };
}

export function inRange({ from, to }: KeyRange, key: KeyText): boolean {
  return to === undefined ? key === from : from <= key && key < to;
}

/** The index of a store. */
export class KeyIndex {
  readonly #histories = sortedByText<KeyHistory>();
  #liveKeys = 0;

  /** How many keys exist now. */
  get liveKeys(): number {
    return this.#liveKeys;
  }

  at(key: KeyText, revision: number): Version | undefined {
    return this.#histories.get(key)?.at(revision);
  }

  /** The versions that a reader at `revision` sees, in the order of their keys. */
  versions({ from, to }: KeyRange, revision: number): Version[] {
    const found: Version[] = [];
    if (to === undefined) {
      const version = this.at(from, revision);
      if (version !== undefined) found.push(version);
    } else if (from < to) {
      this.#histories.forRange(from, to, false, (_key, history) => {
        const version = history.at(revision);
        if (version !== undefined) found.push(version);
      });
    }
    return found;
  }

  put(key: KeyText, revision: Revision): void {
    const history = this.#historyOf(key);
    if (!history.isLive) this.#liveKeys++;
    history.put(revision);
  }

  tombstone(key: KeyText, revision: Revision): void {
    const history = this.#histories.get(key);
    assert(history !== undefined, "only a key that exists is deleted");
    history.tombstone(revision);
    this.#liveKeys--;
  }

  /** Takes in the next record of a store that is being opened. */
  restore(
    key: KeyText,
    revision: Revision,
    record: "tombstone" | { readonly created: number; readonly version: number },
  ): void {
    const history = this.#historyOf(key);
    if (record === "tombstone") {
      if (history.isLive) this.tombstone(key, revision);
      else history.restoreTombstone(revision);
    } else if (history.isLive) {
      history.put(revision);
    } else {
      this.#liveKeys++;
      history.restore(revision, record);
    }
  }

  /**
   * Compacts the histories of at most `keysMax` keys from `from` on. Gives what was dropped, and the key to go on with, undefined
   * after the last one.
   */
  compact(
    at: number,
    { from, keysMax }: { readonly from: KeyText; readonly keysMax: number },
  ): {
    readonly dropped: readonly Dropped[];
    readonly next: KeyText | undefined;
  } {
    const dropped: Dropped[] = [];
    const empty: KeyText[] = [];
    let [left, next] = [keysMax, undefined as KeyText | undefined];
    for (const [key, history] of this.#histories.entries(from)) {
      if (left-- === 0) {
        next = key;
        break;
      }
      history.compact(at, dropped);
      if (history.isEmpty) empty.push(key);
    }
    for (const key of empty) this.#histories.delete(key);
    return { dropped, next };
  }

  #historyOf(key: KeyText): KeyHistory {
    const known = this.#histories.get(key);
    if (known !== undefined) return known;
    const created = new KeyHistory(key);
    this.#histories.set(key, created);
    return created;
  }
}
