// Our own format: JSON lines, each a whole operation with the times of its call and return, or each one event of an operation.
//   {"process":"a","f":"put","key":"k","value":"1","call":0,"return":1.5}
//   {"process":"a","type":"invoke","f":"read"}

import type { CellValue } from "../models/cell.ts";
import { HistoryFormatError, quoted } from "./format-error.ts";
import type { EventType, HistoryEvent, RecordedOperation } from "./history-event.ts";
import { pairEvents } from "./pairing.ts";

/** A JSON object of a line. */
export type JsonFields = Readonly<Record<string, unknown>>;

/** One JSON object with its line. */
export interface JsonLine {
  readonly fields: JsonFields;
  readonly line: number;
}

const TYPES: readonly EventType[] = ["invoke", "ok", "fail", "info"];
const OUTCOMES: readonly RecordedOperation["outcome"][] = ["ok", "fail", "unknown"];

/** The objects of a text: one a line, or all in one array. Throws HistoryFormatError. */
export function readJsonLines(text: string): readonly JsonLine[] {
  if (text.trimStart().startsWith("[")) return arrayElements(text);
  const lines: JsonLine[] = [];
  text.split("\n").forEach((line, index) => {
    if (line.trim() !== "") lines.push({ fields: fieldsOf(parse(line, index + 1), index + 1), line: index + 1 });
  });
  return lines;
}

function arrayElements(text: string): readonly JsonLine[] {
  const value = parse(text, 1);
  if (!Array.isArray(value)) throw new HistoryFormatError(1, "expected an array of operations");
  return value.map((element: unknown, index) => ({ fields: fieldsOf(element, 1, `element ${index}`), line: 1 }));
}

function parse(text: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HistoryFormatError(line, `not JSON: ${quoted(text.trim().slice(0, 80))}`);
  }
}

function fieldsOf(value: unknown, line: number, what = "the line"): JsonFields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new HistoryFormatError(line, `${what} is not a JSON object`);
}

/** The operations of our own format, without those of a process "nemesis". Throws HistoryFormatError. */
export function readOwnOperations(lines: readonly JsonLine[]): readonly RecordedOperation[] {
  const clients = lines.filter(({ fields }) => fields["process"] !== "nemesis");
  const first = clients[0];
  if (first === undefined) return [];
  const hasEvents = first.fields["type"] !== undefined;
  const other = clients.find(({ fields }) => (fields["type"] !== undefined) !== hasEvents);
  if (other !== undefined) {
    const reason = hasEvents ? 'has no "type", but line' : 'has a "type", but line';
    throw new HistoryFormatError(other.line, `this line ${reason} ${first.line} ${hasEvents ? "has one" : "has none"}`);
  }
  return hasEvents ? pairEvents(clients.map(eventOf)) : clients.map(operationOf);
}

function eventOf({ fields, line }: JsonLine): HistoryEvent {
  const type = TYPES.find((known) => known === fields["type"]);
  if (type === undefined) throw new HistoryFormatError(line, `"type" must be one of ${TYPES.join(", ")}`);
  return { ...commonFields(fields, line), type, value: valueIn(fields, "value") ?? null, at: undefined, line };
}

function operationOf({ fields, line }: JsonLine): RecordedOperation {
  const common = commonFields(fields, line);
  const invokedAt = numberIn(fields, "call", line);
  if (invokedAt === undefined) throw new HistoryFormatError(line, '"call", the time of the call, is missing');
  const returnedAt = numberIn(fields, "return", line);
  const outcome = OUTCOMES.find(
    (known) => known === (fields["outcome"] ?? (returnedAt === undefined ? "unknown" : "ok")),
  );
  if (outcome === undefined) throw new HistoryFormatError(line, `"outcome" must be one of ${OUTCOMES.join(", ")}`);
  if (outcome !== "unknown" && returnedAt === undefined) {
    throw new HistoryFormatError(line, `"return", the time of the return, is missing and the outcome is ${outcome}`);
  }
  if (returnedAt !== undefined && returnedAt < invokedAt) {
    throw new HistoryFormatError(line, `"return" ${returnedAt} is before "call" ${invokedAt}`);
  }
  return {
    ...common,
    input: valueIn(fields, "value") ?? null,
    output: outcome === "unknown" ? undefined : valueIn(fields, "output"),
    outcome,
    invokedAt,
    returnedAt: outcome === "unknown" ? undefined : returnedAt,
    line,
    returnLine: line,
  };
}

function commonFields(
  fields: JsonFields,
  line: number,
): Pick<RecordedOperation, "process" | "name" | "key" | "revision"> {
  const { process, f } = fields;
  if (typeof process !== "string" && typeof process !== "number") {
    throw new HistoryFormatError(line, '"process" is missing or neither a string nor a number');
  }
  if (typeof f !== "string") throw new HistoryFormatError(line, '"f", the operation, is missing or not a string');
  return {
    process: String(process),
    name: f,
    key: valueIn(fields, "key"),
    revision: numberIn(fields, "revision", line),
  };
}

function numberIn(fields: JsonFields, name: string, line: number): number | undefined {
  const value = fields[name] ?? undefined;
  if (value === undefined || (typeof value === "number" && Number.isFinite(value))) return value;
  throw new HistoryFormatError(line, `${quoted(name)} is not a number`);
}

function valueIn(fields: JsonFields, name: string): CellValue {
  return Object.hasOwn(fields, name) ? cellValueOf(fields[name]) : undefined;
}

/** A JSON value as a value of a model; objects become lists of pairs in order of their keys. */
export function cellValueOf(value: unknown): CellValue {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return value;
  }
  if (Array.isArray(value)) return value.map(cellValueOf);
  if (typeof value !== "object") return undefined;
  return Object.entries(value)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, held]) => [key, cellValueOf(held)]);
}
