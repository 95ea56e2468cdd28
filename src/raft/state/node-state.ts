// Group 1 of a replica's state: the node itself, its role and its timers.
import type { NodeId } from "../entry.ts";

/** The roles of §5.2, and the one that PreVote adds (dissertation §9.6). */
export type Role = "follower" | "pre-candidate" | "candidate" | "leader";

export interface NodeState {
  readonly id: NodeId;
  role: Role;
  /** Ticks since the election timer was last reset (§5.2). */
  electionElapsedTicks: number;
  /** Drawn anew at every reset, so that split votes are rare (§5.2). */
  randomizedElectionTimeoutTicks: number;
  /**
   * The clock (ms) when this node last heard from a current leader, or started with a past it no longer remembers.
   * Within an election timeout of it, votes are refused (§6, last paragraph), which is what makes leader leases safe.
   */
  lastLeaderContactAt: number;
}
