// Recorded operations as inputs and outputs of the models.

import { HistoryFormatError, quoted } from "../formats/format-error.ts";
import type { RecordedOperation } from "../formats/history-event.ts";
import type { Operation } from "../history.ts";
import type { CellValue } from "../models/cell.ts";
import type { KeyValueInput } from "../models/key-value.ts";
import type { MutexInput } from "../models/mutex.ts";
import type { CasRegisterInput } from "../models/register.ts";
import type { TransactionInput, TransactionOutput, TransactionStep } from "../models/transactions.ts";
import type { KeyedOperation } from "./keys.ts";
import { isList, pairOf, type Verb } from "./verbs.ts";

/** A model's operation that came from `operation`; `output` is what it returned, if its outcome is known. */
function timed<Input, Output>(operation: RecordedOperation, input: Input, output: Output): Operation<Input, Output> {
  const { process, invokedAt, returnedAt, revision } = operation;
  const returned = returnedAt === undefined ? undefined : { at: returnedAt, output, revision };
  return { process, input, invokedAt, returned };
}

/** An operation on a register. Throws HistoryFormatError, as all here do, for an argument that does not fit. */
export function registerOperation(operation: KeyedOperation): Operation<CasRegisterInput, CellValue> {
  const { recorded, verb, input, output } = operation;
  switch (verb) {
    case "read":
      return timed(recorded, { kind: "read" }, output ?? null);
    case "write":
      return timed(recorded, { kind: "write", value: input ?? null }, undefined);
    case "cas":
      return timed(recorded, { kind: "cas", ...fromTo(recorded, input) }, swapped(recorded));
    default:
      throw strange(recorded, verb);
  }
}

/** An operation on a key-value store. */
export function keyValueOperation(operation: KeyedOperation): Operation<KeyValueInput, CellValue> {
  const { recorded, verb, input, output } = operation;
  const key = keyText(operation);
  switch (verb) {
    case "read":
      return timed(recorded, { kind: "get", key }, plainValue(output));
    case "write":
      return timed(recorded, { kind: "put", key, value: plainValue(input) }, undefined);
    case "append":
      if (typeof input !== "string") throw new HistoryFormatError(recorded.line, "an append to a key takes a text");
      return timed(recorded, { kind: "append", key, value: input }, undefined);
    case "delete":
      return timed(recorded, { kind: "delete", key }, undefined);
    case "cas": {
      const { from, to } = fromTo(recorded, input);
      return timed(recorded, { kind: "cas", key, from: plainValue(from), to: plainValue(to) }, swapped(recorded));
    }
    default:
      throw strange(recorded, verb);
  }
}

/** An operation on a mutex. */
export function mutexOperation({ recorded, verb }: KeyedOperation): Operation<MutexInput, undefined> {
  if (verb !== "acquire" && verb !== "release") throw strange(recorded, verb);
  return timed(recorded, { kind: verb }, undefined);
}

/** A transaction; an operation on one key is a transaction of one step. */
export function transactionOperation(operation: KeyedOperation): Operation<TransactionInput, TransactionOutput> {
  const { recorded, verb, key, input, output } = operation;
  if (verb === "txn") return stepsOperation(recorded);
  if (key === undefined) throw new HistoryFormatError(recorded.line, `${recorded.name} names no key`);
  switch (verb) {
    case "read":
      return timed(recorded, { steps: [{ kind: "read", key }] }, [output ?? null]);
    case "write":
    case "append":
      return timed(recorded, { steps: [{ kind: verb, key, value: input ?? null }] }, []);
    case "cas":
      return timed(recorded, { steps: [{ kind: "cas", key, ...fromTo(recorded, input) }] }, []);
    default:
      throw strange(recorded, verb);
  }
}

function stepsOperation(recorded: RecordedOperation): Operation<TransactionInput, TransactionOutput> {
  const steps = stepsOf(recorded.input, recorded.line);
  if (recorded.outcome !== "ok") return timed(recorded, { steps }, []);
  const line = recorded.returnLine ?? recorded.line;
  const results = isList(recorded.output) ? recorded.output : [];
  const outputs = steps.map((step, index) => {
    const result = results[index];
    if (step.kind !== "read") return undefined;
    if (!isList(result) || result.length !== 3 || JSON.stringify(result[1]) !== JSON.stringify(step.key)) {
      throw new HistoryFormatError(line, `step ${index + 1} of the transaction's result does not match its call`);
    }
    return result[2] ?? null;
  });
  return timed(recorded, { steps }, outputs);
}

const STEP_KINDS: ReadonlyMap<string, TransactionStep["kind"]> = new Map([
  ["r", "read"],
  ["read", "read"],
  ["w", "write"],
  ["write", "write"],
  ["append", "append"],
  ["cas", "cas"],
]);

function stepsOf(input: CellValue, line: number): readonly TransactionStep[] {
  if (!isList(input)) throw new HistoryFormatError(line, "a transaction takes a list of steps like [:r :x nil]");
  return input.map((step) => {
    const [name, key, value] = isList(step) ? step : [];
    const kind = typeof name === "string" ? STEP_KINDS.get(name.replace(/^:/, "")) : undefined;
    if (kind === undefined || key === undefined) {
      const known = [...STEP_KINDS.keys()].join(", ");
      throw new HistoryFormatError(line, `step ${quoted(JSON.stringify(step) ?? "")} is unknown; known: ${known}`);
    }
    if (kind === "read") return { kind, key };
    if (kind !== "cas") return { kind, key, value: value ?? null };
    const pair = pairOf(value);
    if (pair === undefined) throw new HistoryFormatError(line, "a cas in a transaction takes [from to]");
    return { kind, key, from: pair[0] ?? null, to: pair[1] ?? null };
  });
}

/** What a cas expects and writes: [from to], or an object with `from` and `to`. */
function fromTo({ line }: RecordedOperation, input: CellValue): { readonly from: CellValue; readonly to: CellValue } {
  const pair = pairOf(input);
  if (pair === undefined) throw new HistoryFormatError(line, "a cas takes [from to]");
  const [first, second] = [pairOf(pair[0]), pairOf(pair[1])];
  // An object arrives as its fields in order of their names.
  if (first?.[0] === "from" && second?.[0] === "to") return { from: first[1], to: second[1] };
  return { from: pair[0] ?? null, to: pair[1] ?? null };
}

/** An answer of false says that the value was another one. */
function swapped({ output, outcome }: RecordedOperation): boolean {
  return outcome === "ok" && output !== false;
}

function keyText({ recorded, key }: KeyedOperation): string {
  if (key === undefined || key === null) throw new HistoryFormatError(recorded.line, `${recorded.name} names no key`);
  return typeof key === "string" ? key : (JSON.stringify(key) ?? "");
}

/** In a key-value store no value, nil and the empty text are the same: tools differ in what a get of an absent key returns. */
function plainValue(value: CellValue): CellValue {
  return value === "" || value === undefined ? null : value;
}

function strange({ line, name }: RecordedOperation, verb: Verb): HistoryFormatError {
  return new HistoryFormatError(line, `${quoted(name)} (${verb}) does not fit the model`);
}
