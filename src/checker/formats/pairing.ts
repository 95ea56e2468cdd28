// Joins the events of a history into operations: every process does one thing after another.

import type { CellValue } from "../models/cell.ts";
import { HistoryFormatError, quoted } from "./format-error.ts";
import type { HistoryEvent, RecordedOperation } from "./history-event.ts";

/** Results that mean that nobody knows, whatever the event's type says. */
const TIMEOUTS: ReadonlySet<CellValue> = new Set([":timed-out", ":timeout"]);

/**
 * The operations of a history, by call. A process whose operation ended in "info" has crashed; when its name is used again, that is
 * a new process, and the old operation stays open. Throws HistoryFormatError for a second call while one is open, and for an end
 * that fits no call.
 */
export function pairEvents(events: Iterable<HistoryEvent>): readonly RecordedOperation[] {
  const operations: (RecordedOperation | undefined)[] = [];
  const open = new Map<string, { readonly event: HistoryEvent; readonly at: number; readonly index: number }>();
  let position = 0;
  for (const event of events) {
    // Without a clock the order of the events is the clock.
    const at = event.at ?? position;
    position += 1;
    const call = open.get(event.process);
    if (event.type === "invoke") {
      if (call !== undefined) throw stillOpen(event, call.event);
      open.set(event.process, { event, at, index: operations.length });
      operations.push(undefined);
    } else if (call !== undefined) {
      open.delete(event.process);
      operations[call.index] = ended({ call: call.event, invokedAt: call.at, end: event, returnedAt: at });
    } else if (event.type !== "info") {
      throw new HistoryFormatError(event.line, `process ${event.process} ends ${event.name} without having begun it`);
    }
  }
  for (const { event, at, index } of open.values()) operations[index] = unfinished(event, at);
  return operations.filter((operation) => operation !== undefined);
}

function stillOpen(event: HistoryEvent, call: HistoryEvent): HistoryFormatError {
  return new HistoryFormatError(
    event.line,
    `process ${event.process} begins ${event.name} while its ${call.name} of line ${call.line} is open`,
  );
}

function unfinished(call: HistoryEvent, invokedAt: number): RecordedOperation {
  const { process, name, key, value, line } = call;
  return {
    process,
    name,
    key,
    input: value,
    output: undefined,
    outcome: "unknown",
    invokedAt,
    returnedAt: undefined,
    revision: undefined,
    line,
    returnLine: undefined,
  };
}

function ended({
  call,
  invokedAt,
  end,
  returnedAt,
}: {
  readonly call: HistoryEvent;
  readonly invokedAt: number;
  readonly end: HistoryEvent;
  readonly returnedAt: number;
}): RecordedOperation {
  if (end.name !== call.name) {
    const reason = `process ${end.process} ends ${end.name}, but began ${call.name} in line ${call.line}`;
    throw new HistoryFormatError(end.line, reason);
  }
  if (end.key !== undefined && JSON.stringify(end.key) !== JSON.stringify(call.key)) {
    const keys = `key ${quoted(String(end.key))}, but began it with ${quoted(String(call.key))}`;
    throw new HistoryFormatError(end.line, `process ${end.process} ends ${end.name} with ${keys}`);
  }
  if (returnedAt < invokedAt) {
    throw new HistoryFormatError(end.line, `${end.name} ends at ${returnedAt}, before it begins (${invokedAt})`);
  }
  const outcome = outcomeOf(end);
  return {
    ...unfinished(call, invokedAt),
    output: outcome === "unknown" ? undefined : end.value,
    outcome,
    returnedAt: outcome === "unknown" ? undefined : returnedAt,
    revision: end.revision,
    returnLine: end.line,
  };
}

function outcomeOf({ type, value }: HistoryEvent): RecordedOperation["outcome"] {
  if (type === "ok") return "ok";
  return type === "fail" && !TIMEOUTS.has(value) ? "fail" : "unknown";
}
