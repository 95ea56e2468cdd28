// How the leader spreads its log: what each follower gets with the next Ready, eager or thrifty.
import { assert } from "../base/index.ts";
import { entryBytes, type LogIndex, type NodeId } from "./entry.ts";
import { linksAreLossy } from "./link-quality.ts";
import { isVoter } from "./membership.ts";
import { becomeSnapshot, type Progress } from "./progress.ts";
import { completeQuorum, isQuorum } from "./quorum.ts";
import { type Raft, send } from "./raft.ts";
import type { LeaderState } from "./state/leader-state.ts";

/** Sends every follower what is due: new entries, a heartbeat, a read round, a commit index. Called before each Ready; idempotent. */
export function replicate(raft: Raft): void {
  const { leader } = raft;
  if (leader === undefined) return;
  openReadRound(leader);
  sendHeartbeats(raft, leader);
  for (const id of entryTargets(raft)) sendWhatFits(raft, id);
  spreadReadRound(raft, leader);
}

/** Sends one AppendEntries (or snapshot chunk) with as many entries as fit, whether or not there are any. */
export function sendAppend(raft: Raft, id: NodeId, { replyWanted }: { replyWanted: boolean }): void {
  const { config, leader, stateMachine, voting } = raft;
  const progress = leader?.progress.get(id);
  assert(leader !== undefined && progress !== undefined, "the leader knows whom it sends to");
  const { log } = stateMachine;
  const prevLogIndex = progress.nextIndex - 1;
  const prevLogTerm = log.termAt(prevLogIndex);
  if (progress.state === "snapshot" || prevLogTerm === undefined) {
    sendSnapshotChunk(raft, id, progress);
    return;
  }
  const entries = mayCarryEntries(raft, progress)
    ? log.slice({
        from: progress.nextIndex,
        entriesMax: config.entriesPerMessageMax,
        bytesMax: config.messageBytesMax,
      })
    : [];
  const answered = replyWanted || entries.length > 0 || progress.state === "probe";
  send(raft, {
    type: "AppendEntries",
    ...addressedTo(raft, id),
    prevLogIndex,
    prevLogTerm,
    entries,
    leaderCommit: stateMachine.commitIndex,
    replyWanted: answered,
    sentAt: raft.now,
    round: leader.round,
  });
  assert(prevLogTerm <= voting.currentTerm, "no entry is newer than the leader's term");
  progress.sentCommit = stateMachine.commitIndex;
  if (progress.state === "replicate" && entries.length > 0) {
    progress.nextIndex += entries.length;
    const bytes = entries.reduce((sum, entry) => sum + entryBytes(entry), 0);
    progress.inflights.add({ lastIndex: progress.nextIndex - 1, bytes });
  }
  noteSent(progress, { round: answered ? leader.round : undefined });
}

/** Whether everything up to `index` has arrived at the follower or is on its way. A snapshot is never the shortest way. */
function isCovered(progress: Progress, index: LogIndex): boolean {
  if (progress.state === "replicate") return progress.nextIndex > index;
  return progress.state === "probe" && progress.awaitingTicks !== undefined;
}

/** The followers that get entries now. */
function entryTargets(raft: Raft): NodeId[] {
  const { config, leader, stateMachine } = raft;
  if (leader === undefined) return [];
  const waiting: NodeId[] = [];
  for (const [id, progress] of leader.progress) if (needsEntries(raft, id, progress)) waiting.push(id);
  if (config.replication === "eager") return waiting;
  const { lastIndex } = stateMachine.log;
  const hurried = waiting.filter(
    (id) => id === leader.transfer?.target || leader.progress.get(id)?.state === "snapshot",
  );
  if (stateMachine.commitIndex >= lastIndex) return hurried;
  if (linksAreLossy(leader)) return waiting;
  const covered = new Set([...leader.progress].filter(([, p]) => isCovered(p, lastIndex)).map(([id]) => id));
  covered.add(raft.node.id);
  return [
    ...new Set([...hurried, ...completeQuorum(stateMachine.memberships.current, covered, byTurn(raft, waiting))]),
  ];
}

