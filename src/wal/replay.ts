// What a log says as a whole: its items taken in one after another.
import type { Entry, HardState, LogIndex } from "../raft/index.ts";
import type { Item, SnapshotPlace } from "./items.ts";
import { LogPosition } from "./log-position.ts";

export class Replay {
  readonly position = new LogPosition();
  #entries: Entry[] = [];
  /** Index of the first entry that is here. */
  #firstIndex: LogIndex = 1;
  #begun = false;

  /** Takes the items of one record in; gives back in words why they do not fit, if so. */
  apply(items: readonly Item[]): string | undefined {
    for (const item of items) {
      if (!this.#begun && item.type === "position") this.#begin(item);
      const wrong = this.position.apply(item);
      if (wrong !== undefined) return wrong;
      if (item.type === "entry") this.#put(item.entry);
      if (item.type === "installed") this.#restart(item.index);
      if (item.type === "compacted") this.#forget(this.position.compactedIndex);
      this.#begun = true;
    }
    return undefined;
  }

  /** Whether nothing is missing between this snapshot (undefined: the very beginning) and the end. */
  reaches(snapshot: SnapshotPlace | undefined): boolean {
    return (snapshot?.index ?? 0) >= this.#firstIndex - 1;
  }

  /** The entries after this snapshot. */
  entriesAfter(snapshot: SnapshotPlace | undefined): readonly Entry[] {
    return this.#entries.slice((snapshot?.index ?? 0) + 1 - this.#firstIndex);
  }

  /** Undefined when it is not here any more. */
  entryAt(index: LogIndex): Entry | undefined {
    return this.#entries[index - this.#firstIndex];
  }

  /** The latest hard state; what a snapshot stands for is committed. */
  hardStateWith(snapshot: SnapshotPlace | undefined): HardState | undefined {
    const { hardState } = this.position;
    if (hardState === undefined || snapshot === undefined) return hardState;
    return { ...hardState, commitIndex: Math.max(hardState.commitIndex, snapshot.index) };
  }

  #begin({ lastIndex, snapshots }: Item & { type: "position" }): void {
    this.position.lastIndex = lastIndex;
    this.position.snapshots = snapshots;
    this.#restart(lastIndex);
  }

  #put(entry: Entry): void {
    // Before the first entry that is here: those from this one on have been replaced, the earlier ones are still missing.
    if (entry.index < this.#firstIndex) this.#firstIndex = entry.index;
    const place = entry.index - this.#firstIndex;
    if (place < this.#entries.length) this.#entries.length = place;
    this.#entries.push(entry);
  }

  #restart(lastIndex: LogIndex): void {
    this.#entries = [];
    this.#firstIndex = lastIndex + 1;
  }

  /** The memory of entries that no kept snapshot needs. */
  #forget(index: LogIndex): void {
    const count = index + 1 - this.#firstIndex;
    // The entry at the snapshot's own index stays: its term must be the snapshot's.
    if (count <= 1) return;
    this.#entries = this.#entries.slice(count - 1);
    this.#firstIndex += count - 1;
  }
}
