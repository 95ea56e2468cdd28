// What must hold over the whole cluster: one function for each property of the paper, checked against a ghost that forgets nothing.
import { assert } from "../base/index.ts";
import {
  durabilityPromisedBy,
  type LogIndex,
  type Membership,
  type Message,
  type RaftStatus,
  type ReadState,
  type Ready,
  type Snapshot,
  sameMembership,
  type Term,
} from "../raft/index.ts";
import { decodeState } from "./log-image.ts";
import { haveDisjointQuorums, isQuorumOf } from "./quorums.ts";
import type { SimulatedReplica } from "./simulated-replica.ts";

/** A property of the protocol is broken: a bug of the core (or of the test's shell), never of the faults. */
export class SafetyViolation extends Error {
  override readonly name = "SafetyViolation";
}

interface Committed {
  readonly term: Term;
  /** Hash of the whole log up to here. */
  readonly hash: number;
  /** The term of the leader that committed it: leaders of later terms must have it. */
  readonly committedIn: Term;
}

/** All that ever happened, as nobody in the cluster can know it. */
export interface Ghost {
  readonly leaderOf: Map<Term, string>;
  /** `voter@term` to candidate: every vote that ever left a replica. */
  readonly votes: Map<string, string>;
  /** `index@term` to the hash of the log up to that entry. */
  readonly prefixes: Map<string, number>;
  /** At index - 1: what was committed first at that index. */
  readonly committed: Committed[];
  /** For each read: how much was committed when it was asked for. */
  readonly readFloors: Map<string, LogIndex>;
  /** The committed memberships, oldest first, each from its index on. */
  readonly memberships: { readonly index: LogIndex; readonly membership: Membership }[];
}

export function newGhost(firstMembership: Membership): Ghost {
  return {
    leaderOf: new Map(),
    votes: new Map(),
    prefixes: new Map(),
    committed: [],
    readFloors: new Map(),
    memberships: [{ index: 0, membership: firstMembership }],
  };
}

/** The membership that the committed entries up to `index` (all of them, if it is not given) imply. */
function committedMembership(ghost: Ghost, index = Number.POSITIVE_INFINITY): Membership {
  const step = ghost.memberships.findLast((candidate) => candidate.index <= index);
  assert(step !== undefined, "the first membership holds from index 0 on");
  return step.membership;
}

function violated(property: string, detail: string): never {
  throw new SafetyViolation(`${property} violated: ${detail}`);
}

/** §5.2, Election Safety: at most one leader can be elected in a term, ever. */
export function electionSafety(ghost: Ghost, { id, role, term }: RaftStatus): void {
  if (role !== "leader") return;
  const first = ghost.leaderOf.get(term) ?? id;
  if (first !== id) violated("election safety", `${first} and ${id} both led term ${term}`);
  ghost.leaderOf.set(term, id);
}

/** Figure 2: currentTerm and commitIndex only grow; what is committed is in the log. */
export function indexesGrow(before: RaftStatus, after: RaftStatus): void {
  if (after.term < before.term) violated("terms grow", `${after.id} went from term ${before.term} to ${after.term}`);
  if (after.commitIndex < before.commitIndex) {
    violated("commit index grows", `${after.id} went from ${before.commitIndex} to ${after.commitIndex}`);
  }
  if (after.commitIndex > after.lastIndex) violated("commit index within the log", after.id);
}

/** Figure 2, persistent state: a restarted replica knows its term and vote, and commits nothing that was not committed. */
export function remembersAcrossRestart(ghost: Ghost, { id, durable, running }: SimulatedReplica): void {
  const status = running?.status;
  if (status === undefined) return;
  const { currentTerm = 0, votedFor } = durable.hardState ?? {};
  if (status.term !== currentTerm)
    violated("the term is durable", `${id} restarted in ${status.term}, not ${currentTerm}`);
  if (status.votedFor !== votedFor) violated("the vote is durable", `${id} restarted with ${status.votedFor}`);
  if (status.commitIndex > ghost.committed.length)
    violated("a commit is known", `${id} restarted with ${status.commitIndex}`);
}

/** §5.3, Leader Append-Only: a leader never overwrites or deletes entries in its log. */
export function leaderAppendOnly({ id, running }: SimulatedReplica, ready: Ready, leadsSince: Term | undefined): void {
  const [first] = ready.entries;
  if (running === undefined || first === undefined || leadsSince !== running.status.term) return;
  if (running.status.role !== "leader") return;
  if (first.index <= running.handed.lastIndex)
    violated("leader append-only", `${id} replaced its entry ${first.index}`);
}

