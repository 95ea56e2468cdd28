// Who answers which committed put, so that each is answered exactly once, even when leaders die (docs/course.md, "Exactly one answer").
import type { AppendEntries, Entry } from "../../raft/index.ts";
import type { Address } from "../protocol.ts";
import { decodeCommand, type PutCommand } from "./store.ts";

/** A committed or proposed entry, and the put in it. */
interface Put {
  readonly index: number;
  readonly term: number;
  readonly command: PutCommand;
}

/** A proposal of this replica. The follower at the chain's end may answer it, if one was asked to. */
interface Proposal extends Put {
  readonly delegate: Address | undefined;
}

/** An applied put that perhaps nobody has answered. */
export interface OpenPut extends Proposal {
  /** When it was applied, ms. */
  readonly since: number;
}

/** Under which circumstances an entry is applied: the term that this replica leads under a lease, if it does; the time, ms. */
interface Circumstances {
  readonly leaderOfTerm: number | undefined;
  readonly now: number;
}

/**
 * Who proposed an entry answers it when it commits, or has the follower at the end of a replication chain answer it, which knows of the
 * commit first. A later leader answers what it inherited, except what has been answered already: with every message, replicas tell
 * each other up to which index that is (`answeredThrough`). So whoever is in doubt listens to those who may have answered.
 */
export class Answers {
  /**
   * Proposals of this replica whose fate is open, by nameOf. An index alone does not name one: the entry of an earlier term may survive in
   * another log while this replica leads again and proposes anew.
   */
  readonly #proposed = new Map<string, Proposal>();
  /**
   * Applied puts that, as far as this replica knows, nobody has answered; in log order. While there are any, a leader's own answers wait
   * behind them: a client takes its latest answer for the latest state.
   */
  #open: OpenPut[] = [];
  #answeredThrough = 0;
  #delegatedThrough = 0;
  #declinedThrough = 0;
  /** Up to where each other replica will never answer anything any more. */
  readonly #declinedBy = new Map<Address, number>();

  /** Every committed entry up to this index has been answered by somebody. */
  get answeredThrough(): number {
    return this.#answeredThrough;
  }
  /** Whether answers wait for certainty about earlier ones. */
  get isHolding(): boolean {
    return this.#open.length > 0;
  }

  /** The first of the open puts: the others wait behind it. */
  get firstOpen(): OpenPut | undefined {
    return this.#open[0];
  }
  /** Somebody else may have answered puts up to this index before this replica knows of their commit. */
  get delegatedThrough(): number {
    return this.#delegatedThrough;
  }

  /** This replica, as leader, put a client's command into the log. */
  proposed(put: Put): void {
    this.#proposed.set(nameOf(put), { ...put, delegate: undefined });
  }

  /** The leader lets the follower at the end of a chain answer what the append brings. False: it must not, another may do so. */
  delegate({ entries, term }: AppendEntries, to: Address): boolean {
    const unanswered = entries.filter(({ index }) => index > this.#answeredThrough);
    const own = unanswered.map((entry) => this.#proposed.get(nameOf(entry))).filter((put) => put?.term === term);
    const free = own.filter((put) => put !== undefined && put.delegate === undefined);
    if (free.length === 0 || free.length < unanswered.length) return false;
    for (const put of free) if (put !== undefined) this.#proposed.set(nameOf(put), { ...put, delegate: to });
    this.#delegatedThrough = Math.max(this.#delegatedThrough, entries.at(-1)?.index ?? 0);
    return true;
  }

  /**
   * This replica ends a chain: the append's entries are new to it, on a quorum, and left to it to answer. Returns what it answers:
   * nothing while it does not know that everything before has been answered, so that answers come in log order.
   */
  takeDelegated({ entries, prevLogIndex }: AppendEntries): PutCommand[] {
    const due = entries.filter(({ index }) => index > this.#answeredThrough);
    const [first, last] = [due[0]?.index ?? 0, due.at(-1)?.index ?? 0];
    if (this.#answeredThrough < prevLogIndex || first <= this.#declinedThrough) return [];
    this.learnAnswered(last);
    return due.flatMap((entry) => (entry.type === "command" ? (decodeCommand(entry.command) ?? []) : []));
  }

  /** This replica promises the leader to answer nothing up to `index` from now on. */
  decline(index: number): void {
    this.#declinedThrough = Math.max(this.#declinedThrough, index);
  }

  /** Another replica made that promise. What it had answered before, it has told. */
  learnDeclined(by: Address, index: number): void {
    this.#declinedBy.set(by, Math.max(index, this.#declinedBy.get(by) ?? 0));
  }

  /** Whether the delegate of an open put will not answer it: it has promised so. */
  isDeclined({ index, delegate }: OpenPut): boolean {
    return delegate !== undefined && index <= (this.#declinedBy.get(delegate) ?? 0);
  }

  /** Another replica knows that everything up to `index` has been answered. */
  learnAnswered(index: number): void {
    this.#answeredThrough = Math.max(this.#answeredThrough, index);
    this.#open = this.#open.filter((put) => put.index > this.#answeredThrough);
  }

  /** A committed entry was applied. Returns whether this replica must answer it now: it leads, and nothing is open before it. */
  applied(entry: Entry, command: PutCommand | undefined, { leaderOfTerm, now }: Circumstances): boolean {
    const { index, term } = entry;
    const delegate = this.#proposed.get(nameOf(entry))?.delegate;
    this.#proposed.delete(nameOf(entry));
    if (command === undefined || index <= this.#answeredThrough) {
      if (leaderOfTerm !== undefined) this.#advance(index);
      return false;
    }
    if (term === leaderOfTerm && delegate === undefined && !this.isHolding) {
      this.#advance(index);
      return true;
    }
    this.#open.push({ index, term, command, delegate, since: now });
    return false;
  }

  /** The leader takes the puts that were certainly never answered, in this order, up to the first of which it cannot tell. */
  takeOpen(lastApplied: number, isUnanswered: (put: OpenPut) => boolean = () => true): PutCommand[] {
    const inDoubt = this.#open.findIndex((put) => !isUnanswered(put));
    const taken = this.#open.splice(0, inDoubt === -1 ? this.#open.length : inDoubt);
    this.#advance(lastApplied);
    return taken.map(({ command }) => command);
  }

  /**
   * A committed entry of a later term means that this replica's older proposals from that index on can never commit: terms never
   * decrease in a log. Nor can one whose index another entry has. Only now is their fate certain, and their clients may be sent elsewhere.
   */
  takeOverwritten({ index, term }: Entry): PutCommand[] {
    const isDead = (p: Proposal) => (p.index >= index && p.term < term) || (p.index === index && p.term !== term);
    const dead = [...this.#proposed.values()].filter(isDead);
    for (const put of dead) this.#proposed.delete(nameOf(put));
    return dead.map(({ command }) => command);
  }

  /** While an entry is open, later ones must not make others believe that it was answered. */
  #advance(index: number): void {
    const [open] = this.#open;
    const upTo = open === undefined ? index : Math.min(index, open.index - 1);
    this.#answeredThrough = Math.max(this.#answeredThrough, upTo);
  }
}

/** What tells two entries apart: no leader makes two with one index (Election Safety, §5.2). */
function nameOf({ index, term }: { readonly index: number; readonly term: number }): string {
  return `${term}/${index}`;
}
