// Replication along a chain: the leader sends two followers' appends to the first, which passes the second's on with its own
// acknowledgement; the second answers for both. Three messages replicate to two followers instead of four (docs/course.md).
// Only the route changes: each append and each acknowledgement is the one that Raft made, from and to whom Raft says.
import type { AppendEntries, Message } from "../../raft/index.ts";
import type { JsonValue } from "../../trace/index.ts";
import type { Address, JsonObject } from "../protocol.ts";
import { decodeMessage, encodeMessage } from "./raft-codec.ts";

type PeerDatagram = JsonObject & { src: Address; type: string };

/** A datagram to another replica, without what every datagram carries. */
export interface RelayDatagram {
  readonly to: Address;
  /** The follower to which it travels on from there. */
  readonly onward?: Address;
  readonly type: string;
  readonly fields: JsonObject;
}

/** What a datagram brought that must travel on, and this replica's own acknowledgement that travels with it. */
interface Journey {
  readonly leader: Address;
  /** At the first station: the append for the second. */
  readonly onward: JsonObject | undefined;
  /** At the second station: the first one's acknowledgement. */
  readonly carried: JsonObject | undefined;
  /** The append for this station. */
  readonly append: AppendEntries;
  /** Until then, on the clock that all share, the second station may answer the clients. */
  readonly answerBy: number;
  reply: Message | undefined;
}

/** The two appends of a thrifty batch, if that is what these messages hold: they can share a chain. */
export function chainable(messages: readonly Message[]): readonly [AppendEntries, AppendEntries] | undefined {
  const appends = messages.filter((message) => message.type === "AppendEntries").filter((m) => m.entries.length > 0);
  const [first, second, ...more] = appends;
  const two = first !== undefined && second !== undefined && more.length === 0;
  return two && first.to !== second.to ? [first, second] : undefined;
}

/** The one datagram that carries both appends to the first follower. Until `answerBy`, the second may answer the clients. */
export function chain(
  first: AppendEntries,
  second: AppendEntries,
  { answerBy }: { answerBy?: number | undefined } = {},
): RelayDatagram {
  const onward = { ...encodeMessage(second), to: second.to, ...(answerBy !== undefined && { answerBy }) };
  return { to: first.to, onward: second.to, type: first.type, fields: { ...encodeMessage(first), onward } };
}

/** One replica's part in chains: what arrives, and what goes on from here. */
export class Relay {
  readonly #id: Address;
  #journey: Journey | undefined;

  constructor(id: Address) {
    this.#id = id;
  }

  /** The Raft messages for this replica in a datagram; what is to travel on is kept until `depart`. */
  arrive(datagram: PeerDatagram): Message[] {
    const { src, type, from, onward, reply, answerBy } = datagram;
    const origin = typeof from === "string" ? from : src;
    const message = decodeMessage({ ...datagram, src: origin, dst: this.#id });
    const carried = isObject(reply) ? reply : undefined;
    if (message?.type === "AppendEntries" && (isObject(onward) || carried !== undefined)) {
      const next = isObject(onward) ? onward : undefined;
      const until = typeof answerBy === "number" ? answerBy : Number.NEGATIVE_INFINITY;
      const station = { onward: next, carried, append: message, answerBy: until };
      this.#journey = { leader: origin, ...station, reply: undefined };
    }
    const brought = type === "AppendEntriesResponse" && carried !== undefined ? this.#decodeReply(carried) : undefined;
    return [brought, message].filter((m) => m !== undefined);
  }

  /** Whether an outgoing message is the acknowledgement that the chain carries; if so it is kept for `depart`. */
  keeps(message: Message): boolean {
    const journey = this.#journey;
    if (journey === undefined || message.type !== "AppendEntriesResponse" || message.to !== journey.leader)
      return false;
    journey.reply = message;
    return true;
  }

  /**
   * At the chain's end: the append, if this replica may still answer the clients and both followers hold all of it. With the leader, which
   * made it durable before it sent it, they are the quorum for which a chain was made; entries of the leader's own term on a quorum
   * are committed (§5.4.2).
   */
  completed(now: number): AppendEntries | undefined {
    const { append, answerBy = Number.NEGATIVE_INFINITY, carried, reply } = this.#journey ?? {};
    if (append === undefined || now > answerBy || carried === undefined) return undefined;
    const { term, entries } = append;
    if (entries.length === 0 || entries.some((entry) => entry.term !== term)) return undefined;
    const acknowledgements = [this.#decodeReply(carried), reply];
    return acknowledgements.every((message) => message !== undefined && holds(message, append)) ? append : undefined;
  }

  /** What goes on from here, now that this replica has done its part. */
  depart(): RelayDatagram | undefined {
    const journey = this.#journey;
    this.#journey = undefined;
    if (journey === undefined) return undefined;
    const { leader, onward, carried, reply } = journey;
    const own = reply === undefined ? undefined : { ...encodeMessage(reply), from: this.#id };
    if (onward !== undefined && typeof onward.to === "string") {
      const fields = { ...onward, from: leader, ...(own && { reply: own }) };
      return { to: onward.to, type: "AppendEntries", fields };
    }
    if (own === undefined) return carried && { to: leader, type: "AppendEntriesResponse", fields: carried };
    return { to: leader, type: "AppendEntriesResponse", fields: { ...own, ...(carried && { reply: carried }) } };
  }

  #decodeReply(reply: JsonObject): Message | undefined {
    const { from } = reply;
    if (typeof from !== "string") return undefined;
    return decodeMessage({ ...reply, src: from, dst: this.#id, type: "AppendEntriesResponse" });
  }
}

function holds(message: Message, { term, prevLogIndex, entries }: AppendEntries): boolean {
  if (message.type !== "AppendEntriesResponse" || !message.success || message.term !== term) return false;
  return message.matchIndex >= prevLogIndex + entries.length;
}

function isObject(value: JsonValue | undefined): value is { readonly [field: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
