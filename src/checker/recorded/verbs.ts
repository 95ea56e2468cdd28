// What recorded operations mean: the names that tools give to reads, writes and the rest, and the models that know them.

import { HistoryFormatError, quoted } from "../formats/format-error.ts";
import type { RecordedOperation } from "../formats/history-event.ts";
import type { CellValue } from "../models/cell.ts";

/** The models that a recorded history can be checked against. */
export const MODEL_NAMES = ["register", "cas-register", "key-value", "mutex", "transactions"] as const;

/** One of them. */
export type ModelName = (typeof MODEL_NAMES)[number];

/** What an operation does, whatever it is called. */
export type Verb = "read" | "write" | "cas" | "append" | "delete" | "acquire" | "release" | "txn";

const VERBS: ReadonlyMap<string, Verb> = new Map([
  ["read", "read"],
  ["r", "read"],
  ["get", "read"],
  ["write", "write"],
  ["w", "write"],
  ["put", "write"],
  ["set", "write"],
  ["cas", "cas"],
  ["compare-and-set", "cas"],
  ["compare-and-swap", "cas"],
  ["append", "append"],
  ["delete", "delete"],
  ["acquire", "acquire"],
  ["lock", "acquire"],
  ["release", "release"],
  ["unlock", "release"],
  ["txn", "txn"],
  ["transaction", "txn"],
]);

const KNOWN_TO: Readonly<Record<ModelName, readonly Verb[]>> = {
  register: ["read", "write"],
  "cas-register": ["read", "write", "cas"],
  "key-value": ["read", "write", "cas", "append", "delete"],
  mutex: ["acquire", "release"],
  transactions: ["read", "write", "cas", "append", "txn"],
};

/** An operation with its meaning. */
export interface VerbedOperation {
  readonly recorded: RecordedOperation;
  readonly verb: Verb;
}

/** Gives every operation its verb. Throws HistoryFormatError for a name that no model knows. */
export function verbsOf(operations: readonly RecordedOperation[]): readonly VerbedOperation[] {
  return operations.map((recorded) => {
    const verb = isTransaction(recorded.input) ? "txn" : VERBS.get(recorded.name);
    if (verb !== undefined) return { recorded, verb };
    const known = [...VERBS.keys()].join(", ");
    throw new HistoryFormatError(recorded.line, `operation ${quoted(recorded.name)} is unknown; known: ${known}`);
  });
}

/** The model that the operations tell: by what they do, and whether they name keys. */
export function guessModel(operations: readonly VerbedOperation[]): ModelName {
  const verbs = new Set(operations.map(({ verb }) => verb));
  if (verbs.has("txn")) return "transactions";
  if (verbs.has("acquire") || verbs.has("release")) return "mutex";
  const hasKeys = operations.some(({ recorded }) => recorded.key !== undefined);
  if (hasKeys || verbs.has("append") || verbs.has("delete")) return "key-value";
  return verbs.has("cas") ? "cas-register" : "register";
}

/** Throws HistoryFormatError naming the first operation that a model does not know. */
export function requireKnown(operations: readonly VerbedOperation[], model: ModelName): void {
  const stranger = operations.find(({ verb }) => !KNOWN_TO[model].includes(verb));
  if (stranger === undefined) return;
  const { line, name } = stranger.recorded;
  throw new HistoryFormatError(
    line,
    `operation ${quoted(name)} is none of model ${model}: ${KNOWN_TO[model].join(", ")}`,
  );
}

const STEP_NAMES: ReadonlySet<CellValue> = new Set([":r", ":w", ":read", ":write", ":append", ":cas", "r", "w"]);

/** Whether an argument is a list of steps like [:r :x nil], as transactions have. */
function isTransaction(input: CellValue): boolean {
  const isStep = (step: CellValue): boolean => isList(step) && step.length === 3 && STEP_NAMES.has(step[0]);
  return isList(input) && input.length > 0 && input.every(isStep);
}

/** Whether a value is a list. */
export function isList(value: CellValue): value is readonly CellValue[] {
  return Array.isArray(value);
}

/** A list of exactly two values, or undefined. */
export function pairOf(value: CellValue): readonly [CellValue, CellValue] | undefined {
  return isList(value) && value.length === 2 ? [value[0], value[1]] : undefined;
}