/** §5.3: a follower removes entries only when the first of them conflicts, and never one that it knows to be committed. */
export function truncatesOnlyConflicts(
  { id, running, durable }: SimulatedReplica,
  ready: Ready,
  { inputs }: { inputs: number },
): void {
  const [first] = ready.entries;
  if (running === undefined || first === undefined || ready.snapshot !== undefined) return;
  if (first.index > running.handed.lastIndex) return;
  if (first.index <= (durable.hardState?.commitIndex ?? 0)) {
    violated("committed entries stay", `${id} replaced entry ${first.index}`);
  }
  // With several inputs in one Ready, an entry may have gone and come back meanwhile.
  const conflicts = running.handed.termAt(first.index) !== first.term;
  if (!conflicts && inputs === 1)
    violated("only conflicts are removed", `${id} replaced entry ${first.index} by itself`);
}

/** §5.3, Log Matching: entries with the same index and term are equal, and so is everything before them. */
export function logMatching(ghost: Ghost, { id, running }: SimulatedReplica, ready: Ready): void {
  for (const { index, term } of ready.entries) {
    const hash = running?.handed.hashAt(index);
    if (hash === undefined) continue;
    const key = `${index}@${term}`;
    const known = ghost.prefixes.get(key) ?? hash;
    if (known !== hash) violated("log matching", `${id} has another log up to entry ${key} than somebody before`);
    ghost.prefixes.set(key, hash);
  }
}

/** §5.4, Leader Completeness: what was committed in earlier terms is in the log of a new leader. */
export function leaderCompleteness(ghost: Ghost, { id, running }: SimulatedReplica): void {
  if (running === undefined) return;
  const { term } = running.status;
  const from = running.handed.baseIndex + 1;
  for (let index = from; index <= ghost.committed.length; index++) {
    const committed = ghost.committed[index - 1];
    if (committed === undefined || committed.committedIn >= term) continue;
    if (running.handed.hashAt(index) !== committed.hash) {
      violated("leader completeness", `${id} leads term ${term} without entry ${index}@${committed.term}`);
    }
  }
}

/** The same seen from the commit: whoever leads a later term already must have the entry. */
export function laterLeadersHave(ghost: Ghost, index: LogIndex, replicas: readonly SimulatedReplica[]): void {
  const committed = ghost.committed[index - 1];
  if (committed === undefined) return;
  for (const { id, running } of replicas) {
    if (running?.status.role !== "leader" || running.status.term <= committed.committedIn) continue;
    if (running.handed.baseIndex < index && running.handed.hashAt(index) !== committed.hash) {
      violated("leader completeness", `entry ${index} was committed while ${id} led a later term without it`);
    }
  }
}

/** §5.4.2: a leader commits by counting only an entry of its own term. */
export function commitsOwnTerm(leader: SimulatedReplica, index: LogIndex, term: Term): void {
  const entryTerm = leader.running?.handed.termAt(index);
  if (entryTerm !== term) {
    violated(
      "only own-term entries are committed by counting",
      `${leader.id} committed ${index}@${entryTerm} in term ${term}`,
    );
  }
}

/** §5.3: a committed entry is durable on a majority (both, in a joint configuration) of the committing leader's configuration. */
export function commitIsDurable(
  membership: Membership,
  { index, hash, by }: { index: LogIndex; hash: number | undefined; by: string },
  replicas: readonly SimulatedReplica[],
): void {
  const holders = replicas.filter(({ durable: { log } }) => log.baseIndex >= index || log.hashAt(index) === hash);
  const ids = holders.map(({ id }) => id);
  if (!isQuorumOf(membership, new Set(ids))) {
    violated(
      "a commit is durable on a quorum",
      `${by} committed ${index}, durable only on ${ids.join(" ") || "nobody"}`,
    );
  }
}

/** §5.4.3, State Machine Safety: no two replicas ever have different entries committed (or applied) at an index. */
export function stateMachineSafety(ghost: Ghost, id: string, index: LogIndex, hash: number | undefined): void {
  const committed = ghost.committed[index - 1];
  if (committed === undefined)
    violated("state machine safety", `${id} takes entry ${index} for committed; no leader did`);
  if (committed.hash !== hash) violated("state machine safety", `${id} has another log up to committed entry ${index}`);
}

/** §7: a snapshot stands for a committed prefix of the log, with its last term, its state and its membership. */
export function snapshotIsCommittedPrefix(ghost: Ghost, id: string, snapshot: Snapshot): void {
  const { lastIncludedIndex: index, lastIncludedTerm, state, membership } = snapshot;
  stateMachineSafety(ghost, id, index, decodeState(state));
  const term = ghost.committed[index - 1]?.term;
  if (term !== lastIncludedTerm) violated("a snapshot knows its last term", `${id}: ${lastIncludedTerm}, not ${term}`);
  if (!sameMembership(membership, committedMembership(ghost, index))) {
    violated("a snapshot knows the membership at its index", `${id}: ${JSON.stringify(membership)} at ${index}`);
  }
}

