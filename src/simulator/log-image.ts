// A replica's log as seen from outside, through its Readys: every entry with a hash of everything up to it.
import type { Entry, LogIndex, Membership, Snapshot, Term } from "../raft/index.ts";
import { HASH_START, hashBytes, hashText, mix } from "./hash.ts";

interface Base {
  readonly index: LogIndex;
  readonly term: Term;
  readonly hash: number;
  readonly membership: Membership;
}

/** Either what a node has handed out of its log, or what of that is durable. */
export class LogImage {
  #base: Base;
  #entries: Entry[] = [];
  /** At each entry's place the hash of all entries from the first to this one: equal hashes mean equal prefixes. */
  #hashes: number[] = [];
  /** Indexes of the membership entries, ascending. */
  #changes: LogIndex[] = [];

  constructor(membership: Membership) {
    this.#base = { index: 0, term: 0, hash: HASH_START, membership };
  }

  get baseIndex(): LogIndex {
    return this.#base.index;
  }
  get lastIndex(): LogIndex {
    return this.#base.index + this.#entries.length;
  }
  get lastTerm(): Term {
    return this.#entries[this.#entries.length - 1]?.term ?? this.#base.term;
  }
  get lastHash(): number {
    return this.#hashes[this.#hashes.length - 1] ?? this.#base.hash;
  }
  get entries(): readonly Entry[] {
    return this.#entries;
  }
  /** The index of the last membership entry; that of the base if there is none. */
  get lastChange(): LogIndex {
    return this.#changes[this.#changes.length - 1] ?? this.#base.index;
  }

  entryAt(index: LogIndex): Entry | undefined {
    return this.#entries[index - this.#base.index - 1];
  }
  termAt(index: LogIndex): Term | undefined {
    return index === this.#base.index ? this.#base.term : this.entryAt(index)?.term;
  }
  hashAt(index: LogIndex): number | undefined {
    return index === this.#base.index ? this.#base.hash : this.#hashes[index - this.#base.index - 1];
  }

  /** The membership that the entries up to `index` imply. */
  membershipAt(index: LogIndex): Membership {
    const change = this.#changes.findLast((at) => at <= index);
    const entry = change === undefined ? undefined : this.entryAt(change);
    return entry?.type === "membership" ? entry.membership : this.#base.membership;
  }

  /** The entries after `index`. */
  entriesAfter(index: LogIndex): readonly Entry[] {
    return this.#entries.slice(index - this.#base.index);
  }

  /**
   * Does what a Ready asks for: a snapshot replaces everything, entries replace whatever stands from the first one's index on.
   * `snapshotHash` is the hash of the log that the snapshot stands for.
   */
  store(
    { snapshot, entries }: { snapshot: Snapshot | undefined; entries: readonly Entry[] },
    snapshotHash: number,
  ): void {
    if (snapshot !== undefined) this.#restore(snapshot, snapshotHash);
    const first = entries[0];
    if (first === undefined) return;
    this.#truncateFrom(first.index);
    for (const entry of entries) {
      this.#hashes.push(hashOfEntry(this.lastHash, entry));
      this.#entries.push(entry);
      if (entry.type === "membership") this.#changes.push(entry.index);
    }
  }

  /** Forgets the entries that a snapshot of this same log stands for. */
  compactTo(snapshot: Snapshot): void {
    const { lastIncludedIndex: index } = snapshot;
    const base = { index, term: snapshot.lastIncludedTerm, hash: this.hashAt(index) ?? Number.NaN };
    this.#entries = this.#entries.slice(index - this.#base.index);
    this.#hashes = this.#hashes.slice(index - this.#base.index);
    this.#changes = this.#changes.filter((change) => change > index);
    this.#base = { ...base, membership: snapshot.membership };
  }

  copy(): LogImage {
    const copy = new LogImage(this.#base.membership);
    copy.#base = this.#base;
    copy.#entries = [...this.#entries];
    copy.#hashes = [...this.#hashes];
    copy.#changes = [...this.#changes];
    return copy;
  }

  #restore({ lastIncludedIndex: index, lastIncludedTerm: term, membership }: Snapshot, hash: number): void {
    this.#base = { index, term, hash, membership };
    this.#entries = [];
    this.#hashes = [];
    this.#changes = [];
  }

  #truncateFrom(index: LogIndex): void {
    const length = index - this.#base.index - 1;
    if (length >= this.#entries.length) return;
    this.#entries.length = length;
    this.#hashes.length = length;
    while ((this.#changes[this.#changes.length - 1] ?? 0) >= index) this.#changes.pop();
  }
}

/** The hash of a log that ends with this entry. */
function hashOfEntry(before: number, entry: Entry): number {
  const hash = mix(mix(before, entry.index), entry.term);
  switch (entry.type) {
    case "command":
      return hashBytes(hash, entry.command);
    case "membership":
      return hashText(hash, JSON.stringify(entry.membership));
    case "no-op":
      return mix(hash, 0);
  }
}
