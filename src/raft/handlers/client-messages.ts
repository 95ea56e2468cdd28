// Handlers of what clients ask: propose, change the membership, read, hand leadership over (§8, §6, dissertation §3.10 and §6.4).
import { hasCommittedInTerm } from "../commit.ts";
import { entryBytes, type LogIndex, type NodeId, type Term } from "../entry.ts";
import { changeMembership, isVoter, type MembershipChange } from "../membership.ts";
import type { ReadIndexRequest, ReadIndexResponse } from "../messages.ts";
import { type Raft, send } from "../raft.ts";
import { enqueueRead } from "../read-index.ts";
import { appendAsLeader } from "../roles.ts";
import { startTransfer } from "../transfer.ts";

/** Why a request was not taken. Nothing of it has entered the log. */
export interface Refusal {
  readonly accepted: false;
  readonly reason:
    | "not-leader"
    | "transferring"
    | "too-large"
    | "too-many-uncommitted"
    | "too-many-reads"
    | "change-in-progress"
    | "term-not-committed"
    | "invalid-change"
    | "not-a-voter";
  /** The leader as far as known, to whom the client should turn. */
  readonly leader: NodeId | undefined;
  /** In words, for "invalid-change". */
  readonly detail?: string;
}

/** The entry has this place in the leader's log; whether it commits shows when (index, term) is, or is not, among committedEntries. */
export type ProposeResult = { readonly accepted: true; readonly index: LogIndex; readonly term: Term } | Refusal;
/** The request was taken. */
export type RequestResult = { readonly accepted: true } | Refusal;

export function handlePropose(raft: Raft, command: Uint8Array): ProposeResult {
  if (raft.leader === undefined) return refuse(raft, "not-leader");
  if (raft.leader.transfer !== undefined) return refuse(raft, "transferring");
  const payload = { type: "command", command } as const;
  if (command.byteLength > raft.config.commandBytesMax) return refuse(raft, "too-large");
  if (uncommittedBytes(raft) + entryBytes(payload) > raft.config.uncommittedBytesMax) {
    return refuse(raft, "too-many-uncommitted");
  }
  return { accepted: true, index: appendAsLeader(raft, payload), term: raft.voting.currentTerm };
}

/** §6 and dissertation §4.1: one change at a time, and none before this leader has committed an entry of its own term. */
export function handleProposeMembership(raft: Raft, changes: readonly MembershipChange[]): ProposeResult {
  const { leader, stateMachine } = raft;
  if (leader === undefined) return refuse(raft, "not-leader");
  if (leader.transfer !== undefined) return refuse(raft, "transferring");
  if (!hasCommittedInTerm(raft)) return refuse(raft, "term-not-committed");
  if (stateMachine.memberships.currentIndex > stateMachine.commitIndex) return refuse(raft, "change-in-progress");
  const result = changeMembership(stateMachine.memberships.current, changes);
  if (!result.ok) return refuse(raft, "invalid-change", result.reason);
  const index = appendAsLeader(raft, { type: "membership", membership: result.membership });
  return { accepted: true, index, term: raft.voting.currentTerm };
}

/** The leader starts to confirm its leadership; a follower asks the leader. The answer comes as a ReadState. */
export function handleReadIndex(raft: Raft, context: string): RequestResult {
  const { leader, node, voting, config } = raft;
  if (leader !== undefined) {
    if (leader.pendingReads.length >= config.pendingReadsMax) return refuse(raft, "too-many-reads");
    enqueueRead(raft, { context, from: undefined });
    return { accepted: true };
  }
  if (voting.leader === undefined) return refuse(raft, "not-leader");
  send(raft, { type: "ReadIndexRequest", from: node.id, to: voting.leader, term: voting.currentTerm, context });
  return { accepted: true };
}

export function handleReadIndexRequest(raft: Raft, message: ReadIndexRequest): void {
  const { leader, config } = raft;
  if (leader === undefined || leader.pendingReads.length >= config.pendingReadsMax) return;
  enqueueRead(raft, { context: message.context, from: message.from });
}

export function handleReadIndexResponse(raft: Raft, { context, readIndex }: ReadIndexResponse): void {
  raft.outbox.readStates.push({ context, readIndex });
}

export function handleTransferLeadership(raft: Raft, target: NodeId): RequestResult {
  const { leader, node, stateMachine } = raft;
  if (leader === undefined) return refuse(raft, "not-leader");
  if (leader.transfer !== undefined && leader.transfer.target !== target) return refuse(raft, "transferring");
  if (!isVoter(stateMachine.memberships.current, target) || target === node.id) return refuse(raft, "not-a-voter");
  if (leader.transfer === undefined) startTransfer(raft, target);
  return { accepted: true };
}

function uncommittedBytes(raft: Raft): number {
  const { log, commitIndex } = raft.stateMachine;
  return log.bytesAfter(commitIndex);
}

function refuse(raft: Raft, reason: Refusal["reason"], detail?: string): Refusal {
  const { leader } = raft.voting;
  return detail === undefined ? { accepted: false, reason, leader } : { accepted: false, reason, leader, detail };
}
