// What must hold on every node after every step; a node that breaks one stops. Cluster-wide invariants belong to the simulator.
import { assert } from "../base/index.ts";
import type { LogIndex, NodeId, Term } from "./entry.ts";
import type { Raft } from "./raft.ts";

/** What the previous step left, for the rules that relate two states. */
export interface Observed {
  readonly term: Term;
  readonly votedFor: NodeId | undefined;
  readonly commitIndex: LogIndex;
  readonly lastIndex: LogIndex;
  readonly role: string;
}

export function observe(raft: Raft): Observed {
  const { voting, stateMachine, node } = raft;
  return {
    term: voting.currentTerm,
    votedFor: voting.votedFor,
    commitIndex: stateMachine.commitIndex,
    lastIndex: stateMachine.log.lastIndex,
    role: node.role,
  };
}

/** Throws AssertionError with the broken rule. */
export function checkInvariants(raft: Raft, before: Observed): void {
  checkIndexes(raft);
  checkRoles(raft);
  checkProgress(raft);
  checkTransition(raft, before);
}

function checkIndexes({ stateMachine, voting }: Raft): void {
  const { log, lastApplied, handedToApply, commitIndex } = stateMachine;
  assert(lastApplied <= handedToApply, "entries are applied only after they were handed out");
  assert(handedToApply <= commitIndex, "only committed entries are handed out for applying");
  assert(commitIndex <= log.lastIndex, "the commit index lies within the log");
  assert(log.firstIndex - 1 <= handedToApply, "only what has been applied, or came as a snapshot, is compacted");
  assert(log.durableIndex <= log.handedIndex, "only what was handed out can be durable");
  assert(log.handedIndex <= log.lastIndex, "only what is in the log can be handed out");
  assert(log.lastTerm <= voting.currentTerm, "no entry is newer than the current term");
}

function checkRoles({ node, leader, voting }: Raft): void {
  assert((node.role === "leader") === (leader !== undefined), "the leader's view exists exactly while leading");
  assert(node.role !== "leader" || voting.leader === node.id, "a leader knows that it leads");
  assert(node.role === "leader" || voting.leader !== node.id, "only a leader believes in itself");
  assert(node.role !== "candidate" || voting.votedFor === node.id, "a candidate has voted for itself");
  const campaigning = node.role === "candidate" || node.role === "pre-candidate";
  assert(campaigning || voting.votesReceived.size === 0, "votes are counted only while campaigning");
}

function checkProgress({ leader, node, stateMachine }: Raft): void {
  if (leader === undefined) return;
  assert(!leader.progress.has(node.id), "the leader keeps no progress of itself");
  for (const progress of leader.progress.values()) {
    assert(progress.matchIndex < progress.nextIndex, "matchIndex < nextIndex");
    assert(progress.matchIndex <= stateMachine.log.lastIndex, "a follower's agreed log is part of the leader's");
    assert(progress.nextIndex <= stateMachine.log.lastIndex + 1, "nothing beyond the log is sent");
    assert(progress.state === "replicate" || progress.inflights.count === 0, "only pipelining has inflights");
    assert(progress.inflights.count === 0 || progress.awaitingTicks !== undefined, "what is under way is awaited");
    assert(
      (progress.state === "snapshot") === (progress.transfer !== undefined),
      "a transfer belongs to state snapshot",
    );
  }
}

function checkTransition({ voting, stateMachine, node }: Raft, before: Observed): void {
  assert(voting.currentTerm >= before.term, "the current term never decreases");
  assert(stateMachine.commitIndex >= before.commitIndex, "the commit index never decreases");
  if (voting.currentTerm > before.term) return;
  assert(before.votedFor === undefined || voting.votedFor === before.votedFor, "one vote a term (§5.2)");
  const led = before.role === "leader" && node.role === "leader";
  assert(!led || stateMachine.log.lastIndex >= before.lastIndex, "a leader never removes entries of its log (§5.3)");
}
