// Leader election from the candidate's side (§5.2), with PreVote (dissertation §9.6), and the protection of a living leader (§6).
import { assert } from "../base/index.ts";
import { isVoter, members } from "./membership.ts";
import { countVotes } from "./quorum.ts";
import { type Raft, resetElectionTimer, send, sendAfterPersist } from "./raft.ts";
import { becomeCandidate, becomeFollower, becomeLeader, becomePreCandidate } from "./roles.ts";
import type { ElectionStart } from "./state/voting-state.ts";

/** Starts a pre-election, or after TimeoutNow the election itself. */
export function startElection(raft: Raft, start: ElectionStart): void {
  raft.voting.electionStart = start;
  if (start === "transfer") {
    becomeCandidate(raft);
    askForVotes(raft);
    return;
  }
  becomePreCandidate(raft);
  askForVotes(raft);
  recordVote(raft, { from: raft.node.id, granted: true });
}

/** Asks every voter that has not answered yet; also again, when answers stay away (§5.1: requests are retried). */
export function askForVotes(raft: Raft): void {
  const { node, voting } = raft;
  for (const to of otherVoters(raft).filter((id) => !voting.votesReceived.has(id))) {
    if (node.role === "pre-candidate") {
      send(raft, { type: "PreVote", from: node.id, to, term: voting.currentTerm + 1, ...lastLog(raft) });
    } else {
      const leadershipTransfer = voting.electionStart === "transfer";
      const { currentTerm: term } = voting;
      sendAfterPersist(raft, { type: "RequestVote", from: node.id, to, term, ...lastLog(raft), leadershipTransfer });
    }
  }
}

/** Counts an answer to this node's own (pre-)election and acts on the result. */
export function recordVote(raft: Raft, { from, granted }: { from: string; granted: boolean }): void {
  const { voting, node, stateMachine } = raft;
  // A refusal can answer an older request and overtake the vote; a vote is never taken back.
  if (granted || !voting.votesReceived.has(from)) voting.votesReceived.set(from, granted);
  const result = countVotes(stateMachine.memberships.current, voting.votesReceived);
  if (result === "pending") return;
  if (result === "lost") becomeFollower(raft, { term: voting.currentTerm, leader: undefined });
  else if (node.role === "candidate") becomeLeader(raft);
  else {
    becomeCandidate(raft);
    askForVotes(raft);
  }
}

/** The candidate's own vote counts only once it is durable; the shell has just said up to which term the hard state is. */
export function countOwnVoteIfDurable(raft: Raft): void {
  const { voting, node } = raft;
  const durable = voting.durableTerm === voting.currentTerm;
  if (node.role === "candidate" && durable && !voting.votesReceived.has(node.id)) {
    recordVote(raft, { from: node.id, granted: true });
  }
}

/**
 * How long after hearing from a leader a node refuses votes, ms (§6, last paragraph). One heartbeat interval less than the election
 * timeout, so that when the first follower gives up on a dead leader, those that heard its last heartbeat later already agree.
 */
export function voteProtectionMs(raft: Raft): number {
  const { electionTimeoutTicks, heartbeatTicks, tickMs } = raft.config;
  return (electionTimeoutTicks - heartbeatTicks) * tickMs;
}

/** Whether this node still stands by a leader, so that no candidate but one sent by that leader may disturb. */
export function protectsLeader(raft: Raft): boolean {
  return raft.leader !== undefined || raft.now - raft.node.lastLeaderContactAt < voteProtectionMs(raft);
}

function otherVoters(raft: Raft): string[] {
  const membership = raft.stateMachine.memberships.current;
  return members(membership).filter((id) => id !== raft.node.id && isVoter(membership, id));
}

function lastLog(raft: Raft): { lastLogIndex: number; lastLogTerm: number } {
  const { log } = raft.stateMachine;
  return { lastLogIndex: log.lastIndex, lastLogTerm: log.lastTerm };
}

/** Follows a leader that has just proved itself, and starts a new election timeout. */
export function followLeader(raft: Raft, leader: string): void {
  const { node, voting } = raft;
  assert(node.role !== "leader", "at most one leader can be elected in a term (§5.2)");
  assert(voting.leader === undefined || voting.leader === leader, "all followers of a term follow one leader (§5.2)");
  if (node.role !== "follower") becomeFollower(raft, { term: voting.currentTerm, leader });
  voting.leader = leader;
  node.lastLeaderContactAt = raft.now;
  resetElectionTimer(raft);
}
