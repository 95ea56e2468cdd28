// Group 4 of a replica's state: the leader's view of the whole system. Exists only while leading.
import type { LogIndex, NodeId } from "../entry.ts";
import type { Progress } from "../progress.ts";

export interface LeaderState {
  /** nextIndex, matchIndex and the rest for every member but the leader itself (Figure 2); sorted by id. */
  readonly progress: Map<NodeId, Progress>;
  /** Index of the no-op that opened this leader's term: until it is committed, nothing of earlier terms is known to be (§8). */
  readonly termStartIndex: LogIndex;
  /** Reads that wait for proof of leadership, oldest first. */
  readonly pendingReads: PendingRead[];
  /** Number of the latest read round; every message carries it. */
  round: number;
  /** Share of questions to followers that were answered in time, faded (link-quality.ts); 1 at first. */
  answeredShare: number;
  /** Leadership is being handed over; proposals are refused meanwhile (dissertation §3.10). */
  transfer: LeadershipTransfer | undefined;
  /** A TimeoutNow has been sent in this term. It may arrive at any later time, so the lease is never trusted again. */
  leaseForfeited: boolean;
}

export interface PendingRead {
  readonly context: string;
  /** The follower that asked on behalf of its client; undefined: asked here. */
  readonly from: NodeId | undefined;
  /** The commit index when the read arrived. */
  readonly readIndex: LogIndex;
  /** The round that confirms it; undefined until the round starts, with the next Ready. */
  round: number | undefined;
}

export interface LeadershipTransfer {
  readonly target: NodeId;
  elapsedTicks: number;
  /** Ticks since TimeoutNow was last sent; undefined before the first. */
  ticksSinceTimeoutNow: number | undefined;
}
