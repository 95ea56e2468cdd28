// Raft messages as the JSON of the course's datagrams, and back. What comes from the network is checked field by field.
import type { Entry, Membership, Message } from "../../raft/index.ts";
import type { JsonValue } from "../../trace/index.ts";
import type { JsonObject } from "../protocol.ts";
import { bytesOf, textOf } from "./ascii-json.ts";

/** The fields of a Raft message beside the envelope (src, dst, type). */
export function encodeMessage(message: Message): JsonObject {
  const { from: _from, to: _to, type: _type, ...fields } = message;
  const encoded = Object.entries(fields).map(([name, value]) => [name, encodeField(name, value)] as const);
  return Object.fromEntries(encoded);
}

/** A Raft message from a datagram; undefined when it is none, or malformed. */
export function decodeMessage(datagram: JsonObject & { src: string; dst: string; type: string }): Message | undefined {
  const fields = fieldsOf.get(datagram.type);
  if (fields === undefined) return undefined;
  const message: Record<string, unknown> = { type: datagram.type, from: datagram.src, to: datagram.dst };
  for (const [name, decode] of Object.entries(fields)) {
    const value = decode(datagram[name]);
    if (value === undefined) return undefined;
    message[name] = value;
  }
  return message as unknown as Message;
}

/** Entries as arrays: index, term, and a text for a command, an object for a membership, nothing for a no-op. */
export function encodeEntry(entry: Entry): JsonValue {
  switch (entry.type) {
    case "command":
      return [entry.index, entry.term, textOf(entry.command)];
    case "membership":
      return [entry.index, entry.term, encodeMembership(entry.membership)];
    case "no-op":
      return [entry.index, entry.term];
  }
}

/** The inverse of encodeEntry; undefined for anything else. */
export function decodeEntry(value: unknown): Entry | undefined {
  if (!Array.isArray(value)) return undefined;
  const [index, term, payload] = value;
  if (count(index) === undefined || count(term) === undefined) return undefined;
  if (payload === undefined) return { index, term, type: "no-op" };
  if (typeof payload === "string") {
    const command = bytes(payload);
    return command && { index, term, type: "command", command };
  }
  const membership = decodeMembership(payload);
  return membership === undefined ? undefined : { index, term, type: "membership", membership };
}

export function encodeMembership({ voters, votersOutgoing, learners, learnersNext }: Membership): JsonValue {
  return {
    voters: [...voters],
    votersOutgoing: [...votersOutgoing],
    learners: [...learners],
    learnersNext: [...learnersNext],
  };
}

export function decodeMembership(value: unknown): Membership | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { voters, votersOutgoing, learners, learnersNext } = value as Record<string, unknown>;
  if (!isTexts(voters) || !isTexts(votersOutgoing) || !isTexts(learners) || !isTexts(learnersNext)) return undefined;
  return { voters, votersOutgoing, learners, learnersNext };
}

type Decoder = (value: unknown) => unknown;

const count = (value: unknown) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
const clock = (value: unknown) => (typeof value === "number" && Number.isFinite(value) ? value : undefined);
const flag = (value: unknown) => (typeof value === "boolean" ? value : undefined);
const text = (value: unknown) => (typeof value === "string" ? value : undefined);
/** Bytes travel as a text with a character for each (ascii-json.ts). */
const bytes = (value: unknown) => (typeof value === "string" && !/[^\0-\xff]/.test(value) ? bytesOf(value) : undefined);

function entries(value: unknown): Entry[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const decoded = value.map(decodeEntry);
  const whole = decoded.filter((entry) => entry !== undefined);
  return whole.length === decoded.length ? whole : undefined;
}

const vote = { term: count, lastLogIndex: count, lastLogTerm: count };
const proof = { sentAt: clock, round: count };
const included = { lastIncludedIndex: count };

/** Which fields each type of message has, and how each is read. */
const decoders: Readonly<Record<Message["type"], Readonly<Record<string, Decoder>>>> = {
  PreVote: vote,
  PreVoteResponse: { term: count, voteGranted: flag },
  RequestVote: { ...vote, leadershipTransfer: flag },
  RequestVoteResponse: { term: count, voteGranted: flag },
  TimeoutNow: { term: count },
  AppendEntries: {
    ...proof,
    ...{ term: count, prevLogIndex: count, prevLogTerm: count, entries, leaderCommit: count, replyWanted: flag },
  },
  AppendEntriesResponse: {
    ...proof,
    ...{ term: count, success: flag, matchIndex: count, conflictIndex: count, conflictTerm: count },
  },
  InstallSnapshot: {
    ...proof,
    ...included,
    ...{
      term: count,
      lastIncludedTerm: count,
      membership: decodeMembership,
      offset: count,
      chunk: bytes,
      totalBytes: count,
    },
  },
  InstallSnapshotResponse: {
    ...proof,
    ...included,
    ...{ term: count, nextOffset: count, done: flag, matchIndex: count },
  },
  ReadIndexRequest: { term: count, context: text },
  ReadIndexResponse: { term: count, context: text, readIndex: count },
};
const fieldsOf = new Map(Object.entries(decoders));

function encodeField(name: string, value: unknown): JsonValue {
  if (name === "entries") return (value as readonly Entry[]).map(encodeEntry);
  if (name === "membership") return encodeMembership(value as Membership);
  if (name === "chunk") return textOf(value as Uint8Array);
  return value as JsonValue;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
