// Handlers of the election family: PreVote, RequestVote, their answers, TimeoutNow (§5.2, §5.4.1, §6; dissertation §3.10, §9.6).
import { protectsLeader, recordVote, startElection } from "../election.ts";
import type { PreVote, PreVoteResponse, RequestVote, RequestVoteResponse, TimeoutNow } from "../messages.ts";
import { isPromotable, type Raft, resetElectionTimer, sendAfterPersist } from "../raft.ts";

/** Would this node vote for the sender? Answers change nothing here; a node that stands by a leader does not answer. */
export function handlePreVote(raft: Raft, message: PreVote): void {
  if (protectsLeader(raft)) return;
  const { voting } = raft;
  const voteGranted = message.term > voting.currentTerm && isLogUpToDate(raft, message);
  // A grant carries the term of the election it is for, a refusal the term of the node: the candidate may be behind.
  const term = voteGranted ? message.term : voting.currentTerm;
  sendAfterPersist(raft, { type: "PreVoteResponse", from: raft.node.id, to: message.from, term, voteGranted });
}

export function handlePreVoteResponse(raft: Raft, message: PreVoteResponse): void {
  const { node, voting } = raft;
  if (node.role !== "pre-candidate") return;
  const answersThisElection = !message.voteGranted || message.term === voting.currentTerm + 1;
  if (answersThisElection) recordVote(raft, { from: message.from, granted: message.voteGranted });
}

/** §5.2: one vote a term, first come first served; §5.4.1: only for a log at least as up to date. A repeated request is answered alike. */
export function handleRequestVote(raft: Raft, message: RequestVote): void {
  const { node, voting } = raft;
  const free = voting.votedFor === undefined || voting.votedFor === message.from;
  const voteGranted = free && voting.leader === undefined && isLogUpToDate(raft, message);
  if (voteGranted) {
    voting.votedFor = message.from;
    // §5.2: granting a vote restarts the timer, refusing one does not.
    resetElectionTimer(raft);
  }
  const { currentTerm: term } = voting;
  sendAfterPersist(raft, { type: "RequestVoteResponse", from: node.id, to: message.from, term, voteGranted });
}

export function handleRequestVoteResponse(raft: Raft, message: RequestVoteResponse): void {
  if (raft.node.role === "candidate") recordVote(raft, { from: message.from, granted: message.voteGranted });
}

/** Dissertation §3.10: the leader asks this node to take over at once. */
export function handleTimeoutNow(raft: Raft, message: TimeoutNow): void {
  const fromLeader = raft.voting.leader === undefined || raft.voting.leader === message.from;
  if (raft.node.role === "follower" && fromLeader && isPromotable(raft)) startElection(raft, "transfer");
}

function isLogUpToDate(raft: Raft, message: PreVote | RequestVote): boolean {
  return raft.stateMachine.log.isUpToDate({ index: message.lastLogIndex, term: message.lastLogTerm });
}
