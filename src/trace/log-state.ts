// A replica's log as a trace's changes make it.
import type { LogView } from "./keyframe.ts";
import type { LogChange, TraceEntry } from "./replica-events.ts";

/** Follows the changes of one log. A trace that begins in the middle of a run has a log that begins in its middle, too. */
export class LogState {
  #snapshotIndex = 0;
  #snapshotTerm = 0;
  #entries: TraceEntry[] = [];

  /** The log that a keyframe holds; an empty one without it. */
  constructor(view?: LogView) {
    if (view === undefined) return;
    this.#snapshotIndex = view.snapshotIndex;
    this.#snapshotTerm = view.snapshotTerm;
    this.#entries = [...view.entries];
  }

  /** The index of its last entry, or where its snapshot ends. */
  get lastIndex(): number {
    return this.#snapshotIndex + this.#entries.length;
  }

  /** The log at this moment; a copy. */
  view(): LogView {
    return { snapshotIndex: this.#snapshotIndex, snapshotTerm: this.#snapshotTerm, entries: [...this.#entries] };
  }

  apply(change: LogChange): void {
    switch (change.kind) {
      case "append":
        return this.#append(change.entries);
      case "truncate":
        this.#entries.length = Math.min(this.#entries.length, Math.max(0, change.from - 1 - this.#snapshotIndex));
        return;
      case "compact":
        return this.#compact(change.to, change.term);
    }
  }

  #append(entries: readonly TraceEntry[]): void {
    for (const entry of entries) {
      const { index } = entry;
      if (index <= this.#snapshotIndex) continue;
      if (index > this.lastIndex + 1) this.#compact(index - 1, 0);
      this.#entries.length = index - 1 - this.#snapshotIndex;
      this.#entries.push(entry);
    }
  }

  #compact(to: number, term: number): void {
    if (to <= this.#snapshotIndex) return;
    this.#entries.splice(0, to - this.#snapshotIndex);
    this.#snapshotIndex = to;
    this.#snapshotTerm = term;
  }
}
