// The replicated log as one replica holds it: entries after the last snapshot, and how far they are durable.
import { assert } from "../base/index.ts";
import { type Entry, entryBytes, type LogIndex, type Term } from "./entry.ts";

/** Bounds of a batch of entries. At least one entry is returned if there is one, however large. */
export interface SliceBounds {
  readonly from: LogIndex;
  readonly to?: LogIndex;
  readonly entriesMax?: number;
  readonly bytesMax?: number;
}

/**
 * Entries `firstIndex .. lastIndex`, without gaps, terms never decreasing. What lies before firstIndex is in a snapshot.
 * Invariant: firstIndex - 1 <= durableIndex <= handedIndex <= lastIndex.
 */
export class RaftLog {
  #entries: Entry[] = [];
  /** Bytes of all entries up to and including the one at the same place in #entries, counted since this log was created. */
  #bytesThrough: number[] = [];
  #baseIndex: LogIndex;
  #baseTerm: Term;
  #handedIndex: LogIndex;
  #durableIndex: LogIndex;

  /** A log that continues after index `baseIndex` (0: from the very beginning); `entries` are already durable. */
  constructor(base: { index: LogIndex; term: Term }, entries: readonly Entry[] = []) {
    this.#baseIndex = base.index;
    this.#baseTerm = base.term;
    this.#handedIndex = base.index;
    this.#durableIndex = base.index;
    this.append(entries);
    this.#handedIndex = this.lastIndex;
    this.#durableIndex = this.lastIndex;
  }

  get firstIndex(): LogIndex {
    return this.#baseIndex + 1;
  }
  get lastIndex(): LogIndex {
    return this.#baseIndex + this.#entries.length;
  }
  get lastTerm(): Term {
    return this.#entries.at(-1)?.term ?? this.#baseTerm;
  }
  /** Up to here the entries have been handed out for persisting. */
  get handedIndex(): LogIndex {
    return this.#handedIndex;
  }
  /** Up to here the entries are known to be durable on this replica. */
  get durableIndex(): LogIndex {
    return this.#durableIndex;
  }

  /** The term of the entry at `index`; undefined beyond the end and before firstIndex - 1 (compacted). */
  termAt(index: LogIndex): Term | undefined {
    return index === this.#baseIndex ? this.#baseTerm : this.entryAt(index)?.term;
  }

  entryAt(index: LogIndex): Entry | undefined {
    return this.#entries[index - this.firstIndex];
  }

  /** Entries `from .. to`, at most `entriesMax`, at most `bytesMax` bytes (but at least one). */
  slice({ from, to = this.lastIndex, entriesMax = Number.POSITIVE_INFINITY, bytesMax }: SliceBounds): Entry[] {
    assert(from >= this.firstIndex, "compacted entries cannot be read");
    const start = from - this.firstIndex;
    const entries = this.#entries.slice(start, Math.min(to - this.firstIndex + 1, start + entriesMax));
    if (bytesMax === undefined) return entries;
    let bytes = 0;
    const tooMuch = entries.findIndex((entry, at) => {
      bytes += entryBytes(entry);
      return bytes > bytesMax && at > 0;
    });
    return tooMuch === -1 ? entries : entries.slice(0, tooMuch);
  }

  /** Adds entries at the end. */
  append(entries: readonly Entry[]): void {
    for (const entry of entries) {
      assert(entry.index === this.lastIndex + 1, "the log has no gaps");
      assert(entry.term >= this.lastTerm, "terms never decrease in the log");
      this.#bytesThrough.push((this.#bytesThrough.at(-1) ?? 0) + entryBytes(entry));
      this.#entries.push(entry);
    }
  }

  /** Bytes of the entries after `index`, as entryBytes counts them. */
  bytesAfter(index: LogIndex): number {
    const upTo = this.#bytesThrough[index - this.firstIndex];
    return (this.#bytesThrough.at(-1) ?? 0) - (upTo ?? this.#bytesBeforeFirst);
  }

  /** Removes every entry from `index` on: they conflict with the leader's (§5.3). */
  truncateFrom(index: LogIndex): void {
    assert(index >= this.firstIndex, "a snapshot cannot be truncated");
    this.#entries.length = Math.max(0, Math.min(this.#entries.length, index - this.firstIndex));
    this.#bytesThrough.length = this.#entries.length;
    this.#handedIndex = Math.min(this.#handedIndex, this.lastIndex);
    this.#durableIndex = Math.min(this.#durableIndex, this.lastIndex);
  }

  /** The entries to persist that have not been handed out before; marks them as handed out. */
  takeUnhanded(): Entry[] {
    const entries = this.slice({ from: this.#handedIndex + 1 });
    this.#handedIndex = this.lastIndex;
    return entries;
  }

  /** Persisting up to this entry has ended. Counts only if the entry still stands: it may have been replaced meanwhile. */
  markDurable({ index, term }: { index: LogIndex; term: Term }): void {
    if (index > this.#durableIndex && this.termAt(index) === term) this.#durableIndex = index;
  }

  /** Forgets entries up to `index`: a durable snapshot stands for them (§7). */
  compactTo(index: LogIndex): void {
    const term = this.termAt(index);
    assert(term !== undefined && index <= this.#durableIndex, "only durable entries can be compacted");
    const count = index - this.#baseIndex;
    this.#entries = this.#entries.slice(count);
    this.#bytesThrough = this.#bytesThrough.slice(count);
    this.#baseIndex = index;
    this.#baseTerm = term;
  }

  /** Forgets everything: the log continues after a snapshot that came from the leader (§7). */
  restore(base: { index: LogIndex; term: Term }): void {
    this.#entries = [];
    this.#bytesThrough = [];
    this.#baseIndex = base.index;
    this.#baseTerm = base.term;
    this.#handedIndex = base.index;
    this.#durableIndex = base.index;
  }

  /**
   * The last index at or before `index` whose term is at most `term`: where a log with that (index, term) could still agree with this
   * one. Skips whole terms in one step (§5.3, fast backtracking). An answer before firstIndex - 1 says: only in what is compacted.
   */
  lastPossibleAgreement({ index, term }: { index: LogIndex; term: Term }): LogIndex {
    let at = Math.min(index, this.lastIndex);
    while (at > 0 && (this.termAt(at) ?? 0) > term) at--;
    return at;
  }

  /** Whether a log that ends with (index, term) is at least as up to date as this one (§5.4.1). */
  isUpToDate({ index, term }: { index: LogIndex; term: Term }): boolean {
    return term > this.lastTerm || (term === this.lastTerm && index >= this.lastIndex);
  }

  get #bytesBeforeFirst(): number {
    const [first] = this.#entries;
    const [through] = this.#bytesThrough;
    return first === undefined || through === undefined ? 0 : through - entryBytes(first);
  }
}
