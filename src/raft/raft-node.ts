// The public face of the core: events in, Ready out. It only sorts events; the handlers act.
import { assert, unreachable } from "../base/index.ts";
import { advanceCommit } from "./commit.ts";
import type { InitialState, RaftOptions } from "./config.ts";
import { countOwnVoteIfDurable, protectsLeader, startElection } from "./election.ts";
import type { HardState, LogIndex, NodeId, Term } from "./entry.ts";
import { handleAppendEntries, handleAppendEntriesResponse } from "./handlers/append-entries-messages.ts";
import {
  handlePropose,
  handleProposeMembership,
  handleReadIndex,
  handleReadIndexRequest,
  handleReadIndexResponse,
  handleTransferLeadership,
  type ProposeResult,
  type RequestResult,
} from "./handlers/client-messages.ts";
import {
  handlePreVote,
  handlePreVoteResponse,
  handleRequestVote,
  handleRequestVoteResponse,
  handleTimeoutNow,
} from "./handlers/election-messages.ts";
import { handleInstallSnapshot, handleInstallSnapshotResponse } from "./handlers/install-snapshot-messages.ts";
import { checkInvariants, type Observed, observe } from "./invariants.ts";
import type { Membership, MembershipChange } from "./membership.ts";
import type { Message } from "./messages.ts";
import { createRaft, isPromotable, type Raft, sendAfterPersist } from "./raft.ts";
import { hasLease, releaseReads } from "./read-index.ts";
import type { Ready } from "./ready.ts";
import { replicate } from "./replication.ts";
import { becomeFollower } from "./roles.ts";
import type { Role } from "./state/node-state.ts";
import { type RaftStatus, statusOf } from "./status.ts";
import { handleTick } from "./timers.ts";
import { sendTimeoutNowIfCaughtUp } from "./transfer.ts";

/**
 * One Raft replica as a function of its inputs. Every input carries `now`, a monotonic clock in ms that the shell reads when it
 * handles the event. After inputs, while `hasReady()`, the shell takes `ready()`, does what Ready says, and calls `advance()`.
 * A broken invariant throws AssertionError; the node must not be used afterwards.
 */
export class RaftNode {
  readonly #raft: Raft;
  /** Nothing has happened since the outbox was filled. */
  #flushed = false;

  /**
   * `options.seed` seeds the election timeouts. `initial` is what was durable when the node last stopped.
   * Throws RangeError that names a bad setting, AssertionError for an impossible past.
   */
  constructor(options: RaftOptions & { seed: number | string }, initial: InitialState, now = 0) {
    this.#raft = createRaft(options, initial, now);
  }

