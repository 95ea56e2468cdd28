// What an operator or a test may see of a node: a copy, never the state itself.
import type { LogIndex, NodeId, Term } from "./entry.ts";
import type { Membership } from "./membership.ts";
import type { Raft } from "./raft.ts";
import { hasLease } from "./read-index.ts";
import type { Role } from "./state/node-state.ts";

/** One node at one moment. */
export interface RaftStatus {
  readonly id: NodeId;
  readonly role: Role;
  readonly term: Term;
  readonly votedFor: NodeId | undefined;
  /** The leader of this term as far as this node knows. */
  readonly leader: NodeId | undefined;
  readonly firstIndex: LogIndex;
  readonly lastIndex: LogIndex;
  readonly commitIndex: LogIndex;
  readonly lastApplied: LogIndex;
  readonly membership: Membership;
  /** Leading, and holding a lease under which reads need no message. */
  readonly lease: boolean;
  /** Leading, and handing leadership over to this member; requests to change the log are refused meanwhile. */
  readonly transferTarget: NodeId | undefined;
  /** Per follower, on the leader only. */
  readonly progress: ReadonlyMap<NodeId, ProgressStatus>;
}

export interface ProgressStatus {
  readonly matchIndex: LogIndex;
  readonly nextIndex: LogIndex;
  readonly state: "probe" | "replicate" | "snapshot";
  /** Messages in a row without an answer. */
  readonly misses: number;
}

export function statusOf(raft: Raft): RaftStatus {
  const { node, voting, stateMachine, leader } = raft;
  const progress = [...(leader?.progress ?? [])].map(([id, { matchIndex, nextIndex, state, misses }]) => {
    return [id, { matchIndex, nextIndex, state, misses }] as const;
  });
  return {
    id: node.id,
    role: node.role,
    term: voting.currentTerm,
    votedFor: voting.votedFor,
    leader: voting.leader,
    firstIndex: stateMachine.log.firstIndex,
    lastIndex: stateMachine.log.lastIndex,
    commitIndex: stateMachine.commitIndex,
    lastApplied: stateMachine.lastApplied,
    membership: stateMachine.memberships.current,
    lease: hasLease(raft),
    transferTarget: leader?.transfer?.target,
    progress: new Map(progress),
  };
}
