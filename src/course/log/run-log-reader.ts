// Reads what a run left behind: its merged log, and its trace where there is one. Process shell: reads files.

import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { parseTraceLine, type TraceEvent } from "../../trace/index.ts";
import { type Entry, entryOfLine, inOrderOfTime } from "./entries.ts";
import { LOG_HEADER, parseLogLine } from "./log-line.ts";
import { GZIPPED_TRACE_FILE, LOG_FILE, TRACE_FILE } from "./run-log-writer.ts";
import { entriesOfTrace } from "./trace-entries.ts";

/** What can be shown of a run. */
export interface RunLog {
  readonly replicas: readonly string[];
  readonly entries: readonly Entry[];
  /** Whether messages are among the entries: only a trace has them. */
  readonly hasMessages: boolean;
}

/** The run's log, or in one line what is wrong with the path or the file. */
export type RunLogResult =
  | { readonly kind: "log"; readonly log: RunLog }
  | { readonly kind: "error"; readonly reason: string };

/**
 * Reads a run's directory, a merged log or a trace. `tracePath` names a trace that is elsewhere. Returns what is wrong instead of
 * throwing.
 */
export function readRunLog(
  path: string,
  { tracePath }: { readonly tracePath?: string | undefined } = {},
): RunLogResult {
  try {
    if (!existsSync(path)) return failure(`${path}: no such file or directory`);
    if (statSync(path).isDirectory()) return readDirectory(path, tracePath);
    return tracePath === undefined ? readFile(path) : readBoth(path, tracePath);
  } catch (error) {
    return failure(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function readDirectory(directory: string, traceElsewhere: string | undefined): RunLogResult {
  const logPath = join(directory, LOG_FILE);
  const [plain, gzipped] = [join(directory, TRACE_FILE), join(directory, GZIPPED_TRACE_FILE)];
  const tracePath = traceElsewhere ?? (existsSync(plain) ? plain : gzipped);
  const [hasLog, hasTrace] = [existsSync(logPath), traceElsewhere !== undefined || existsSync(tracePath)];
  if (hasLog && hasTrace) return readBoth(logPath, tracePath);
  if (!hasLog && !hasTrace) return failure(`${directory}: holds neither ${LOG_FILE} nor ${TRACE_FILE}`);
  return readFile(hasLog ? logPath : tracePath);
}

function readBoth(logPath: string, tracePath: string): RunLogResult {
  const lines = parseLog(logPath);
  if (typeof lines === "string") return failure(lines);
  const trace = parseTrace(tracePath);
  if (typeof trace === "string") return failure(trace);
  return { kind: "log", log: runLogOf(lines, trace, { eventsFromTrace: false }) };
}

function readFile(path: string): RunLogResult {
  if (readText(path).trimStart().startsWith("{")) {
    const trace = parseTrace(path);
    if (typeof trace === "string") return failure(trace);
    return { kind: "log", log: runLogOf([], trace, { eventsFromTrace: true }) };
  }
  const lines = parseLog(path);
  if (typeof lines === "string") return failure(lines);
  return { kind: "log", log: runLogOf(lines, [], { eventsFromTrace: false }) };
}

function runLogOf(
  lines: readonly Entry[],
  trace: readonly TraceEvent[],
  { eventsFromTrace }: { readonly eventsFromTrace: boolean },
): RunLog {
  const named = trace.flatMap((event) => (event.type === "run" ? event.replicas : []));
  const printed = lines.flatMap(({ cells }) => cells.map(({ replica }) => replica));
  const replicas = [...new Set([...named, ...printed])].sort();
  const messages = entriesOfTrace(trace, { replicas, events: eventsFromTrace });
  return { replicas, entries: inOrderOfTime([...messages, ...lines]), hasMessages: trace.length > 0 };
}

/** The entries of a merged log, or what is wrong with it. */
function parseLog(path: string): readonly Entry[] | string {
  const lines = linesOf(path);
  if (lines[0] !== LOG_HEADER) return `${path}:1: not a merged log: the first line must be "${LOG_HEADER}"`;
  const entries: Entry[] = [];
  for (const [index, line] of lines.entries()) {
    if (index === 0 || line === "") continue;
    const parsed = parseLogLine(line);
    // A run that was killed may have left half a line at the end.
    if (parsed === undefined && index === lines.length - 1) break;
    if (parsed === undefined) return `${path}:${index + 1}: not a line of a merged log`;
    entries.push(entryOfLine(parsed));
  }
  return entries;
}

/** The events of a trace, or what is wrong with it. */
function parseTrace(path: string): readonly TraceEvent[] | string {
  const lines = linesOf(path);
  const events: TraceEvent[] = [];
  for (const [index, line] of lines.entries()) {
    const parsed = parseTraceLine(line);
    if (parsed.kind === "event") events.push(parsed.event);
    if (parsed.kind === "error" && index < lines.length - 1) return `${path}:${index + 1}: ${parsed.reason}`;
  }
  if (events[0]?.type !== "run") return `${path}:1: not a trace: the first event must be "run"`;
  return events;
}

function linesOf(path: string): readonly string[] {
  return readText(path).split("\n");
}

function readText(path: string): string {
  const bytes = readFileSync(path);
  return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString("utf8");
}

function failure(reason: string): RunLogResult {
  return { kind: "error", reason };
}