  /** One tick of the node's timer has passed. */
  tick(now: number): void {
    this.#handle(now, (raft) => {
      handleTick(raft);
      sendTimeoutNowIfCaughtUp(raft);
    });
  }

  /** A message has arrived. Messages may be lost, doubled, late and out of order; ones for somebody else are ignored. */
  step(message: Message, now: number): void {
    this.#handle(now, (raft) => {
      if (message.to === raft.node.id) receive(raft, message);
    });
  }

  /**
   * Starts an election now (with PreVote) instead of when the timer ends. Does nothing on a leader, on a non-voter, and on a node that
   * heard a leader, or restarted, less than an election timeout ago: it has promised not to disturb.
   */
  campaign(now: number): void {
    this.#handle(now, (raft) => {
      if (isPromotable(raft) && !protectsLeader(raft)) startElection(raft, "pre-vote");
    });
  }

  /** Appends a command to the leader's log. The array must not be changed afterwards. */
  propose(command: Uint8Array, now: number): ProposeResult {
    return this.#handle(now, (raft) => handlePropose(raft, command));
  }

  /** Appends a change of the membership; see changeMembership. One at a time. */
  proposeMembership(changes: readonly MembershipChange[], now: number): ProposeResult {
    return this.#handle(now, (raft) => handleProposeMembership(raft, changes));
  }

  /**
   * Asks for a linearizable read. The answer is a ReadState with the same context, in some later Ready; it may never come (the leader
   * changed, a message got lost): then ask again.
   */
  readIndex(context: string, now: number): RequestResult {
    return this.#handle(now, (raft) => handleReadIndex(raft, context));
  }

  /** Hands leadership to `target`. It has happened when the node is no longer leader; after an election timeout it is given up. */
  transferLeadership(target: NodeId, now: number): RequestResult {
    return this.#handle(now, (raft) => handleTransferLeadership(raft, target));
  }

  /**
   * The state machine's snapshot at `index` is durable, so the log before it may go (§7). Keeps the newest `keepEntries` for followers
   * that are only a little behind. Only applied entries can be compacted; an older snapshot than the present one is ignored.
   */
  compact({ index, state, keepEntries = 0 }: { index: LogIndex; state: Uint8Array; keepEntries?: number }): void {
    this.#handle(this.#raft.now, ({ stateMachine }) => {
      const { log, memberships, snapshot } = stateMachine;
      assert(index <= stateMachine.lastApplied, "only applied entries are compacted");
      if (index <= (snapshot?.lastIncludedIndex ?? 0)) return;
      const lastIncludedTerm = log.termAt(index);
      assert(lastIncludedTerm !== undefined, "the snapshot's last entry is in the log");
      stateMachine.snapshot = { lastIncludedIndex: index, lastIncludedTerm, membership: memberships.at(index), state };
      const upTo = Math.min(index - keepEntries, log.durableIndex);
      if (upTo < log.firstIndex) return;
      log.compactTo(upTo);
      memberships.compactTo(upTo);
    });
  }

  /** Whether ready() would hold anything. */
  hasReady(): boolean {
    const { outbox, stateMachine } = this.#raft;
    this.#flush();
    return (
      outbox.messages.length > 0 ||
      outbox.messagesAfterPersist.length > 0 ||
      outbox.readStates.length > 0 ||
      stateMachine.log.handedIndex < stateMachine.log.lastIndex ||
      stateMachine.snapshotToPersist !== undefined ||
      stateMachine.handedToApply < stateMachine.commitIndex ||
      this.#changedHardState() !== undefined
    );
  }

  /** Hands out all outstanding work, once. See Ready for what to do with it. */
  ready(): Ready {
    const { outbox, stateMachine } = this.#raft;
    this.#flush();
    const hardState = this.#changedHardState();
    if (hardState !== undefined) outbox.handedHardState = hardState;
    const committedEntries = stateMachine.log.slice({
      from: stateMachine.handedToApply + 1,
      to: stateMachine.commitIndex,
    });
    stateMachine.handedToApply = stateMachine.commitIndex;
    const ready: Ready = {
      messages: outbox.messages,
      snapshot: stateMachine.snapshotToPersist,
      entries: stateMachine.log.takeUnhanded(),
      hardState,
      messagesAfterPersist: outbox.messagesAfterPersist,
      committedEntries,
      readStates: outbox.readStates,
    };
    outbox.messages = [];
    outbox.messagesAfterPersist = [];
    outbox.readStates = [];
    stateMachine.snapshotToPersist = undefined;
    return ready;
  }

  /** The oldest Ready that has not been advanced is done: durable, sent and applied. */
  advance(ready: Ready): void {
    this.#handle(this.#raft.now, (raft) => {
      const { stateMachine, voting } = raft;
      const lastEntry = ready.entries.at(-1);
      if (lastEntry !== undefined) stateMachine.log.markDurable(lastEntry);
      if (ready.hardState !== undefined) voting.durableTerm = ready.hardState.currentTerm;
      const lastApplied = ready.committedEntries.at(-1)?.index ?? ready.snapshot?.lastIncludedIndex ?? 0;
      stateMachine.lastApplied = Math.max(stateMachine.lastApplied, lastApplied);
      countOwnVoteIfDurable(raft);
      if (raft.leader !== undefined && advanceCommit(raft)) releaseReads(raft);
    });
  }

  /** A copy of what is worth showing. */
  status(): RaftStatus {
    return statusOf(this.#raft);
  }

  // What status() tells, one by one and without a copy, for whoever looks after every event.
  get role(): Role {
    return this.#raft.node.role;
  }
  get term(): Term {
    return this.#raft.voting.currentTerm;
  }
  get votedFor(): NodeId | undefined {
    return this.#raft.voting.votedFor;
  }
  get leader(): NodeId | undefined {
    return this.#raft.voting.leader;
  }
  get lease(): boolean {
    return hasLease(this.#raft);
  }
  get firstIndex(): LogIndex {
    return this.#raft.stateMachine.log.firstIndex;
  }
  get lastIndex(): LogIndex {
    return this.#raft.stateMachine.log.lastIndex;
  }
  get commitIndex(): LogIndex {
    return this.#raft.stateMachine.commitIndex;
  }
  get lastApplied(): LogIndex {
    return this.#raft.stateMachine.lastApplied;
  }
  get membership(): Membership {
    return this.#raft.stateMachine.memberships.current;
  }
  /** Whether it leads and holds a lease under which reads need no message. */
  get hasLease(): boolean {
    return hasLease(this.#raft);
  }
  /** Ticks since the election timer was last reset. */
  get electionElapsedTicks(): number {
    return this.#raft.node.electionElapsedTicks;
  }
  /** On the leader, up to where a follower is known to agree; undefined elsewhere, and for who is no follower. */
  matchIndexOf(follower: NodeId): LogIndex | undefined {
    return this.#raft.leader?.progress.get(follower)?.matchIndex;
  }

  #handle<Result>(now: number, handler: (raft: Raft) => Result): Result {
    const raft = this.#raft;
    assert(now >= raft.now, "the clock is monotonic");
    raft.now = now;
    this.#flushed = false;
    const before: Observed = observe(raft);
    const result = handler(raft);
    checkInvariants(raft, before);
    return result;
  }

  /** Everything that arrived since the last Ready shares its messages and its read round. */
  #flush(): void {
    if (this.#flushed) return;
    this.#flushed = true;
    replicate(this.#raft);
    releaseReads(this.#raft);
  }

  #changedHardState(): HardState | undefined {
    const { voting, stateMachine, outbox } = this.#raft;
    const { currentTerm, votedFor } = voting;
    const { commitIndex } = stateMachine;
    const handed = outbox.handedHardState;
    const same =
      handed.currentTerm === currentTerm && handed.votedFor === votedFor && handed.commitIndex === commitIndex;
    return same ? undefined : { currentTerm, votedFor, commitIndex };
  }
}

/** §5.1: a newer term makes a follower of anybody; an older one is answered with the current term, never obeyed. */
function receive(raft: Raft, message: Message): void {
  const { voting } = raft;
  if (message.term > voting.currentTerm && !meetNewerTerm(raft, message)) return;
  if (message.term < voting.currentTerm) {
    answerOlderTerm(raft, message);
    return;
  }
  dispatch(raft, message);
}

/** Enters the message's term, unless the message only asks about it. Returns whether the message is to be handled. */
function meetNewerTerm(raft: Raft, message: Message): boolean {
  if (message.type === "PreVote" || (message.type === "PreVoteResponse" && message.voteGranted)) {
    dispatch(raft, message);
    return false;
  }
  // §6: a removed server must not depose a leader that the others can hear.
  if (message.type === "RequestVote" && !message.leadershipTransfer && protectsLeader(raft)) return false;
  becomeFollower(raft, { term: message.term, leader: undefined });
  return true;
}

/** Tells a sender who is behind, once, what the term is; otherwise it might wait for ever (etcd issue 8501). */
function answerOlderTerm(raft: Raft, message: Message): void {
  const envelope = { from: raft.node.id, to: message.from, term: raft.voting.currentTerm };
  switch (message.type) {
    case "AppendEntries":
    case "InstallSnapshot": {
      // Only the term counts: whom this node follows in its own term, an older leader's clock and round cannot say.
      const refusal = { success: false, matchIndex: 0, conflictIndex: 0, conflictTerm: 0, sentAt: 0, round: 0 };
      sendAfterPersist(raft, { type: "AppendEntriesResponse", ...envelope, ...refusal });
      return;
    }
    case "PreVote":
      sendAfterPersist(raft, { type: "PreVoteResponse", ...envelope, voteGranted: false });
      return;
    case "RequestVote":
      sendAfterPersist(raft, { type: "RequestVoteResponse", ...envelope, voteGranted: false });
      return;
    default:
      return;
  }
}

function dispatch(raft: Raft, message: Message): void {
  switch (message.type) {
    case "PreVote":
      return handlePreVote(raft, message);
    case "PreVoteResponse":
      return handlePreVoteResponse(raft, message);
    case "RequestVote":
      return handleRequestVote(raft, message);
    case "RequestVoteResponse":
      return handleRequestVoteResponse(raft, message);
    case "TimeoutNow":
      return handleTimeoutNow(raft, message);
    case "AppendEntries":
      return handleAppendEntries(raft, message);
    case "AppendEntriesResponse":
      return handleAppendEntriesResponse(raft, message);
    case "InstallSnapshot":
      return handleInstallSnapshot(raft, message);
    case "InstallSnapshotResponse":
      return handleInstallSnapshotResponse(raft, message);
    case "ReadIndexRequest":
      return handleReadIndexRequest(raft, message);
    case "ReadIndexResponse":
      return handleReadIndexResponse(raft, message);
    default:
      return unreachable(message);
  }
}
