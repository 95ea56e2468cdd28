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
   * Applied puts that, as far as this replica knows, nobody has answered; in log order. While there are any, a leader's own answers wait
   * behind them: a client takes its latest answer for the latest state.
   */
  #open: Put[] = [];
  #answeredThrough = 0;

  /** Every committed entry up to this index has been answered by somebody. */
  get answeredThrough(): number {
    return this.#answeredThrough;
  }
  /** Whether answers wait for certainty about earlier ones. */
  get isHolding(): boolean {
    return this.#open.length > 0;
  }

  /** This replica, as leader, put a client's command into the log. */
  proposed(put: Put): void {
    this.#proposed.set(put.index, put);
  }

  /** Another replica knows that everything up to `index` has been answered. */
  learnAnswered(index: number): void {
    this.#answeredThrough = Math.max(this.#answeredThrough, index);
    this.#open = this.#open.filter((put) => put.index > this.#answeredThrough);
  }

  /** A committed entry was applied. Returns whether this replica must answer it now: it leads, and nothing is open before it. */
  applied(
    entry: Entry,
    command: PutCommand | undefined,
    { leaderOfTerm }: { leaderOfTerm: number | undefined },
  ): boolean {
    this.#proposed.delete(entry.index);
    const { index, term } = entry;
    if (command === undefined || index <= this.#answeredThrough) {
      if (leaderOfTerm !== undefined) this.#advance(index);
      return false;
    }
    if (term === leaderOfTerm && !this.isHolding) {
      this.#advance(index);
      return true;
    }
    this.#open.push({ index, term, command });
    return false;
  }

  /** The leader has listened long enough: what is still open was never answered, and is answered now, in this order. */
  takeOpen(lastApplied: number): PutCommand[] {
    const open = this.#open;
    this.#open = [];
    this.#advance(lastApplied);
    return open.map(({ command }) => command);
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

  /** While an entry is open, later ones must not make others believe that it was answered. */
  #advance(index: number): void {
    const [open] = this.#open;
    const upTo = open === undefined ? index : Math.min(index, open.index - 1);
    this.#answeredThrough = Math.max(this.#answeredThrough, upTo);
  }
}
