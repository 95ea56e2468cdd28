// Version 0 of the trace format: what can happen in a run, one event per line, told by whoever runs the replicas.

/** The format's name, written in every trace's first event. */
export const TRACE_FORMAT = "keelson-trace";

/** The version that this folder writes. It grows with every change that an old reader would misread. */
export const TRACE_VERSION = 0;

/** A replica's or a client's id as the run's messages spell it, for example "0000" or "0015". */
export type TraceNodeId = string;

/** What JSON can hold. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };

/** Anything that can happen in a run. `at` is always in ms since the run began, fractions allowed, never decreasing. */
export type TraceEvent =
  | RunEvent
  | SendEvent
  | DeliverEvent
  | DropEvent
  | ClientInvokeEvent
  | ClientReturnEvent
  | KillEvent
  | CrashEvent
  | RestartEvent
  | PauseEvent
  | ResumeEvent
  | PartitionEvent
  | HealEvent
  | StateEvent
  | ReplicaOutputEvent
  | AnnotationEvent
  | ViolationEvent;

/** The name that tells one kind of event from another. */
export type TraceEventType = TraceEvent["type"];

/** Always the first event: what ran, and everything needed to run it again. */
export interface RunEvent {
  readonly type: "run";
  readonly at: 0;
  readonly format: typeof TRACE_FORMAT;
  readonly version: typeof TRACE_VERSION;
  /** The program that wrote the trace, with its version: "keelson 0.1.0". */
  readonly producer: string;
  /** Name of the config or the scenario. */
  readonly name: string;
  readonly seed: string;
  readonly replicas: readonly TraceNodeId[];
  readonly clients: readonly TraceNodeId[];
  /** The whole config, as the run understood it. */
  readonly config?: JsonValue;
  /** Wall-clock start in ISO 8601; absent when time was virtual. */
  readonly startedAt?: string;
}

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
  /** Size of the datagram or frame. */
  readonly bytes: number;
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
 * socket or queue, or not a well-formed message at all.
 */
export type DropReason = "loss" | "partition" | "dead" | "not-ready" | "overflow" | "malformed";

/** A message that will not be delivered. */
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
  /** What was wrong about the answer, or why there was none. */
  readonly detail?: string;
}

/** The run ends a replica on purpose. */
export interface KillEvent {
  readonly type: "kill";
  readonly at: number;
  readonly replica: TraceNodeId;
  /** "SIGTERM", "SIGKILL", or absent in virtual time. */
  readonly signal?: string;
}

/** A replica ended although nobody ended it. */
export interface CrashEvent {
  readonly type: "crash";
  readonly at: number;
  readonly replica: TraceNodeId;
  /** "exit status 1", "SIGSEGV", an error's first line. */
  readonly detail: string;
}

/** A killed or crashed replica starts anew. */
export interface RestartEvent {
  readonly type: "restart";
  readonly at: number;
  readonly replica: TraceNodeId;
}

/** A replica stands still without noticing. */
export interface PauseEvent {
  readonly type: "pause";
  readonly at: number;
  readonly replica: TraceNodeId;
}

/** A paused replica goes on. */
export interface ResumeEvent {
  readonly type: "resume";
  readonly at: number;
  readonly replica: TraceNodeId;
}

/** The network is cut, replacing any earlier cut. */
export interface PartitionEvent {
  readonly type: "partition";
  readonly at: number;
  /** Replicas of one group talk with each other, and with nobody of another group. Every replica is in one group. */
  readonly groups: readonly (readonly TraceNodeId[])[];
  /** Further links that are cut in one direction only. */
  readonly oneWay?: readonly { readonly from: TraceNodeId; readonly to: TraceNodeId }[];
}

/** All links work again. */
export interface HealEvent {
  readonly type: "heal";
  readonly at: number;
}

/** What a replica's inner state is from now on, as far as the producer knows; absent fields are unchanged or unknown. */
export interface StateEvent {
  readonly type: "state";
  readonly at: number;
  readonly replica: TraceNodeId;
  readonly role?: TraceRole;
  readonly leader?: TraceNodeId | null;
  readonly term?: number;
  readonly commitIndex?: number;
  readonly lastApplied?: number;
}

/** The part a replica plays, as seen from outside. */
export type TraceRole = "leader" | "follower" | "candidate" | "learner" | "paused" | "dead";

/** A line that a replica printed. */
export interface ReplicaOutputEvent {
  readonly type: "replica-output";
  readonly at: number;
  readonly replica: TraceNodeId;
  readonly stream: "stdout" | "stderr";
  /** One line without its end. */
  readonly text: string;
}

/** A remark for the reader of the trace. */
export interface AnnotationEvent {
  readonly type: "annotation";
  readonly at: number;
  readonly text: string;
  readonly replica?: TraceNodeId;
}

/** A rule was broken. */
export interface ViolationEvent {
  readonly type: "violation";
  readonly at: number;
  /** The rule's short name: "linearizable", "one answer per MID", ... */
  readonly rule: string;
  /** What happened, in words. */
  readonly detail: string;
  readonly replica?: TraceNodeId;
}
