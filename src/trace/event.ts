// What can happen in a run, one event per line. The families of events are in the files beside this one; docs/trace-format.md tells
// everything that a producer in another language needs.
import type {
  ClientInvokeEvent,
  ClientReturnEvent,
  DeliverEvent,
  DropEvent,
  HealEvent,
  PartitionEvent,
  SendEvent,
} from "./message-events.ts";
import type {
  ClockEvent,
  CrashEvent,
  KillEvent,
  PauseEvent,
  PersistEvent,
  ReplicaOutputEvent,
  RestartEvent,
  ResumeEvent,
  StateEvent,
  TimerEvent,
} from "./replica-events.ts";
import type { JsonValue, TraceNodeId } from "./values.ts";

/** The format's name, written in every trace's first event. */
export const TRACE_FORMAT = "keelson-trace";

/** The version that this folder writes. It grows with every change that an old reader would misread. */
export const TRACE_VERSION = 1;

/** The versions that this folder reads: every event of version 0 means the same in version 1. */
export const READABLE_VERSIONS: readonly number[] = [0, 1];

/** Anything that can happen in a run. `at` is always in ms since the run began, fractions allowed, never decreasing. */
export type TraceEvent =
  | RunEvent
  | SendEvent
  | DeliverEvent
  | DropEvent
  | ClientInvokeEvent
  | ClientReturnEvent
  | TimerEvent
  | StateEvent
  | PersistEvent
  | KillEvent
  | CrashEvent
  | RestartEvent
  | PauseEvent
  | ResumeEvent
  | ClockEvent
  | PartitionEvent
  | HealEvent
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
  /** 1, or 0 in older files. */
  readonly version: number;
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
  /** The command that makes this run again. */
  readonly replay?: string;
}

/** A remark for the reader of the trace. */
export interface AnnotationEvent {
  readonly type: "annotation";
  readonly at: number;
  /** A few words. */
  readonly text: string;
  readonly replica?: TraceNodeId;
  /** Everything else there is to say. */
  readonly detail?: string;
  /** One word that groups remarks: "phase", "fault", "coverage", ... */
  readonly topic?: string;
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
  /** Who noticed: "ghost", "linearizability", "state-hash", ... */
  readonly oracle?: string;
  /** The client operations that show it. */
  readonly operations?: readonly number[];
  /** The messages that led to it, by their ids. */
  readonly messages?: readonly number[];
}
