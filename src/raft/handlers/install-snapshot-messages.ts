// Handlers of the install-snapshot family (§7): chunks arrive in order, are put together, and replace the log.
import { assert } from "../../base/index.ts";
import { advanceCommit, commitTo } from "../commit.ts";
import { followLeader } from "../election.ts";
import type { LogIndex } from "../entry.ts";
import { noteAnswered } from "../link-quality.ts";
import type { InstallSnapshot, InstallSnapshotResponse } from "../messages.ts";
import { advanceMatch, becomeProbe, becomeReplicate, heardFrom, type Progress } from "../progress.ts";
import { type Raft, sendAfterPersist } from "../raft.ts";
import { releaseReads } from "../read-index.ts";
import type { IncomingSnapshot } from "../state/state-machine-state.ts";

/** A follower receives one chunk; with the last one the snapshot is installed. */
export function handleInstallSnapshot(raft: Raft, message: InstallSnapshot): void {
  followLeader(raft, message.from);
  const { stateMachine } = raft;
  if (message.lastIncludedIndex <= stateMachine.commitIndex) {
    // Nothing new: what is committed here includes the snapshot. An older state is never loaded.
    stateMachine.incoming = undefined;
    respond(raft, message, { nextOffset: 0, done: true, matchIndex: stateMachine.commitIndex });
    return;
  }
  if (message.totalBytes > raft.config.snapshotBytesMax) return;
  const incoming = receiveChunk(raft, message);
  if (incoming.offset < message.totalBytes) {
    respond(raft, message, { nextOffset: incoming.offset, done: false, matchIndex: 0 });
    return;
  }
  stateMachine.incoming = undefined;
  install(raft, message, concatenate(incoming));
  respond(raft, message, { nextOffset: 0, done: true, matchIndex: message.lastIncludedIndex });
}

/** The leader sends the next chunk, or goes on with entries. */
export function handleInstallSnapshotResponse(raft: Raft, message: InstallSnapshotResponse): void {
  const { leader } = raft;
  const progress = leader?.progress.get(message.from);
  if (leader === undefined || progress === undefined) return;
  const chunkUnderWay = progress.responsive;
  noteAnswered(leader, progress);
  heardFrom(progress, message);
  if (message.done) finishTransfer(raft, progress, message.matchIndex);
  else continueTransfer(progress, message, { chunkUnderWay });
  releaseReads(raft);
}

/** Moves to the chunk that the follower wants. An answer that wants the one under way came twice, or answers a heartbeat. */
function continueTransfer(
  progress: Progress,
  { lastIncludedIndex, nextOffset }: InstallSnapshotResponse,
  { chunkUnderWay }: { chunkUnderWay: boolean },
): void {
  const { transfer } = progress;
  if (transfer?.snapshot.lastIncludedIndex !== lastIncludedIndex) return;
  if (chunkUnderWay && nextOffset === transfer.offset) return;
  transfer.offset = Math.min(nextOffset, transfer.snapshot.state.byteLength);
  progress.awaitingTicks = undefined;
}

function receiveChunk(raft: Raft, message: InstallSnapshot): IncomingSnapshot {
  const { stateMachine } = raft;
  const { term, lastIncludedIndex, lastIncludedTerm, totalBytes } = message;
  const same = stateMachine.incoming;
  const continues =
    same?.term === term && same.lastIncludedIndex === lastIncludedIndex && same.totalBytes === totalBytes;
  const incoming: IncomingSnapshot =
    continues && same !== undefined
      ? same
      : { term, lastIncludedIndex, lastIncludedTerm, totalBytes, chunks: [], offset: 0 };
  stateMachine.incoming = incoming;
  if (message.offset === incoming.offset && message.chunk.byteLength > 0) {
    incoming.chunks.push(message.chunk);
    incoming.offset += message.chunk.byteLength;
  }
  return incoming;
}

/** §7: entries that follow an entry which the snapshot includes are kept; any other log is replaced by the snapshot. */
function install(raft: Raft, message: InstallSnapshot, state: Uint8Array): void {
  const { stateMachine } = raft;
  const { lastIncludedIndex, lastIncludedTerm, membership } = message;
  assert(state.byteLength === message.totalBytes, "a snapshot is installed whole");
  if (stateMachine.log.termAt(lastIncludedIndex) === lastIncludedTerm) {
    // The log already holds everything that the snapshot stands for: it only needs to be applied.
    commitTo(raft, lastIncludedIndex);
    return;
  }
  const snapshot = { lastIncludedIndex, lastIncludedTerm, membership, state };
  stateMachine.log.restore({ index: lastIncludedIndex, term: lastIncludedTerm });
  stateMachine.memberships.restore({ index: lastIncludedIndex, membership });
  stateMachine.snapshot = snapshot;
  stateMachine.snapshotToPersist = snapshot;
  stateMachine.handedToApply = lastIncludedIndex;
  commitTo(raft, lastIncludedIndex);
}

function finishTransfer(raft: Raft, progress: Progress, matchIndex: LogIndex): void {
  if (matchIndex > raft.stateMachine.log.lastIndex) return;
  const news = advanceMatch(progress, matchIndex);
  if (progress.state === "snapshot") {
    const includesTransfer = matchIndex >= (progress.transfer?.snapshot.lastIncludedIndex ?? 0);
    if (includesTransfer) becomeReplicate(progress);
    else becomeProbe(progress, progress.matchIndex + 1);
  }
  if (news) advanceCommit(raft);
}

function respond(
  raft: Raft,
  { from, lastIncludedIndex, sentAt, round }: InstallSnapshot,
  answer: Pick<InstallSnapshotResponse, "nextOffset" | "done" | "matchIndex">,
): void {
  const { node, voting } = raft;
  const echoed = { lastIncludedIndex, sentAt, round };
  const { currentTerm: term } = voting;
  sendAfterPersist(raft, { type: "InstallSnapshotResponse", from: node.id, to: from, term, ...echoed, ...answer });
}

function concatenate({ chunks, offset }: IncomingSnapshot): Uint8Array {
  const whole = new Uint8Array(offset);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
