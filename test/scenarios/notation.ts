// How scenarios write what happens: one short line for a message, a state, an entry.
import type { Entry, Membership, Message, RaftStatus } from "../../src/raft/index.ts";

/** `3@2 x`: index, term, and what the entry says. */
export function textOfEntry(entry: Entry): string {
  return `${entry.index}@${entry.term} ${textOfPayload(entry)}`;
}

/** A list of entries; the middle of a long one is left out. */
export function textOfEntries(entries: readonly Entry[]): string {
  const texts = entries.map(textOfEntry);
  return texts.length > 4 ? `${texts[0]} .. ${texts.at(-1)}` : texts.join(", ");
}

function textOfPayload(entry: Entry): string {
  switch (entry.type) {
    case "command":
      return new TextDecoder().decode(entry.command);
    case "membership":
      return textOfMembership(entry.membership);
    case "no-op":
      return "no-op";
  }
}

/** `{1 2 3}`; joint `{1 2 3}&{3 4 5}`, the incoming half first; `+learner 4`. */
export function textOfMembership({ voters, votersOutgoing, learners, learnersNext }: Membership): string {
  const outgoing = votersOutgoing.length > 0 ? `&{${votersOutgoing.join(" ")}}` : "";
  const learning = learners.map((id) => ` +learner ${id}`).join("");
  return `{${voters.join(" ")}}${outgoing}${learning}${learnersNext.map((id) => ` +learner ${id} later`).join("")}`;
}

/** `follower term=2 vote=1 leader=1` */
export function textOfRole({ role, term, votedFor, leader }: RaftStatus): string {
  return `${role} term=${term} vote=${votedFor ?? "-"} leader=${leader ?? "-"}`;
}

/** `PreVote term=3 last=7@2`: what a message says, without its addresses and its time. */
export function textOfMessage(message: Message): string {
  return `${message.type} term=${message.term}${detailsOf(message)}`;
}

/** Whether a message may go unmentioned when the link's last message of this kind said the same. */
export function isHeartbeat(message: Message): boolean {
  if (message.type === "AppendEntries") return message.entries.length === 0;
  return message.type === "AppendEntriesResponse" && message.success;
}

function detailsOf(message: Message): string {
  switch (message.type) {
    case "PreVote":
      return ` last=${message.lastLogIndex}@${message.lastLogTerm}`;
    case "RequestVote":
      return ` last=${message.lastLogIndex}@${message.lastLogTerm}${message.leadershipTransfer ? " (transfer)" : ""}`;
    case "PreVoteResponse":
    case "RequestVoteResponse":
      return message.voteGranted ? " yes" : " no";
    case "TimeoutNow":
      return "";
    case "AppendEntries": {
      const { prevLogIndex, prevLogTerm, leaderCommit, entries, round } = message;
      return ` prev=${prevLogIndex}@${prevLogTerm} commit=${leaderCommit}${roundOf(round)} [${textOfEntries(entries)}]`;
    }
    case "AppendEntriesResponse": {
      const { success, matchIndex, conflictIndex, conflictTerm, round } = message;
      if (success) return ` match=${matchIndex}${roundOf(round)}`;
      if (matchIndex === 0) return " (older term)";
      return ` refused=${matchIndex} try=${conflictIndex}@${conflictTerm}`;
    }
    case "InstallSnapshot": {
      const { lastIncludedIndex, lastIncludedTerm, offset, chunk, totalBytes } = message;
      return ` last=${lastIncludedIndex}@${lastIncludedTerm} bytes=${offset}..${offset + chunk.byteLength}/${totalBytes}`;
    }
    case "InstallSnapshotResponse":
      return message.done ? ` match=${message.matchIndex}` : ` wants byte ${message.nextOffset}`;
    case "ReadIndexRequest":
      return ` ${message.context}`;
    case "ReadIndexResponse":
      return ` ${message.context} index=${message.readIndex}`;
  }
}

function roundOf(round: number): string {
  return round > 0 ? ` round=${round}` : "";
}
