// The client operations of a trace of ours: its client-invoke and client-return events. See docs/trace-format.md.

import { HistoryFormatError, quoted } from "./format-error.ts";
import type { HistoryEvent, RecordedOperation } from "./history-event.ts";
import { cellValueOf, type JsonFields, type JsonLine } from "./json-lines.ts";
import { pairEvents } from "./pairing.ts";

/** Whether JSON lines are a trace: the first one says so. */
export function isTrace(lines: readonly JsonLine[]): boolean {
  return lines[0]?.fields["format"] === "keelson-trace";
}

/** The operations of a trace. Throws HistoryFormatError. */
export function readTraceOperations(lines: readonly JsonLine[]): readonly RecordedOperation[] {
  return pairEvents(eventsOf(lines)).map((operation) => ({ ...operation, process: clientOf(operation.process) }));
}

/** An operation's number stands for its process, since one client may have several under way. */
function* eventsOf(lines: readonly JsonLine[]): Generator<HistoryEvent> {
  const calls = new Map<unknown, HistoryEvent>();
  for (const { fields, line } of lines) {
    const { type, operation } = fields;
    if (type === "client-invoke") {
      const event = callOf(fields, line);
      calls.set(operation, event);
      yield event;
    } else if (type === "client-return") {
      const call = calls.get(operation);
      if (call === undefined)
        throw new HistoryFormatError(line, `operation ${String(operation)} returns without a call`);
      calls.delete(operation);
      yield { ...call, type: endOf(fields, line), ...resultOf(fields), at: timeOf(fields, line), line };
    }
  }
}

function callOf(fields: JsonFields, line: number): HistoryEvent {
  const { operation, client, name, key, value } = fields;
  if (typeof name !== "string") throw new HistoryFormatError(line, 'field "name" is missing or not a string');
  return {
    process: `${String(operation)} ${String(client)}`,
    type: "invoke",
    name,
    key: cellValueOf(key),
    value: cellValueOf(value) ?? null,
    revision: undefined,
    at: timeOf(fields, line),
    line,
  };
}

function clientOf(process: string): string {
  return process.slice(process.indexOf(" ") + 1);
}

function endOf({ outcome }: JsonFields, line: number): HistoryEvent["type"] {
  if (outcome === "ok" || outcome === "fail") return outcome;
  if (outcome === "unknown") return "info";
  throw new HistoryFormatError(line, `outcome ${quoted(String(outcome))} is unknown; allowed: ok, fail, unknown`);
}

function resultOf({ value, revision }: JsonFields): Pick<HistoryEvent, "value" | "revision"> {
  return { value: cellValueOf(value), revision: typeof revision === "number" ? revision : undefined };
}

function timeOf({ at }: JsonFields, line: number): number {
  if (typeof at === "number" && Number.isFinite(at)) return at;
  throw new HistoryFormatError(line, 'field "at" is missing or not a number');
}
