// Who answers which committed put, so that each is answered exactly once, even when leaders die (docs/course.md, "Exactly one answer").
import type { Entry } from "../../raft/index.ts";
import type { PutCommand } from "./store.ts";

/** A committed or proposed entry, and the put in it. */
interface Put {
  readonly index: number;
  readonly term: number;
  readonly command: PutCommand;
}

/**
 * The leader that proposed an entry answers it when it commits. A later leader answers what it inherited, except what has been answered
 * already: with every message, replicas tell each other up to which index that is (`answeredThrough`). A new leader therefore
 * listens to all others for a moment before it answers an inherited entry.
 */
export class Answers {
  /** Proposals of this replica whose fate is open, by index. */
  readonly #proposed = new Map<number, Put>();
  /**
   * Committed puts that wait for their answer, in log order; only while leading. The first is an earlier leader's, which perhaps has
   * answered it; own ones behind it wait too, because a client takes its latest answer for the latest state.
   */
  #held: Put[] = [];
  #answeredThrough = 0;

  /** Every committed entry up to this index has been answered by somebody. */
  get answeredThrough(): number {
    return this.#answeredThrough;
  }
  get isHolding(): boolean {
    return this.#held.length > 0;
  }

  /** This replica, as leader, put a client's command into the log. */
  proposed(put: Put): void {
    this.#proposed.set(put.index, put);
  }

  /** Another replica knows that everything up to `index` has been answered. */
  learnAnswered(index: number): void {
    this.#answeredThrough = Math.max(this.#answeredThrough, index);
    this.#held = this.#held.filter((put) => put.index > this.#answeredThrough);
  }

  /** A follower applied a committed entry: answering it is the leader's task. */
  appliedAsFollower(entry: Entry): void {
    this.#proposed.delete(entry.index);
  }

  /** The leader of `currentTerm` applied a committed entry. Returns whether it must answer it now. */
  appliedAsLeader(entry: Entry, command: PutCommand | undefined, currentTerm: number): boolean {
    this.#proposed.delete(entry.index);
    const open = command !== undefined && entry.index > this.#answeredThrough;
    if (open && (entry.term !== currentTerm || this.isHolding)) {
      this.#held.push({ index: entry.index, term: entry.term, command });
      return false;
    }
    this.#advance(entry.index);
    return open;
  }

  /** The new leader has listened long enough: what is still held was never answered, and is answered now, in this order. */
  takeHeld(lastApplied: number): PutCommand[] {
    const open = this.#held;
    this.#held = [];
    this.#advance(lastApplied);
    return open.map(({ command }) => command);
  }

  /** No longer leader: the next one answers what was inherited. */
  loseLeadership(): void {
    this.#held = [];
  }

  /**
   * A committed entry of a later term means that this replica's older proposals from that index on can never commit: terms never
   * decrease in a log. Only now is their fate certain, and their clients may be sent elsewhere.
   */
  takeOverwritten(committed: Entry): PutCommand[] {
    const dead = [...this.#proposed.values()].filter((p) => p.index >= committed.index && p.term < committed.term);
    for (const { index } of dead) this.#proposed.delete(index);
    return dead.map(({ command }) => command);
  }

  /** While an entry is held, later ones must not make others believe that it was answered. */
  #advance(index: number): void {
    const open = this.#held[0];
    const upTo = open === undefined ? index : Math.min(index, open.index - 1);
    this.#answeredThrough = Math.max(this.#answeredThrough, upTo);
  }
}
