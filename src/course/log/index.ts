// The logs of a course run: written by the runner, shown by `keelson course log`. See docs/course-log.md.
export { DEFAULT_FLOOD_LIMITS, type FloodLimits } from "./flood-gate.ts";
export { formatLogLine, type LogLine, type LogRole, type LogSource, parseLogLine } from "./log-line.ts";
export { LOG_FILE, type LogEvent, type LogOutput, RunLogWriter, TRACE_FILE } from "./run-log-writer.ts";
