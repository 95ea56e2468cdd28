// keelson/raft: the pure Raft core.
export { AssertionError } from "../base/index.ts";
export { type InitialState, type RaftConfig, type RaftOptions, type ReplicationMode, raftConfig } from "./config.ts";
export type { Entry, EntryPayload, HardState, LogIndex, NodeId, Snapshot, Term } from "./entry.ts";
export type { ProposeResult, Refusal, RequestResult } from "./handlers/client-messages.ts";
export {
  changeMembership,
  isJoint,
  isVoter,
  leaveJoint,
  type Membership,
  type MembershipChange,
  type MembershipChangeResult,
  members,
  membershipOf,
  sameMembership,
} from "./membership.ts";
export type * from "./messages.ts";
export { completeQuorum, countVotes, isQuorum, majorityOf, quorumValue, type VoteResult } from "./quorum.ts";
export { RaftNode } from "./raft-node.ts";
export { type DurabilityPromise, durabilityPromisedBy, type ReadState, type Ready } from "./ready.ts";
export type { Role } from "./state/node-state.ts";
export type { ProgressStatus, RaftStatus } from "./status.ts";
