// The messages and logs that the tests speak of: a few words make a whole message, and pick the expected one out of many.
import assert from "node:assert/strict";
import type {
  AppendEntries,
  AppendEntriesResponse,
  Entry,
  HardState,
  InitialState,
  InstallSnapshot,
  Message,
  NodeId,
  PreVote,
  RequestVote,
} from "../../src/raft/index.ts";

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A log with these terms from `from` on, every entry a command. */
export function log(terms: readonly number[], from = 1): Entry[] {
  return terms.map((term, at) => ({ type: "command", command: bytes(`${from + at}@${term}`), index: from + at, term }));
}

/** The past of a node with this log, whose term is the last entry's unless said otherwise. */
export function pastOf(terms: readonly number[], hardState: Partial<HardState> = {}): Omit<InitialState, "membership"> {
  const currentTerm = terms.at(-1) ?? 0;
  return { entries: log(terms), hardState: { currentTerm, votedFor: undefined, commitIndex: 0, ...hardState } };
}

/** An AppendEntries from B to A that carries the entries after `prev` of a leader's log with these terms. */
export function append(fields: Partial<AppendEntries> & { term: number }): AppendEntries {
  const proof = { leaderCommit: 0, replyWanted: true, sentAt: 0, round: 0 };
  return {
    type: "AppendEntries",
    from: "B",
    to: "A",
    prevLogIndex: 0,
    prevLogTerm: 0,
    entries: [],
    ...proof,
    ...fields,
  };
}

export function requestVote(fields: Partial<RequestVote> & { term: number }): RequestVote {
  const lastLog = { lastLogIndex: 0, lastLogTerm: 0 };
  return { type: "RequestVote", from: "B", to: "A", leadershipTransfer: false, ...lastLog, ...fields };
}

export function preVote(fields: Partial<PreVote> & { term: number }): PreVote {
  return { type: "PreVote", from: "B", to: "A", lastLogIndex: 0, lastLogTerm: 0, ...fields };
}

/** The answer of a follower that has every entry the leader believes it has. */
export function accepted(message: AppendEntries, fields: Partial<AppendEntriesResponse> = {}): AppendEntriesResponse {
  const { from, to, term, sentAt, round, prevLogIndex, entries } = message;
  const envelope = { type: "AppendEntriesResponse", from: to, to: from, term, sentAt, round } as const;
  const matchIndex = prevLogIndex + entries.length;
  return { ...envelope, success: true, matchIndex, conflictIndex: 0, conflictTerm: 0, ...fields };
}

/** The answer of a follower whose log ends at `lastIndex` in `lastTerm`, before what the message builds on. */
export function refused(message: AppendEntries, end: { lastIndex: number; lastTerm: number }): AppendEntriesResponse {
  const conflict = { conflictIndex: end.lastIndex, conflictTerm: end.lastTerm };
  return accepted(message, { success: false, matchIndex: message.prevLogIndex, ...conflict });
}

/** What a peer with the same log, and no better leader, answers; undefined if it stays silent. */
export function friendlyAnswer(message: Message): Message | undefined {
  const envelope = { from: message.to, to: message.from, term: message.term };
  switch (message.type) {
    case "PreVote":
      return { type: "PreVoteResponse", ...envelope, voteGranted: true };
    case "RequestVote":
      return { type: "RequestVoteResponse", ...envelope, voteGranted: true };
    case "AppendEntries":
      return message.replyWanted ? accepted(message) : undefined;
    case "InstallSnapshot":
      return chunkTaken(message);
    default:
      return undefined;
  }
}

/** The messages of one type, typed. */
export function only<Type extends Message["type"]>(messages: readonly Message[], type: Type) {
  return messages.filter((message): message is Extract<Message, { type: Type }> => message.type === type);
}

/** The only message of the type to `to` (or to anybody). */
export function one<Type extends Message["type"]>(messages: readonly Message[], type: Type, to?: NodeId) {
  const found = only(messages, type).filter((message) => to === undefined || message.to === to);
  const [message] = found;
  assert.ok(message !== undefined && found.length === 1, `one ${type}, not ${found.length}`);
  return message;
}

function chunkTaken(message: InstallSnapshot): Message {
  const { from, to, term, sentAt, round, lastIncludedIndex, offset, chunk, totalBytes } = message;
  const envelope = {
    type: "InstallSnapshotResponse",
    from: to,
    to: from,
    term,
    sentAt,
    round,
    lastIncludedIndex,
  } as const;
  const nextOffset = offset + chunk.byteLength;
  const done = nextOffset >= totalBytes;
  return { ...envelope, nextOffset, done, matchIndex: done ? lastIncludedIndex : 0 };
}
