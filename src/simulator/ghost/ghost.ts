// The ghost: all that ever happened in a run, as nobody in the cluster can know it. The rules compare the replicas with it.
import type { HardState, LogIndex, Membership, Term } from "../../raft/index.ts";
import { HASH_START } from "../hash.ts";
import { RuleBroken } from "../violation.ts";

/** What was committed first at an index; it must never change. */
export interface Committed {
  readonly term: Term;
  /** Hash of the whole log up to here. */
  readonly hash: number;
  /** The term of the leader that committed it: leaders of later terms must have it. */
  readonly committedIn: Term;
  /** The hash of the state machine after this entry, as the first replica had it that applied it. */
  stateHash: number | undefined;
}

export interface Ghost {
  /** Replica numbers by id. */
  readonly numbers: ReadonlyMap<string, number>;
  readonly leaderOf: Map<Term, string>;
  /** By term and voter: the candidate of every vote that ever left a replica. */
  readonly votes: Map<number, string>;
  /** By term and candidate: where its log ended when it asked for votes. */
  readonly candidateLogs: Map<number, { readonly lastIndex: LogIndex; readonly lastTerm: Term }>;
  /** By index and term: the hash of the log up to that entry. */
  readonly prefixes: Map<number, number>;
  /** By replica: the newest hard state that a sync has confirmed. */
  readonly hardStates: Map<number, HardState>;
  /** By term and follower: the highest matchIndex that the term's leader had for it. */
  readonly matches: Map<number, LogIndex>;
  /** At index - 1: what was committed there. */
  readonly committed: Committed[];
  /** The committed memberships, oldest first, each from its index on. */
  readonly memberships: { readonly index: LogIndex; readonly membership: Membership }[];
}

export function newGhost(nodes: readonly string[], firstMembership: Membership): Ghost {
  return {
    numbers: new Map(nodes.map((id, number) => [id, number])),
    leaderOf: new Map(),
    votes: new Map(),
    candidateLogs: new Map(),
    prefixes: new Map(),
    hardStates: new Map(),
    matches: new Map(),
    committed: [],
    memberships: [{ index: 0, membership: firstMembership }],
  };
}

/** One number for a term and a replica, or an index and a term: both stay far below 2^26. */
export function keyOf(one: number, other: number): number {
  return one * 0x4000000 + other;
}

/** The hash of the committed log up to an index; NaN, which equals nothing, beyond what is committed. */
export function committedHash({ committed }: Ghost, index: LogIndex): number {
  return index === 0 ? HASH_START : (committed[index - 1]?.hash ?? Number.NaN);
}

/** The membership that the committed entries up to `index` imply. */
export function committedMembership(ghost: Ghost, index = Number.POSITIVE_INFINITY): Membership {
  const step = ghost.memberships.findLast((candidate) => candidate.index <= index);
  if (step === undefined) throw new RangeError(`no membership at index ${index}`);
  return step.membership;
}

/** "n1 n2", or "n1 n2 and n3" in a joint configuration. */
export function votersText({ voters, votersOutgoing }: Membership): string {
  return `${voters.join(" ")}${votersOutgoing.length > 0 ? ` and ${votersOutgoing.join(" ")}` : ""}`;
}

/** A rule that the ghost found broken. */
export function violated(rule: string, detail: string): never {
  throw new RuleBroken("ghost", rule, detail);
}
