// Jepsen's logs and its history.txt: one line for each event among lines of other loggers, which are passed over.
//   INFO  jepsen.util - 0	:invoke	:cas	[3 4]
//   2026-03-01 12:00:00,123{GMT}	INFO	[jepsen worker 0] jepsen.util: 0	:info	:cas	[3 4]	:timed-out

import type { CellValue } from "../models/cell.ts";
import { EdnReader } from "./edn.ts";
import { cellValueOf } from "./edn-history.ts";
import { HistoryFormatError, quoted } from "./format-error.ts";
import type { EventType, HistoryEvent } from "./history-event.ts";

/** A logger's name and what it says; then a process and a keyword make it an event. */
const LOGGED = /\bjepsen\.[\w.-]+\s*(?:-|:)\s+(?<said>.*)$/;
const EVENT = /^(?<process>-?\d+|:[\w.-]+)\s+:(?<type>[\w-]+)(?:\s+(?<rest>.*))?$/;
const REST = /^:(?<name>[^\s,]+)(?:\s+(?<values>.*))?$/;

/** Whether a line tells an event; `bare` lines have no logger before them, as in history.txt. */
export function isJepsenEvent(line: string, { bare }: { readonly bare: boolean }): boolean {
  const said = LOGGED.exec(line)?.groups?.["said"];
  return said !== undefined ? EVENT.test(said) : bare && EVENT.test(line.trim());
}

/** The events of a log, without those of the nemesis. Throws HistoryFormatError. */
export function* readJepsenLog(text: string): Generator<HistoryEvent> {
  let number = 0;
  for (const line of text.split("\n")) {
    number += 1;
    const said = (LOGGED.exec(line)?.groups?.["said"] ?? line).trim();
    const match = EVENT.exec(said);
    if (match === null) continue;
    const { process = "", type = "", rest = "" } = match.groups ?? {};
    if (process.startsWith(":")) continue;
    yield {
      process,
      type: eventType(type, number),
      ...operationOf(rest, { type, line: number }),
      at: undefined,
      line: number,
    };
  }
}

function eventType(type: string, line: number): EventType {
  if (type === "invoke" || type === "ok" || type === "fail" || type === "info") return type;
  throw new HistoryFormatError(line, `:${type} is no type of event; allowed: :invoke, :ok, :fail, :info`);
}

function operationOf(
  rest: string,
  { type, line }: { readonly type: string; readonly line: number },
): Pick<HistoryEvent, "name" | "key" | "value" | "revision"> {
  const match = REST.exec(rest.trim());
  const name = match?.groups?.["name"];
  if (name === undefined) throw new HistoryFormatError(line, `expected an operation like :read, found ${quoted(rest)}`);
  const value = loggedValue(match?.groups?.["values"] ?? "nil", { type, line });
  return { name, key: undefined, value, revision: undefined };
}

/**
 * The first value. What follows it may say why an operation failed: then that is the value of a failure. Fields after it, as in
 * ":hint 3", are no reason.
 */
function loggedValue(text: string, { type, line }: { readonly type: string; readonly line: number }): CellValue {
  const reader = new EdnReader(text, { firstLine: line });
  const [first, second, third] = [reader.next(), reader.next(), reader.next()];
  if (first === undefined) return null;
  const reason = third === undefined ? second : undefined;
  return cellValueOf(type === "fail" ? (reason ?? first).value : first.value);
}
