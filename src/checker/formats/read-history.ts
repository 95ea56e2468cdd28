// Reads a history of any format that we know into recorded operations; what is malformed is told with its line.

import { readEdnHistory } from "./edn-history.ts";
import { HistoryFormatError } from "./format-error.ts";
import type { RecordedOperation } from "./history-event.ts";
import { isJepsenEvent, readJepsenLog } from "./jepsen-log.ts";
import { readJsonLines, readOwnOperations } from "./json-lines.ts";
import { isTrace, readTraceOperations } from "./keelson-trace.ts";
import { pairEvents } from "./pairing.ts";

/** The formats: Jepsen's log lines, EDN maps, our JSON lines, our traces. */
export type HistoryFormat = "jepsen-log" | "edn" | "json-lines" | "trace";

/** A history as it was recorded. */
export interface RecordedHistory {
  readonly format: HistoryFormat;
  readonly operations: readonly RecordedOperation[];
}

/** What is wrong with a history's text, and in which of its lines (from 1). */
export interface MalformedHistory {
  readonly line: number;
  readonly reason: string;
}

/** A history, or why there is none. */
export type ReadHistoryResult =
  | { readonly kind: "history"; readonly history: RecordedHistory }
  | ({ readonly kind: "malformed" } & MalformedHistory);

/** Reads the text of a history, whose format shows in its first lines. Never throws. */
export function readHistory(text: string): ReadHistoryResult {
  try {
    return { kind: "history", history: historyOf(text.startsWith("\uFEFF") ? text.slice(1) : text) };
  } catch (error) {
    if (error instanceof HistoryFormatError) return { kind: "malformed", line: error.line, reason: error.reason };
    throw error;
  }
}

function historyOf(text: string): RecordedHistory {
  const format = formatOf(text);
  switch (format) {
    case "jepsen-log":
      return { format, operations: pairEvents(readJepsenLog(text)) };
    case "edn":
      return { format, operations: pairEvents(readEdnHistory(text)) };
    case "json-lines": {
      const lines = readJsonLines(text);
      if (isTrace(lines)) return { format: "trace", operations: readTraceOperations(lines) };
      return { format, operations: readOwnOperations(lines) };
    }
  }
}

function formatOf(text: string): Exclude<HistoryFormat, "trace"> {
  const lines = text.split("\n");
  // A log may begin with anything, even with "[main] INFO", but an event of it never does with "{".
  const isLogged = (line: string) => !/^[\s[(]*\{/.test(line) && isJepsenEvent(line, { bare: false });
  if (lines.some(isLogged)) return "jepsen-log";
  const begin = lines.findIndex((line) => line.trim() !== "" && !line.trimStart().startsWith(";"));
  const first = lines[begin]?.trimStart() ?? "";
  if (/^[[({#]/.test(first)) return isJson(lines.slice(begin)) ? "json-lines" : "edn";
  if (lines.some((line) => isJepsenEvent(line, { bare: true }))) return "jepsen-log";
  const reason = begin === -1 ? "the history is empty" : "no operation found: no Jepsen log, EDN, JSON lines or trace";
  throw new HistoryFormatError(1, reason);
}

/** Tells JSON from EDN, whose brackets are the same: behind them an EDN map begins with a keyword, a JSON object with a string. */
function isJson(lines: readonly string[]): boolean {
  for (const line of lines) {
    const behind = /[^\s[({,]/.exec(line)?.[0];
    if (behind !== undefined) return behind === '"';
  }
  return false;
}
