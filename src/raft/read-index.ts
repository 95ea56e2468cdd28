// Linearizable reads without writing to the log: read-index (dissertation §6.4) and leader leases (§6.4.1).
import { hasCommittedInTerm } from "./commit.ts";
import { voteProtectionMs } from "./election.ts";
import type { LogIndex, NodeId } from "./entry.ts";
import { quorumValue } from "./quorum.ts";
import { type Raft, send } from "./raft.ts";

/** The leader takes a read: at once under a valid lease, else it waits for a round of heartbeats. */
export function enqueueRead(raft: Raft, read: { context: string; from: NodeId | undefined }): void {
  const { leader, stateMachine } = raft;
  if (leader === undefined) return;
  // §8: until an entry of this term is committed the leader may not know everything that is committed.
  const readIndex = hasCommittedInTerm(raft) ? stateMachine.commitIndex : leader.termStartIndex;
  leader.pendingReads.push({ ...read, readIndex, round: undefined });
  releaseReads(raft);
}

/** Answers the reads whose round a quorum has confirmed, and under a valid lease all of them. */
export function releaseReads(raft: Raft): void {
  const { leader, stateMachine } = raft;
  if (leader === undefined || leader.pendingReads.length === 0) return;
  if (!hasCommittedInTerm(raft)) return;
  const confirmed = hasLease(raft)
    ? Number.POSITIVE_INFINITY
    : quorumValue(stateMachine.memberships.current, (id) => confirmedRound(raft, id));
  // A read without a round is younger than every round that could have confirmed it.
  const isConfirmed = (round: number | undefined) => confirmed >= (round ?? Number.POSITIVE_INFINITY);
  while (isConfirmed(leader.pendingReads[0]?.round) && leader.pendingReads.length > 0) {
    const read = leader.pendingReads.shift();
    if (read !== undefined) answerRead(raft, read);
  }
}

/**
 * Whether no other leader can have been elected yet: a quorum answered something that was sent so recently that it still refuses votes
 * (§6), even if its clocks run faster than ours by the stated bound. Sending time counts, not arrival of the answer (dissertation
 * §6.4.1), and `now`, not ticks: a paused process must not trust its own count.
 */
export function hasLease(raft: Raft): boolean {
  const { leader, config, stateMachine } = raft;
  if (leader === undefined || !config.leaseReads || leader.leaseForfeited || leader.transfer !== undefined)
    return false;
  const heldSince = quorumValue(stateMachine.memberships.current, (id) =>
    id === raft.node.id ? raft.now : (leader.progress.get(id)?.ackedSentAt ?? Number.NEGATIVE_INFINITY),
  );
  return raft.now - heldSince < voteProtectionMs(raft) * (1 - config.clockDriftMax);
}

function confirmedRound(raft: Raft, id: NodeId): number {
  if (id === raft.node.id) return raft.leader?.round ?? 0;
  return raft.leader?.progress.get(id)?.ackedRound ?? 0;
}

function answerRead(raft: Raft, read: { context: string; from: NodeId | undefined; readIndex: LogIndex }): void {
  const { context, from, readIndex } = read;
  if (from === undefined) {
    raft.outbox.readStates.push({ context, readIndex });
  } else {
    const { node, voting } = raft;
    send(raft, { type: "ReadIndexResponse", from: node.id, to: from, term: voting.currentTerm, context, readIndex });
  }
}