/** Figure 2: whatever a message promises is durable before it leaves, and its term is one that the sender has reached. */
export function promisesAreDurable({ id, durable, running }: SimulatedReplica, message: Message): void {
  // A PreVote and its grant carry the term of an election that may never be.
  const grant = message.type === "PreVoteResponse" && message.voteGranted;
  const termMax = (running?.status.term ?? 0) + (message.type === "PreVote" ? 1 : 0);
  if (message.term > termMax && !grant)
    violated("nobody speaks for a later term", `${id} sent ${message.type} of term ${message.term}`);
  const promise = durabilityPromisedBy(message);
  if (promise === undefined) return;
  const { currentTerm = 0, votedFor } = durable.hardState ?? {};
  const what = `${id} sent ${message.type} of term ${message.term} to ${message.to}`;
  if (currentTerm < promise.term) violated("promises are durable", `${what}; its durable term is ${currentTerm}`);
  // What was promised in an earlier term has been overtaken: a later leader may have replaced those entries before they were written.
  if (currentTerm > promise.term) return;
  if (promise.votedFor !== undefined && promise.votedFor !== votedFor) {
    violated("promises are durable", `${what}; its durable vote is for ${votedFor ?? "nobody"}`);
  }
  // Nor can a candidate win that has met its term's leader meanwhile, and may have lost entries to it.
  if (message.type === "RequestVote" && running?.status.role !== "candidate") return;
  if ((promise.lastIndex ?? 0) > durable.log.lastIndex) {
    violated(
      "promises are durable",
      `${what} about ${promise.lastIndex}; its durable log ends at ${durable.log.lastIndex}`,
    );
  }
}

/** §5.2: each server votes for at most one candidate in a term, also across restarts. */
export function oneVoteATerm(ghost: Ghost, message: Message): void {
  if (message.type !== "RequestVote" && !(message.type === "RequestVoteResponse" && message.voteGranted)) return;
  const candidate = message.type === "RequestVote" ? message.from : message.to;
  const key = `${message.from}@${message.term}`;
  const first = ghost.votes.get(key) ?? candidate;
  if (first !== candidate)
    violated("one vote a term", `${message.from} voted for ${first} and ${candidate} in ${message.term}`);
  ghost.votes.set(key, candidate);
}

/** Figure 2, matchIndex: what a leader believes that a follower holds, the follower holds, durably and equal. */
export function matchIsDurable(leader: SimulatedReplica, replicas: readonly SimulatedReplica[]): void {
  const { status, handed } = leader.running ?? {};
  if (status?.role !== "leader" || handed === undefined) return;
  for (const [id, { matchIndex }] of status.progress) {
    const durable = replicas.find((replica) => replica.id === id)?.durable;
    if (durable === undefined || durable.hardState?.currentTerm !== status.term) continue;
    if (matchIndex <= durable.log.baseIndex || matchIndex <= handed.baseIndex) continue;
    if (durable.log.hashAt(matchIndex) !== handed.hashAt(matchIndex)) {
      violated("matchIndex is durable", `${leader.id} believes that ${id} holds ${matchIndex}`);
    }
  }
}

/** §8, linearizable reads: a read sees everything that was committed when it was asked for. */
export function readSeesCommitted(ghost: Ghost, id: string, { context, readIndex }: ReadState): void {
  const floor = ghost.readFloors.get(context);
  if (floor === undefined || readIndex < floor) {
    violated(
      "linearizable read",
      `${id} answered read ${context} at ${readIndex}; ${floor} was committed when it was asked`,
    );
  }
}

/**
 * §6: two configurations that can decide at the same time share a server in any two of their majorities. A replica can lead only
 * with every committed entry in its log, so only the configurations of such replicas count.
 */
export function configurationsOverlap(ghost: Ghost, replicas: readonly SimulatedReplica[]): void {
  const complete = replicas.filter(({ running }) => {
    const handed = running?.handed;
    if (handed === undefined || handed.lastIndex < ghost.committed.length) return false;
    const last = ghost.committed.length;
    return last <= handed.baseIndex || handed.hashAt(last) === ghost.committed[last - 1]?.hash;
  });
  const committed = committedMembership(ghost);
  const inUse = complete.map(({ running }) => running?.status.membership ?? committed);
  for (const [at, one] of inUse.entries()) {
    for (const other of [committed, ...inUse.slice(at + 1)]) {
      if (haveDisjointQuorums(one, other)) {
        violated("configurations overlap", `${JSON.stringify(one)} and ${JSON.stringify(other)} can decide apart`);
      }
    }
  }
}
