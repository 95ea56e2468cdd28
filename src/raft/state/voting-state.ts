// Group 2 of a replica's state: the term and its election.
import type { NodeId, Term } from "../entry.ts";

/** How an election begins: by asking first, or at once because the leader itself handed over. */
export type ElectionStart = "pre-vote" | "transfer";

export interface VotingState {
  /** Latest term seen; only grows; durable before any answer that carries it (Figure 2). */
  currentTerm: Term;
  /** Whom this node voted for in currentTerm; changes at most once a term, and is durable before the vote leaves (Figure 2). */
  votedFor: NodeId | undefined;
  /** The leader of currentTerm as far as known. */
  leader: NodeId | undefined;
  /** Answers to this node's own (pre-)election; empty in other roles. */
  readonly votesReceived: Map<NodeId, boolean>;
  /** How this node's latest election began. */
  electionStart: ElectionStart;
  /** The term up to which the hard state is durable: a candidate counts its own vote only when that vote is. */
  durableTerm: Term;
}
