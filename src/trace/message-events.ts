// Events of the network and of the clients: messages and their fates, partitions, operations.
import type { JsonValue, TraceNodeId } from "./values.ts";

/**
 * A message on its way from one sender to one receiver; a broadcast is one send for each receiver.
 * Every send that was decided upon is followed by one `deliver` or `drop` with the same `id`; a duplicated one by several.
 */
export interface SendEvent {
  readonly type: "send";
  readonly at: number;
  /** Unique within the run, from 1 upwards. */
  readonly id: number;
  readonly from: TraceNodeId;
  readonly to: TraceNodeId;
  /** The message's own type: "put", "ok", "append", ... */
  readonly message: string;
  /** Size of the datagram or frame, where there is one. */
  readonly bytes?: number;
  /** The Raft term that it carries. */
  readonly term?: number;
  /** It says nothing but "I am still here": viewers fold such messages and the answers to them. */
  readonly heartbeat?: boolean;
  /** What it says, in a few words: "after 4/2: entries 5..7, commit 4". */
  readonly summary?: string;
  /** The client's operation that it belongs to. */
  readonly operation?: number;
  /** The message in full, where the producer keeps it. */
  readonly body?: JsonValue;
}

/** A message that reached its receiver. */
export interface DeliverEvent {
  readonly type: "deliver";
  readonly at: number;
  readonly id: number;
  readonly from: TraceNodeId;
  readonly to: TraceNodeId;
  readonly message: string;
}

/**
 * Why a message never arrived: lost on an unreliable link, cut off by a partition, its receiver dead or not yet ready, a full
 * socket or queue, not a well-formed message at all, or picked out by a fault that aims at this very message.
 */
export type DropReason = "loss" | "partition" | "dead" | "not-ready" | "overflow" | "malformed" | "aimed";

/** A message that will not be delivered. Of a duplicated message each copy has a fate of its own. */
export interface DropEvent {
  readonly type: "drop";
  readonly at: number;
  readonly id: number;
  readonly from: TraceNodeId;
  readonly to: TraceNodeId;
  readonly message: string;
  readonly reason: DropReason;
  /** Further detail for people, for example what was wrong with a malformed message. */
  readonly detail?: string;
}

/** A client begins an operation; its attempts and redirects are sends. */
export interface ClientInvokeEvent {
  readonly type: "client-invoke";
  readonly at: number;
  /** Unique within the run; the `client-return` of the operation has the same. */
  readonly operation: number;
  readonly client: TraceNodeId;
  /** "get", "put", "append", "cas", ... */
  readonly name: string;
  /** Empty for an operation on no key, for example a change of the membership. */
  readonly key: string;
  /** The argument, where there is one. */
  readonly value?: JsonValue;
}

/** "unknown": nobody answered, so the operation may or may not have taken effect, now or later. */
export type ClientOutcome = "ok" | "fail" | "unknown";

/** A client's operation ends. An operation without this event has an unknown outcome too. */
export interface ClientReturnEvent {
  readonly type: "client-return";
  readonly at: number;
  readonly operation: number;
  readonly client: TraceNodeId;
  readonly outcome: ClientOutcome;
  /** What was read, where something was. */
  readonly value?: JsonValue;
  /** Who answered. */
  readonly replica?: TraceNodeId;
  /** What was wrong about the answer, or why there was none. */
  readonly detail?: string;
}

/** A link that is cut in one direction. */
export interface CutLink {
  readonly from: TraceNodeId;
  readonly to: TraceNodeId;
}

/** The network is cut, replacing any earlier cut. */
export interface PartitionEvent {
  readonly type: "partition";
  readonly at: number;
  /** Replicas of one group talk with each other, and with nobody of another group. Every replica is in one group. */
  readonly groups: readonly (readonly TraceNodeId[])[];
  /** Further links that are cut in one direction only. */
  readonly oneWay?: readonly CutLink[];
}

/** All links work again. */
export interface HealEvent {
  readonly type: "heal";
  readonly at: number;
}