function needsEntries(raft: Raft, id: NodeId, progress: Progress): boolean {
  const { leader, stateMachine, config } = raft;
  if (!progress.responsive) return false;
  if (progress.state !== "replicate") return progress.awaitingTicks === undefined;
  if (progress.nextIndex <= stateMachine.log.lastIndex) return !progress.inflights.isFull(config);
  const mustHearCommit = config.replication === "eager" || leader?.transfer?.target === id;
  return mustHearCommit && progress.sentCommit < stateMachine.commitIndex;
}

/** Whose turn it is: those that answered last time before those that did not, then whoever was sent nothing for longest. */
function byTurn(raft: Raft, ids: readonly NodeId[]): NodeId[] {
  const turnOf = (id: NodeId) => {
    const progress = raft.leader?.progress.get(id);
    assert(progress !== undefined, "only followers have a turn");
    return { id, suspect: progress.misses > 0 ? 1 : 0, rested: progress.ticksSinceSent };
  };
  return ids
    .map(turnOf)
    .sort((a, b) => a.suspect - b.suspect || compareRested(b.rested, a.rested))
    .map(({ id }) => id);
}

function compareRested(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

/** Pipelines message after message until the follower has everything or its window is full. */
function sendWhatFits(raft: Raft, id: NodeId): void {
  const progress = raft.leader?.progress.get(id);
  assert(progress !== undefined, "only followers are sent to");
  do {
    const before = progress.nextIndex;
    sendAppend(raft, id, { replyWanted: true });
    if (progress.state !== "replicate" || progress.nextIndex === before) return;
  } while (progress.nextIndex <= raft.stateMachine.log.lastIndex && !progress.inflights.isFull(raft.config));
}

/** A probe carries entries too: often its guess is right. An unresponsive follower gets none: they would only pile up. */
function mayCarryEntries(raft: Raft, progress: Progress): boolean {
  return progress.responsive && !progress.inflights.isFull(raft.config);
}

/** §5.2: heartbeats prevent elections during idle periods, so a follower that was just sent anything needs none. */
function sendHeartbeats(raft: Raft, leader: LeaderState): void {
  const due: NodeId[] = [];
  for (const [id, progress] of leader.progress) if (isHeartbeatDue(raft, progress)) due.push(id);
  if (due.length === 0) return;
  const asked = raft.config.replication === "eager" ? due : answersNeeded(raft, leader, due);
  for (const id of due) sendAppend(raft, id, { replyWanted: asked === due || asked.includes(id) });
}

/** An unresponsive follower is tried less often; everybody who is needed more often, when the leader is about to lose its quorum. */
function isHeartbeatDue(raft: Raft, progress: Progress): boolean {
  const { heartbeatTicks } = raft.config;
  const patience = progress.responsive ? 1 : 2;
  if (progress.ticksSinceSent >= patience * heartbeatTicks) return true;
  return 4 * progress.ticksSinceSent >= heartbeatTicks && isQuorumFading(raft, progress);
}

/** Half of the time until CheckQuorum has passed without an answer from a quorum, and this follower is among the silent. */
function isQuorumFading(raft: Raft, progress: Progress): boolean {
  const { leader, config, stateMachine, node } = raft;
  const isSilent = (ticks: number) => 2 * ticks >= config.electionTimeoutTicks;
  if (leader === undefined || !isSilent(progress.ticksSinceHeard)) return false;
  const heard = [...leader.progress].filter(([, p]) => !isSilent(p.ticksSinceHeard)).map(([id]) => id);
  return !isQuorum(stateMachine.memberships.current, new Set([node.id, ...heard]));
}

/**
 * Thrifty heartbeats ask for an answer only where it says something: from as many as it takes to have heard of a quorum lately (for
 * CheckQuorum and the lease), and from those that left the last question open.
 */
function answersNeeded(raft: Raft, leader: LeaderState, due: readonly NodeId[]): NodeId[] {
  const isFresh = (p: Progress) => 4 * p.ticksSinceHeard < raft.config.electionTimeoutTicks;
  const fresh = new Set([...leader.progress].filter(([, progress]) => isFresh(progress)).map(([id]) => id));
  fresh.add(raft.node.id);
  const doubtful = due.filter((id) => (leader.progress.get(id)?.misses ?? 0) > 0);
  return [...doubtful, ...completeQuorum(raft.stateMachine.memberships.current, fresh, byTurn(raft, due))];
}

/** Reads that arrived since the last Ready share one round (dissertation §6.4): every message from now on carries it. */
function openReadRound(leader: LeaderState): void {
  const waiting = leader.pendingReads.filter((read) => read.round === undefined);
  if (waiting.length === 0) return;
  leader.round++;
  for (const read of waiting) read.round = leader.round;
}

/** Brings the current round before a quorum (thrifty) or all voters (eager); messages that carry it anyway count. */
function spreadReadRound(raft: Raft, leader: LeaderState): void {
  if (leader.pendingReads.length === 0) return;
  const membership = raft.stateMachine.memberships.current;
  const knows = (p: Progress) =>
    p.ackedRound >= leader.round || (p.sentRound >= leader.round && p.awaitingTicks !== undefined);
  const covered = new Set([...leader.progress].filter(([, progress]) => knows(progress)).map(([id]) => id));
  covered.add(raft.node.id);
  const voters = [...leader.progress]
    .filter(([id, progress]) => isVoter(membership, id) && !covered.has(id) && progress.responsive)
    .map(([id]) => id);
  const chosen =
    raft.config.replication === "eager" ? voters : completeQuorum(membership, covered, byTurn(raft, voters));
  for (const id of chosen) sendAppend(raft, id, { replyWanted: true });
}

/** §7: the entries that this follower needs have been compacted. One chunk is under way at a time. */
function sendSnapshotChunk(raft: Raft, id: NodeId, progress: Progress): void {
  const { config, leader, stateMachine } = raft;
  const { snapshot } = stateMachine;
  assert(leader !== undefined && snapshot !== undefined, "compacted entries are in a snapshot");
  const stale =
    progress.transfer !== undefined && progress.transfer.snapshot !== snapshot && progress.transfer.offset === 0;
  if (progress.state !== "snapshot" || stale) becomeSnapshot(progress, snapshot);
  const { transfer } = progress;
  assert(transfer !== undefined, "a follower in state snapshot has a transfer");
  const { state, lastIncludedIndex, lastIncludedTerm, membership } = transfer.snapshot;
  // While the chunk is under way, and while nobody answers, heartbeats and read rounds travel without it.
  const withoutChunk = !progress.responsive || progress.awaitingTicks !== undefined;
  const end = withoutChunk ? transfer.offset : transfer.offset + config.snapshotChunkBytesMax;
  send(raft, {
    type: "InstallSnapshot",
    ...addressedTo(raft, id),
    lastIncludedIndex,
    lastIncludedTerm,
    membership,
    offset: transfer.offset,
    chunk: state.subarray(transfer.offset, end),
    totalBytes: state.byteLength,
    sentAt: raft.now,
    round: leader.round,
  });
  noteSent(progress, { round: leader.round });
}

function addressedTo(raft: Raft, to: NodeId): { from: NodeId; to: NodeId; term: number } {
  return { from: raft.node.id, to, term: raft.voting.currentTerm };
}

/** `round` is the read round that an answer would confirm; undefined: no answer is wanted. */
function noteSent(progress: Progress, { round }: { round: number | undefined }): void {
  progress.ticksSinceSent = 0;
  if (round === undefined) return;
  progress.awaitingTicks ??= 0;
  progress.sentRound = round;
}
