// Keyframes: the whole visible state at one moment, so that a reader can begin there instead of at the beginning.
import type { CutLink } from "./message-events.ts";
import type { TraceEntry, TraceMembership, TraceProgress, TraceRole } from "./replica-events.ts";
import type { JsonValue, TraceNodeId } from "./values.ts";

/** A replica's log as far as the trace tells of it. */
export interface LogView {
  /** Where the snapshot before the log ends; 0 without one. */
  readonly snapshotIndex: number;
  readonly snapshotTerm: number;
  readonly entries: readonly TraceEntry[];
}

/** One replica; what the trace has not told yet is absent. */
export interface ReplicaView {
  readonly status: "up" | "paused" | "dead";
  readonly role?: TraceRole;
  readonly leader?: TraceNodeId | null;
  readonly term?: number;
  readonly votedFor?: TraceNodeId | null;
  readonly commitIndex?: number;
  readonly lastApplied?: number;
  readonly lastIndex?: number;
  readonly membership?: TraceMembership;
  readonly progress?: { readonly [follower: TraceNodeId]: TraceProgress };
  readonly extra?: { readonly [name: string]: JsonValue };
  readonly log?: LogView;
  /** What its disk holds for certain. */
  readonly durable?: DurableView;
  /** When each timer that is set goes off, in ms since the run began. */
  readonly timers?: { readonly [timer: string]: number };
}

/** What a disk holds for certain. */
export interface DurableView {
  readonly term?: number;
  readonly votedFor?: TraceNodeId | null;
  readonly lastIndex?: number;
  readonly snapshotIndex?: number;
}

/** A message that was sent and has met no fate yet. */
export interface MessageView {
  readonly id: number;
  readonly from: TraceNodeId;
  readonly to: TraceNodeId;
  readonly message: string;
  readonly sentAt: number;
  readonly heartbeat?: boolean;
}

/** An operation that has begun and not ended. */
export interface OperationView {
  readonly operation: number;
  readonly client: TraceNodeId;
  readonly name: string;
  readonly key: string;
  readonly value?: JsonValue;
  readonly invokedAt: number;
}

/** The network's cuts. */
export interface PartitionView {
  readonly groups: readonly (readonly TraceNodeId[])[];
  readonly oneWay?: readonly CutLink[];
}

/** Everything that can be seen of a run at one moment. */
export interface RunView {
  readonly replicas: { readonly [replica: TraceNodeId]: ReplicaView };
  /** Absent: all links work. */
  readonly partition?: PartitionView;
  readonly underway: readonly MessageView[];
  readonly operations: readonly OperationView[];
}

/** The line that holds it. Derived from the events before it: a reader that read those can skip it. */
export interface Keyframe extends RunView {
  readonly type: "keyframe";
  readonly at: number;
  /** How many events precede it, the `run` event included. Keyframes and the index are no events. */
  readonly events: number;
}

/** Where one keyframe is. */
export interface KeyframePlace {
  readonly at: number;
  readonly events: number;
  /** In bytes from the start of the file: of a plain one, the keyframe's line; of a gzipped one, the member that begins with it. */
  readonly offset: number;
}

/** The last line of a file, if it has one: where all its keyframes are. */
export interface TraceIndex {
  readonly type: "index";
  readonly at: number;
  readonly events: number;
  readonly keyframes: readonly KeyframePlace[];
}
