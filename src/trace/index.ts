// The trace format: one JSON line for everything that happens in a run. See docs/trace-format.md.
export type { AnnotationEvent, RunEvent, TraceEvent, TraceEventType, ViolationEvent } from "./event.ts";
export { TRACE_FORMAT, TRACE_VERSION } from "./event.ts";
export { Heartbeats } from "./heartbeat.ts";
export type {
  DurableView,
  Keyframe,
  KeyframePlace,
  LogView,
  MessageView,
  OperationView,
  PartitionView,
  ReplicaView,
  RunView,
  TraceIndex,
} from "./keyframe.ts";
export type {
  ClientInvokeEvent,
  ClientOutcome,
  ClientReturnEvent,
  CutLink,
  DeliverEvent,
  DropEvent,
  DropReason,
  HealEvent,
  PartitionEvent,
  SendEvent,
} from "./message-events.ts";
export { parseTraceLine, type TraceParseResult } from "./reader.ts";
export type {
  ClockEvent,
  CrashEvent,
  KillEvent,
  LogChange,
  PauseEvent,
  PersistEvent,
  ReplicaOutputEvent,
  RestartEvent,
  ResumeEvent,
  StateEvent,
  StateFields,
  TimerEvent,
  TraceEntry,
  TraceMembership,
  TraceProgress,
  TraceRole,
} from "./replica-events.ts";
export { parseReplicaLine, type ReplicaLine } from "./replica-line.ts";
export { RunState } from "./run-state.ts";
export { TraceReader, type TraceReadResult } from "./trace-reader.ts";
export type { JsonValue, TraceNodeId } from "./values.ts";
export { encodeTraceEvent, type TraceSink, TraceWriter } from "./writer.ts";
