// Changes of role (Figure 4). What belongs to a role is created on entering it and gone on leaving it.
import { assert } from "../base/index.ts";
import type { EntryPayload, LogIndex, NodeId, Term } from "./entry.ts";
import { members } from "./membership.ts";
import { newProgress, type Progress } from "./progress.ts";
import { appendToLog, type Raft, resetElectionTimer } from "./raft.ts";

/** Follower of `leader` (if known) in `term`. Within a term the vote is kept: it must not be given twice (§5.2). */
export function becomeFollower(raft: Raft, { term, leader }: { term: Term; leader: NodeId | undefined }): void {
  enterTerm(raft, term);
  leaveRole(raft);
  raft.node.role = "follower";
  raft.voting.leader = leader;
}

/** Asks around before disturbing anybody: the term does not change yet (dissertation §9.6). */
export function becomePreCandidate(raft: Raft): void {
  leaveRole(raft);
  raft.node.role = "pre-candidate";
  raft.voting.leader = undefined;
  resetElectionTimer(raft);
}

/** §5.2: increments the term and votes for itself. */
export function becomeCandidate(raft: Raft): void {
  enterTerm(raft, raft.voting.currentTerm + 1);
  leaveRole(raft);
  raft.node.role = "candidate";
  raft.voting.votedFor = raft.node.id;
  raft.voting.leader = undefined;
  resetElectionTimer(raft);
}

/** Leads the current term, and opens it with a no-op entry (§8). */
export function becomeLeader(raft: Raft): void {
  const { node, voting, stateMachine } = raft;
  assert(node.role === "candidate", "only a candidate becomes leader");
  leaveRole(raft);
  node.role = "leader";
  voting.leader = node.id;
  const nextIndex = stateMachine.log.lastIndex + 1;
  const peers = members(stateMachine.memberships.current).filter((id) => id !== node.id);
  raft.leader = {
    progress: new Map<NodeId, Progress>(peers.map((id) => [id, newProgress(nextIndex)])),
    termStartIndex: nextIndex,
    pendingReads: [],
    round: 0,
    answeredShare: 1,
    transfer: undefined,
    leaseForfeited: false,
  };
  appendAsLeader(raft, { type: "no-op" });
}

/** Appends one entry of the current term to the leader's own log; it travels with the next Ready. */
export function appendAsLeader(raft: Raft, payload: EntryPayload): LogIndex {
  assert(raft.node.role === "leader", "only the leader creates entries");
  const index = raft.stateMachine.log.lastIndex + 1;
  appendToLog(raft, [{ ...payload, index, term: raft.voting.currentTerm }]);
  if (payload.type === "membership") followMembership(raft);
  return index;
}

/** Begins to replicate to members that the membership in use has just added. Removed ones stay until the change is committed. */
function followMembership(raft: Raft): void {
  const { leader, node, stateMachine } = raft;
  assert(leader !== undefined, "only a leader follows the membership");
  const entering = members(stateMachine.memberships.current).filter((id) => id !== node.id && !leader.progress.has(id));
  for (const id of entering) leader.progress.set(id, newProgress(stateMachine.log.lastIndex));
}

function enterTerm(raft: Raft, term: Term): void {
  const { voting } = raft;
  assert(term >= voting.currentTerm, "the current term never decreases");
  if (term === voting.currentTerm) return;
  voting.currentTerm = term;
  voting.votedFor = undefined;
}

function leaveRole(raft: Raft): void {
  raft.voting.votesReceived.clear();
  raft.leader = undefined;
}
