// Histories as EDN: a vector or list of operation maps, or one map after another; records like #jepsen.history.Op{...} are maps, too.

import type { CellValue } from "../models/cell.ts";
import { EdnReader, type EdnValue } from "./edn.ts";
import { HistoryFormatError, quoted } from "./format-error.ts";
import type { EventType, HistoryEvent } from "./history-event.ts";

const TYPES: ReadonlyMap<string, EventType> = new Map([
  [":invoke", "invoke"],
  [":ok", "ok"],
  [":fail", "fail"],
  [":info", "info"],
]);

/** The events of an EDN history, without those of the nemesis. Throws HistoryFormatError. */
export function* readEdnHistory(text: string): Generator<HistoryEvent> {
  const reader = new EdnReader(text);
  for (let read = reader.next(); read !== undefined; read = reader.next()) yield* eventsOf(read.value, read.line);
}

function* eventsOf(value: EdnValue, line: number): Generator<HistoryEvent> {
  if (value.kind === "map") {
    const history = field(value, ":history");
    if (history !== undefined && field(value, ":type") === undefined) {
      yield* eventsOf(history, line);
      return;
    }
    const event = eventOf(value, value.line);
    if (event !== undefined) yield event;
  } else if (value.kind === "vector" || value.kind === "list") {
    for (const item of value.items) yield* eventsOf(item, value.line);
  } else {
    throw new HistoryFormatError(line, `expected a map of an operation, found ${quoted(describeEdn(value))}`);
  }
}

function eventOf(map: EdnValue, line: number): HistoryEvent | undefined {
  const process = field(map, ":process");
  if (process === undefined || process.kind === "nil")
    throw new HistoryFormatError(line, "an operation has no :process");
  // Clients are numbers; a keyword is the nemesis or another helper of the test.
  if (process.kind === "keyword" || describeEdn(process) === "nemesis") return undefined;
  const type = eventType(field(map, ":type"), line);
  const name = nameOf(field(map, ":f"), line);
  const revision = field(map, ":revision");
  return {
    process: describeEdn(process),
    type,
    name,
    key: cellValueOf(field(map, ":key")),
    value: cellValueOf(field(map, ":value")) ?? null,
    revision: revision?.kind === "number" ? revision.value : undefined,
    at: undefined,
    line,
  };
}

function eventType(value: EdnValue | undefined, line: number): EventType {
  const written = value === undefined ? "" : describeEdn(value);
  const type = TYPES.get(written.startsWith(":") ? written : `:${written}`);
  if (type !== undefined) return type;
  const found = value === undefined ? "an operation has no :type" : `:type ${quoted(written)} is unknown`;
  throw new HistoryFormatError(line, `${found}; allowed: :invoke, :ok, :fail, :info`);
}

function nameOf(value: EdnValue | undefined, line: number): string {
  if (value?.kind === "keyword") return value.name.slice(1);
  if (value?.kind === "string") return value.value;
  throw new HistoryFormatError(line, "an operation has no :f");
}

/** The value of a map's field; undefined where the map has none. */
function field(map: EdnValue, name: string): EdnValue | undefined {
  if (map.kind !== "map") return undefined;
  return map.entries.find(([key]) => key.kind === "keyword" && key.name === name)?.[1];
}

/** An EDN value as a value of a model: keywords keep their colon, maps and sets become sorted lists. */
export function cellValueOf(value: EdnValue | undefined): CellValue {
  if (value === undefined) return undefined;
  switch (value.kind) {
    case "nil":
      return null;
    case "boolean":
    case "number":
    case "string":
      return value.value;
    case "keyword":
      return value.name;
    case "token":
      return value.text;
    case "vector":
    case "list":
      return value.items.map(cellValueOf);
    case "set":
      return sorted(value.items.map(cellValueOf));
    case "map":
      return sorted(value.entries.map(([key, held]) => [cellValueOf(key), cellValueOf(held)]));
  }
}

function sorted(values: readonly CellValue[]): readonly CellValue[] {
  return values
    .map((value) => ({ value, text: JSON.stringify(value) ?? "" }))
    .sort((left, right) => (left.text < right.text ? -1 : left.text > right.text ? 1 : 0))
    .map(({ value }) => value);
}

function describeEdn(value: EdnValue): string {
  const cell = cellValueOf(value);
  return typeof cell === "string" ? cell : (JSON.stringify(cell) ?? "nil");
}
