// What happens because time passes: elections, heartbeats, resending, CheckQuorum, giving up a transfer.
import type { RaftConfig } from "./config.ts";
import { askForVotes, protectsLeader, startElection } from "./election.ts";
import { noteUnanswered } from "./link-quality.ts";
import { type Progress, presumeLost } from "./progress.ts";
import { isQuorum } from "./quorum.ts";
import { isPromotable, type Raft, resetElectionTimer } from "./raft.ts";
import { becomeFollower } from "./roles.ts";
import type { LeaderState } from "./state/leader-state.ts";

/** One tick of the node's own timer. Heartbeats and resends leave with the next Ready. */
export function handleTick(raft: Raft): void {
  if (raft.leader !== undefined) tickLeader(raft);
  else tickElectionTimer(raft);
}

/**
 * §5.2: a follower or candidate that hears nothing for its election timeout starts an election. Its own vote is as bound as the one it
 * would give to others: if the ticks ran faster than the clock, it waits, for a lease may count on it.
 */
function tickElectionTimer(raft: Raft): void {
  const { node } = raft;
  node.electionElapsedTicks++;
  if (isVoteRetryDue(raft)) askForVotes(raft);
  if (node.electionElapsedTicks < node.randomizedElectionTimeoutTicks) return;
  if (!isPromotable(raft)) resetElectionTimer(raft);
  else if (!protectsLeader(raft)) startElection(raft, "pre-vote");
}

/** A lost request or answer need not cost an election: a candidate asks again, twice, at growing distance. */
function isVoteRetryDue({ node, config }: Raft): boolean {
  const { electionElapsedTicks: elapsed, role } = node;
  return role !== "follower" && (elapsed === config.resendTicks || elapsed === 3 * config.resendTicks);
}

function tickLeader(raft: Raft): void {
  const { leader, config } = raft;
  if (leader === undefined) return;
  for (const progress of leader.progress.values()) tickProgress(leader, progress, config);
  tickTransfer(raft);
  if (!hasActiveQuorum(raft)) {
    // CheckQuorum (dissertation §6.2): a leader cut off from its quorum steps down, so that its clients can look elsewhere.
    becomeFollower(raft, { term: raft.voting.currentTerm, leader: undefined });
    resetElectionTimer(raft);
  }
}

function tickProgress(leader: LeaderState, progress: Progress, config: RaftConfig): void {
  progress.ticksSinceSent++;
  progress.ticksSinceHeard++;
  if (progress.awaitingTicks === undefined) return;
  progress.awaitingTicks++;
  if (progress.awaitingTicks < config.resendTicks) return;
  presumeLost(progress, config.electionTimeoutTicks / 2);
  noteUnanswered(leader, progress);
}

/** Dissertation §3.10: after an election timeout the transfer is given up and the old leader serves again. */
function tickTransfer(raft: Raft): void {
  const { leader, config } = raft;
  const transfer = leader?.transfer;
  if (leader === undefined || transfer === undefined) return;
  transfer.elapsedTicks++;
  if (transfer.ticksSinceTimeoutNow !== undefined) transfer.ticksSinceTimeoutNow++;
  if (transfer.elapsedTicks >= config.electionTimeoutTicks) leader.transfer = undefined;
}

function hasActiveQuorum(raft: Raft): boolean {
  const { leader, config, stateMachine, node } = raft;
  if (leader === undefined) return false;
  const active = [...leader.progress].filter(([, p]) => p.ticksSinceHeard < config.electionTimeoutTicks);
  return isQuorum(stateMachine.memberships.current, new Set([node.id, ...active.map(([id]) => id)]));
}
