// When the leader may call an entry committed, and what follows from it.
import { assert } from "../base/index.ts";
import type { LogIndex, NodeId } from "./entry.ts";
import { isJoint, isVoter, leaveJoint, members } from "./membership.ts";
import { quorumValue } from "./quorum.ts";
import type { Raft } from "./raft.ts";
import { sendAppend } from "./replication.ts";
import { appendAsLeader, becomeFollower } from "./roles.ts";

/** Moves the leader's commitIndex to what a quorum holds durably (§5.3, §5.4.2). Returns whether it moved. */
export function advanceCommit(raft: Raft): boolean {
  const { leader, stateMachine, voting } = raft;
  assert(leader !== undefined, "only the leader commits by counting");
  const { log } = stateMachine;
  const quorumMatch = quorumValue(stateMachine.memberships.current, (id) => durableMatch(raft, id));
  if (quorumMatch <= stateMachine.commitIndex) return false;
  // §5.4.2: only an entry of the current term commits by counting replicas; older ones commit with it.
  if (log.termAt(quorumMatch) !== voting.currentTerm) return false;
  commitTo(raft, quorumMatch);
  afterMembershipCommitted(raft);
  return true;
}

/** Raises commitIndex; never beyond the log, never back. */
export function commitTo(raft: Raft, index: LogIndex): void {
  const { stateMachine } = raft;
  assert(index <= stateMachine.log.lastIndex, "only entries in the log can be committed");
  stateMachine.commitIndex = Math.max(stateMachine.commitIndex, index);
}

/** The leader has committed an entry of its own term, so it knows everything that was committed before it (§8). */
export function hasCommittedInTerm(raft: Raft): boolean {
  return raft.leader !== undefined && raft.stateMachine.commitIndex >= raft.leader.termStartIndex;
}

/** The leader's own log counts only as far as it is durable, like everybody's (etcd issue 14370 is what happens otherwise). */
function durableMatch(raft: Raft, id: NodeId): LogIndex {
  if (id === raft.node.id) return raft.stateMachine.log.durableIndex;
  return raft.leader?.progress.get(id)?.matchIndex ?? 0;
}

/** §6: a committed joint configuration is left at once; a leader that is no longer a voter steps down once that is committed. */
function afterMembershipCommitted(raft: Raft): void {
  const { leader, node, stateMachine, voting } = raft;
  const { memberships, commitIndex } = stateMachine;
  if (leader === undefined || memberships.currentIndex > commitIndex) return;
  releaseRemoved(raft);
  if (isJoint(memberships.current)) {
    if (hasCommittedInTerm(raft)) {
      appendAsLeader(raft, { type: "membership", membership: leaveJoint(memberships.current) });
    }
  } else if (!isVoter(memberships.current, node.id)) {
    // A last word to everybody, so that the members learn of the commit before the election.
    for (const id of leader.progress.keys()) sendAppend(raft, id, { replyWanted: false });
    becomeFollower(raft, { term: voting.currentTerm, leader: undefined });
  }
}

/** Removed members hear once more, so that they learn of their removal, and are then forgotten. */
function releaseRemoved(raft: Raft): void {
  const progress = raft.leader?.progress;
  assert(progress !== undefined, "only a leader has progress to forget");
  const remaining = members(raft.stateMachine.memberships.current);
  for (const id of [...progress.keys()].filter((peer) => !remaining.includes(peer))) {
    sendAppend(raft, id, { replyWanted: false });
    progress.delete(id);
  }
}
