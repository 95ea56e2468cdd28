// The state of one replica, in the four groups of Figure 2, and what it wants to say: everything the handlers read and write.
import { assert, Prng } from "../base/index.ts";
import { type InitialState, type RaftConfig, type RaftOptions, raftConfig } from "./config.ts";
import type { Entry, HardState } from "./entry.ts";
import { RaftLog } from "./log.ts";
import { isVoter } from "./membership.ts";
import { MembershipHistory } from "./membership-history.ts";
import type { Message } from "./messages.ts";
import type { ReadState } from "./ready.ts";
import type { LeaderState } from "./state/leader-state.ts";
import type { NodeState } from "./state/node-state.ts";
import type { StateMachineState } from "./state/state-machine-state.ts";
import type { VotingState } from "./state/voting-state.ts";

export interface Raft {
  readonly config: RaftConfig;
  readonly prng: Prng;
  /** The monotonic clock of the latest event, ms; never falls. */
  now: number;
  readonly node: NodeState;
  readonly voting: VotingState;
  readonly stateMachine: StateMachineState;
  /** Defined exactly while the role is leader. */
  leader: LeaderState | undefined;
  readonly outbox: Outbox;
}

/** What has been said and not yet handed out in a Ready. */
export interface Outbox {
  messages: Message[];
  messagesAfterPersist: Message[];
  readStates: ReadState[];
  /** The hard state of the latest Ready: a new one is handed out only when it differs. */
  handedHardState: HardState;
}

/** A follower with the given past. Throws RangeError for bad settings, AssertionError for an impossible past. */
export function createRaft(options: RaftOptions & { seed: number | string }, initial: InitialState, now: number): Raft {
  const { seed, ...settings } = options;
  const config = raftConfig(settings);
  const { snapshot, hardState } = initial;
  const base = { index: snapshot?.lastIncludedIndex ?? 0, term: snapshot?.lastIncludedTerm ?? 0 };
  const log = new RaftLog(base, initial.entries);
  const memberships = new MembershipHistory({
    index: base.index,
    membership: snapshot?.membership ?? initial.membership,
  });
  for (const entry of initial.entries ?? []) noteMembership(memberships, entry);
  const commitIndex = Math.max(hardState?.commitIndex ?? 0, base.index);
  const lastApplied = Math.max(initial.lastApplied ?? 0, base.index);
  assert(commitIndex <= log.lastIndex, "the commit index lies within the durable log");
  assert(lastApplied <= commitIndex, "only committed entries have been applied");
  const currentTerm = hardState?.currentTerm ?? 0;
  assert(currentTerm >= log.lastTerm, "the durable term is at least that of the last entry");
  const hasPast = hardState !== undefined;
  const raft: Raft = {
    config,
    prng: new Prng(seed),
    now,
    node: {
      id: config.id,
      role: "follower",
      electionElapsedTicks: 0,
      randomizedElectionTimeoutTicks: 0,
      // A restarted node may have promised a leader its loyalty just before it crashed.
      lastLeaderContactAt: hasPast ? now : Number.NEGATIVE_INFINITY,
    },
    voting: {
      currentTerm,
      votedFor: hardState?.votedFor,
      leader: undefined,
      votesReceived: new Map(),
      electionStart: "pre-vote",
      durableTerm: currentTerm,
    },
    stateMachine: {
      log,
      commitIndex,
      handedToApply: lastApplied,
      lastApplied,
      memberships,
      snapshot,
      snapshotToPersist: undefined,
      incoming: undefined,
    },
    leader: undefined,
    outbox: {
      messages: [],
      messagesAfterPersist: [],
      readStates: [],
      handedHardState: { currentTerm, votedFor: hardState?.votedFor, commitIndex: hardState?.commitIndex ?? 0 },
    },
  };
  resetElectionTimer(raft);
  return raft;
}

/** Starts a new randomized election timeout (§5.2). */
export function resetElectionTimer(raft: Raft): void {
  const { electionTimeoutTicks } = raft.config;
  raft.node.electionElapsedTicks = 0;
  raft.node.randomizedElectionTimeoutTicks = raft.prng.integer({
    from: electionTimeoutTicks,
    to: 2 * electionTimeoutTicks - 1,
  });
}

/** Adds entries to the log, and takes a membership among them into use at once (§6). */
export function appendToLog(raft: Raft, entries: readonly Entry[]): void {
  raft.stateMachine.log.append(entries);
  for (const entry of entries) noteMembership(raft.stateMachine.memberships, entry);
}

/**
 * Whether this node may campaign: only voters lead. One whose removal is not yet known to be committed still may (dissertation §4.2.2):
 * the others' logs can be too short for its vote, and then nobody else could ever win. Its own vote does not count.
 */
export function isPromotable({ node, stateMachine }: Raft): boolean {
  const { memberships, commitIndex, snapshotToPersist } = stateMachine;
  if (snapshotToPersist !== undefined) return false;
  return isVoter(memberships.current, node.id) || isVoter(memberships.at(commitIndex), node.id);
}

/** Says something that promises nothing un-durable; may leave while persisting is under way. */
export function send(raft: Raft, message: Message): void {
  raft.outbox.messages.push(message);
}

/** Says something that may leave only when everything before it is durable. */
export function sendAfterPersist(raft: Raft, message: Message): void {
  raft.outbox.messagesAfterPersist.push(message);
}

function noteMembership(memberships: MembershipHistory, entry: Entry): void {
  if (entry.type === "membership") memberships.append({ index: entry.index, membership: entry.membership });
}
