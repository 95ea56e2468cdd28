// The trace format: one JSON line for everything that happens in a run. See docs/trace-format.md.
export type {
  AnnotationEvent,
  ClientInvokeEvent,
  ClientOutcome,
  ClientReturnEvent,
  CrashEvent,
  DeliverEvent,
  DropEvent,
  DropReason,
  HealEvent,
  JsonValue,
  KillEvent,
  PartitionEvent,
  PauseEvent,
  ReplicaOutputEvent,
  RestartEvent,
  ResumeEvent,
  RunEvent,
  SendEvent,
  StateEvent,
  TraceEvent,
  TraceEventType,
  TraceNodeId,
  TraceRole,
  ViolationEvent,
} from "./event.ts";
export { TRACE_FORMAT, TRACE_VERSION } from "./event.ts";
export { parseTraceLine, type TraceParseResult } from "./reader.ts";
export { encodeTraceEvent, type TraceSink, TraceWriter } from "./writer.ts";
