// Which membership holds at which index: the last one in the log is in use (§6), and truncation brings the one before back.
import { assert } from "../base/index.ts";
import type { LogIndex } from "./entry.ts";
import type { Membership } from "./membership.ts";

interface Step {
  readonly index: LogIndex;
  readonly membership: Membership;
}

/** The memberships that stand in the log, oldest first; the first is the snapshot's, or the initial one at index 0. */
export class MembershipHistory {
  #steps: Step[];

  constructor(base: Step) {
    this.#steps = [base];
  }

  /** The membership in use: the latest in the log, whether or not it is committed (§6). */
  get current(): Membership {
    return this.#last.membership;
  }
  /** The index of the entry that brought the membership in use. */
  get currentIndex(): LogIndex {
    return this.#last.index;
  }

  /** The membership that the entries up to `index` imply. */
  at(index: LogIndex): Membership {
    const step = this.#steps.findLast((candidate) => candidate.index <= index);
    assert(step !== undefined, "the membership before the snapshot is forgotten");
    return step.membership;
  }

  append(step: Step): void {
    assert(step.index > this.currentIndex, "memberships follow the order of the log");
    this.#steps.push(step);
  }

  /** Entries from `index` on were removed from the log, and their memberships with them (§6). */
  truncateFrom(index: LogIndex): void {
    while (this.#steps.length > 1 && this.currentIndex >= index) this.#steps.pop();
    assert(this.currentIndex < index, "the base membership is never truncated");
  }

  /** Entries up to `index` were compacted: what held at `index` becomes the base. */
  compactTo(index: LogIndex): void {
    const base = this.at(index);
    this.#steps = [{ index, membership: base }, ...this.#steps.filter((step) => step.index > index)];
  }

  /** A snapshot from the leader replaces everything (§7). */
  restore(base: Step): void {
    this.#steps = [base];
  }

  get #last(): Step {
    const last = this.#steps.at(-1);
    assert(last !== undefined, "there is always a membership");
    return last;
  }
}
