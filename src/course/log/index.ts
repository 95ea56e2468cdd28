// The logs of a course run: written by the runner, shown by `keelson course log`. See docs/course-log.md.
export { ColumnLayout, type ColumnsOptions, drawColumns } from "./columns.ts";
export type { Entry, EntryCell, EntryRole } from "./entries.ts";
export type { FloodLimits } from "./flood-gate.ts";
export { formatLogLine, type LogLine, type LogRole, type LogSource, parseLogLine } from "./log-line.ts";
export { type EventContext, MessageRows } from "./message-rows.ts";
export { type RunLog, type RunLogResult, readRunLog } from "./run-log-reader.ts";
export {
  GZIPPED_TRACE_FILE,
  LOG_FILE,
  type LogOutput,
  type PrintedLine,
  RunLogWriter,
  TRACE_FILE,
} from "./run-log-writer.ts";
export { type LogEvent, logEventOf } from "./runner-events.ts";
export { type LogSelection, select } from "./selection.ts";
export { entryOfEvent } from "./trace-entries.ts";
export { TraceFile } from "./trace-file.ts";
