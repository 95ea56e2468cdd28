// Where a log stands after a number of items: what the head of the next segment repeats, and what later items must fit.
import type { HardState, LogIndex } from "../raft/index.ts";
import type { Item, SnapshotPlace } from "./items.ts";

/** How many snapshots stay, with the log after the oldest of them: one damaged file does not lose the member. */
const SNAPSHOTS_KEPT = 2;

export class LogPosition {
  hardState: HardState | undefined;
  lastIndex: LogIndex = 0;
  /** The durable snapshots of this log that stay, ascending. */
  snapshots: readonly SnapshotPlace[] = [];

  copy(): LogPosition {
    return Object.assign(new LogPosition(), this);
  }

  /** What repeats this position at the head of a segment. */
  get items(): readonly Item[] {
    const { hardState, lastIndex, snapshots } = this;
    const position: Item = { type: "position", lastIndex, snapshots };
    return hardState === undefined ? [position] : [position, { type: "hard state", hardState }];
  }

  /** The entries up to here may be gone from the log: two snapshots stand for them. */
  get compactedIndex(): LogIndex {
    return this.snapshots.length < SNAPSHOTS_KEPT ? 0 : (this.snapshots[0]?.index ?? 0);
  }

  /** Takes the item in; gives back in words why it does not fit, if so. */
  apply(item: Item): string | undefined {
    switch (item.type) {
      case "entry":
        return this.#applyEntry(item.entry.index);
      case "hard state":
        this.hardState = item.hardState;
        return item.hardState.commitIndex > this.lastIndex
          ? `commit index ${item.hardState.commitIndex} lies beyond the log, which ends with ${this.lastIndex}`
          : undefined;
      case "compacted":
        this.snapshots = [...this.snapshots, { index: item.index, term: item.term }].slice(-SNAPSHOTS_KEPT);
        return item.index > this.lastIndex
          ? `a snapshot of index ${item.index} stands for more than the log, which ends with ${this.lastIndex}`
          : undefined;
      case "installed":
        this.snapshots = [{ index: item.index, term: item.term }];
        this.lastIndex = item.index;
        return undefined;
      case "position":
        return item.lastIndex === this.lastIndex
          ? undefined
          : `a segment continues a log that ends with ${item.lastIndex}, not ${this.lastIndex}`;
    }
  }

  #applyEntry(index: LogIndex): string | undefined {
    const compacted = this.snapshots[this.snapshots.length - 1]?.index ?? 0;
    if (index > this.lastIndex + 1) return `entry ${index} leaves a gap after entry ${this.lastIndex}`;
    if (index <= compacted) return `entry ${index} replaces what the snapshot of index ${compacted} stands for`;
    this.lastIndex = index;
    return undefined;
  }
}
