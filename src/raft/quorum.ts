// Quorum arithmetic: what a majority, or both majorities of a joint configuration (§6), agree on.
import type { NodeId } from "./entry.ts";
import type { Membership } from "./membership.ts";

/** Result of counting votes: "pending" while the missing answers could still decide either way. */
export type VoteResult = "won" | "lost" | "pending";

/** The number of voters that make a majority of `count`. An empty half of a configuration agrees to everything. */
export function majorityOf(count: number): number {
  return Math.floor(count / 2) + 1;
}

/**
 * The highest value that a quorum has reached, for values that only grow (match indexes, read rounds, send times).
 * Joint: the lower of both halves. `reached` gives -Infinity or 0 for voters that have reported nothing.
 */
export function quorumValue(membership: Membership, reached: (id: NodeId) => number): number {
  return Math.min(majorityValue(membership.voters, reached), majorityValue(membership.votersOutgoing, reached));
}

/** Counts votes; only voters of the configuration count, whoever else answered. */
export function countVotes(membership: Membership, votes: ReadonlyMap<NodeId, boolean>): VoteResult {
  const halves = [countHalf(membership.voters, votes), countHalf(membership.votersOutgoing, votes)];
  if (halves.includes("lost")) return "lost";
  return halves.includes("pending") ? "pending" : "won";
}

/** Whether `ids` contain a quorum of the configuration. */
export function isQuorum(membership: Membership, ids: ReadonlySet<NodeId>): boolean {
  return missingVoters(membership.voters, ids) <= 0 && missingVoters(membership.votersOutgoing, ids) <= 0;
}

/**
 * The first of `candidates` that, together with `covered`, make a bare quorum: what thrifty replication sends to.
 * All useful candidates if they do not suffice.
 */
export function completeQuorum(
  membership: Membership,
  covered: ReadonlySet<NodeId>,
  candidates: readonly NodeId[],
): NodeId[] {
  const halves = [membership.voters, membership.votersOutgoing].map((voters) => ({
    voters,
    missing: missingVoters(voters, covered),
  }));
  const chosen: NodeId[] = [];
  for (const id of new Set(candidates)) {
    if (covered.has(id)) continue;
    const useful = halves.filter((half) => half.missing > 0 && half.voters.includes(id));
    if (useful.length === 0) continue;
    for (const half of useful) half.missing--;
    chosen.push(id);
  }
  return chosen;
}

function missingVoters(voters: readonly NodeId[], ids: ReadonlySet<NodeId>): number {
  if (voters.length === 0) return 0;
  return majorityOf(voters.length) - voters.filter((id) => ids.has(id)).length;
}

function majorityValue(voters: readonly NodeId[], reached: (id: NodeId) => number): number {
  if (voters.length === 0) return Number.POSITIVE_INFINITY;
  const values = voters.map(reached);
  const needed = majorityOf(voters.length);
  let highest = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value <= highest) continue;
    let reachedBy = 0;
    for (const other of values) if (other >= value) reachedBy++;
    if (reachedBy >= needed) highest = value;
  }
  return highest;
}

function countHalf(voters: readonly NodeId[], votes: ReadonlyMap<NodeId, boolean>): VoteResult {
  if (voters.length === 0) return "won";
  const needed = majorityOf(voters.length);
  const granted = voters.filter((id) => votes.get(id) === true).length;
  const refused = voters.filter((id) => votes.get(id) === false).length;
  if (granted >= needed) return "won";
  return voters.length - refused < needed ? "lost" : "pending";
}
