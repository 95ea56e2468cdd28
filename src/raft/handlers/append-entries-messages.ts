// Handlers of the append-entries family: replication and heartbeats (§5.3).
import { assert } from "../../base/index.ts";
import { advanceCommit, commitTo } from "../commit.ts";
import { followLeader } from "../election.ts";
import type { Entry, LogIndex } from "../entry.ts";
import { noteAnswered } from "../link-quality.ts";
import type { AppendEntries, AppendEntriesResponse } from "../messages.ts";
import { advanceMatch, becomeProbe, becomeReplicate, heardFrom, type Progress } from "../progress.ts";
import { appendToLog, type Raft, sendAfterPersist } from "../raft.ts";
import { releaseReads } from "../read-index.ts";
import { sendTimeoutNowIfCaughtUp } from "../transfer.ts";

/** A follower takes over the leader's entries, if they connect to its log (§5.3). */
export function handleAppendEntries(raft: Raft, message: AppendEntries): void {
  followLeader(raft, message.from);
  const { log, commitIndex } = raft.stateMachine;
  // What is committed here is the same there (Leader Completeness), so an old message that ends before it tells nothing new.
  const connects = message.prevLogIndex < commitIndex || log.termAt(message.prevLogIndex) === message.prevLogTerm;
  if (!connects) {
    refuse(raft, message);
    return;
  }
  storeEntries(raft, message.entries);
  const lastVerified = Math.max(message.prevLogIndex + message.entries.length, commitIndex);
  // §5.3: only as far as this message has verified the log; what lies beyond may be another leader's.
  commitTo(raft, Math.max(commitIndex, Math.min(message.leaderCommit, lastVerified)));
  if (message.replyWanted) accept(raft, message, lastVerified);
}

/** The leader learns how far a follower agrees, or where to try next. */
export function handleAppendEntriesResponse(raft: Raft, message: AppendEntriesResponse): void {
  const { leader } = raft;
  const progress = leader?.progress.get(message.from);
  if (leader === undefined || progress === undefined || answersOlderTerm(message)) return;
  noteAnswered(leader, progress);
  heardFrom(progress, message);
  if (message.success) {
    acknowledge(raft, progress, message.matchIndex);
    sendTimeoutNowIfCaughtUp(raft);
  } else {
    retryEarlier(raft, progress, message);
  }
  releaseReads(raft);
}

/** The sender was in this term already, but what it answers was not: it proves nobody's leadership and nothing about a log. */
function answersOlderTerm({ success, matchIndex }: AppendEntriesResponse): boolean {
  return !success && matchIndex === 0;
}

/** §5.3: an entry that conflicts (same index, other term) is removed with all that follow; entries that agree stay. */
function storeEntries(raft: Raft, entries: readonly Entry[]): void {
  const { log, memberships, commitIndex } = raft.stateMachine;
  const firstNew = entries.find((entry) => entry.index > commitIndex && log.termAt(entry.index) !== entry.term);
  if (firstNew === undefined) return;
  if (firstNew.index <= log.lastIndex) {
    assert(firstNew.index > commitIndex, "committed entries are never removed");
    log.truncateFrom(firstNew.index);
    memberships.truncateFrom(firstNew.index);
  }
  appendToLog(
    raft,
    entries.filter((entry) => entry.index >= firstNew.index),
  );
}

function accept(raft: Raft, message: AppendEntries, matchIndex: LogIndex): void {
  respond(raft, message, { success: true, matchIndex, conflictIndex: 0, conflictTerm: 0 });
}

function refuse(raft: Raft, message: AppendEntries): void {
  const { log } = raft.stateMachine;
  const conflictIndex = log.lastPossibleAgreement({ index: message.prevLogIndex, term: message.prevLogTerm });
  const conflictTerm = log.termAt(conflictIndex) ?? 0;
  respond(raft, message, { success: false, matchIndex: message.prevLogIndex, conflictIndex, conflictTerm });
}

function respond(
  raft: Raft,
  { from, sentAt, round }: AppendEntries,
  answer: Pick<AppendEntriesResponse, "success" | "matchIndex" | "conflictIndex" | "conflictTerm">,
): void {
  const { node, voting } = raft;
  const { currentTerm: term } = voting;
  sendAfterPersist(raft, { type: "AppendEntriesResponse", from: node.id, to: from, term, sentAt, round, ...answer });
}

function acknowledge(raft: Raft, progress: Progress, matchIndex: LogIndex): void {
  assert(matchIndex <= raft.stateMachine.log.lastIndex, "a follower cannot agree beyond the leader's log");
  const news = advanceMatch(progress, matchIndex);
  if (progress.state === "probe") becomeReplicate(progress);
  if (progress.state === "snapshot" && hasReachedSnapshot(progress)) becomeReplicate(progress);
  if (news) advanceCommit(raft);
}

function hasReachedSnapshot({ matchIndex, transfer }: Progress): boolean {
  return transfer === undefined || matchIndex >= transfer.snapshot.lastIncludedIndex;
}

/** §5.3: after a refusal the leader goes back, by whole terms, to where both logs could agree. */
function retryEarlier(raft: Raft, progress: Progress, message: AppendEntriesResponse): void {
  const { matchIndex: refusedIndex, conflictIndex: index, conflictTerm: term } = message;
  // A refusal of what has been acknowledged since is an old message; so is one of another position than the one being probed.
  // What is under way is awaited as before.
  if (progress.state === "snapshot" || refusedIndex <= progress.matchIndex) return;
  if (progress.state === "probe" && refusedIndex !== progress.nextIndex - 1) return;
  const { log } = raft.stateMachine;
  const agreement = log.lastPossibleAgreement({ index: Math.min(index, refusedIndex - 1), term });
  becomeProbe(progress, Math.max(agreement, progress.matchIndex) + 1);
}
