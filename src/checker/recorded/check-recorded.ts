// From a recorded history to a verdict: what its operations mean, which model they are checked against, and what that found.

import { type CheckRequest, type CheckResult, checkHistory, type Violation } from "../check.ts";
import { HistoryFormatError } from "../formats/format-error.ts";
import type { RecordedOperation } from "../formats/history-event.ts";
import type { MalformedHistory, RecordedHistory } from "../formats/read-history.ts";
import type { Operation } from "../history.ts";
import type { Model } from "../model.ts";
import { byKey } from "../models/by-key.ts";
import type { CellValue } from "../models/cell.ts";
import { keyValueModel } from "../models/key-value.ts";
import { mutexModel } from "../models/mutex.ts";
import { casRegisterModel } from "../models/register.ts";
import { transactionsModel } from "../models/transactions.ts";
import { initialValues } from "./initial-values.ts";
import { type KeyedOperation, keysOf } from "./keys.ts";
import { keyValueOperation, mutexOperation, registerOperation, transactionOperation } from "./operations.ts";
import { guessModel, type ModelName, requireKnown, verbsOf } from "./verbs.ts";

/** How to check a recorded history. */
export interface RecordedCheckOptions
  extends Pick<CheckRequest<unknown, unknown>, "stepsMax" | "bytesMax" | "shouldStop"> {
  /** Left out: the model that the operations tell. */
  readonly model?: ModelName | undefined;
  /** What registers and keys hold at first. Left out: nothing, or 0 where the history tells so. */
  readonly initial?: CellValue;
  /**
   * What a failed cas says: "refused" that the value was another one than it expected, "no-effect" only that it wrote nothing. Left
   * out: "refused" in logs of jepsen.util where the failure has no reason, as Porcupine reads them; else "no-effect", as Knossos does.
   */
  readonly failedCas?: FailedCas | undefined;
}

/** The readings of a failed cas. */
export const FAILED_CAS = ["refused", "no-effect"] as const;

/** One of them. */
export type FailedCas = (typeof FAILED_CAS)[number];

/** A step of a legal order, with the recorded operation. */
export interface RecordedStep {
  readonly operation: RecordedOperation;
  readonly description: string;
  /** The state after it, in words. */
  readonly state: string;
}

/** Why a part of a recorded history is not linearizable. */
export interface RecordedViolation {
  /** The part, for example `key "a"`; empty when the history has only one. */
  readonly part: string;
  readonly prefix: readonly RecordedStep[];
  readonly blocked: RecordedOperation;
  readonly blockedDescription: string;
  /** All operations of the part, for a picture of it. */
  readonly operations: readonly { readonly operation: RecordedOperation; readonly description: string }[];
  /** All of it in words, several lines. */
  readonly explanation: string;
}

/** The verdict on a recorded history. */
export type RecordedCheckResult =
  | ({ readonly verdict: "malformed" } & MalformedHistory)
  | ({
      readonly model: ModelName;
      readonly operations: number;
      readonly parts: number;
      readonly steps: number;
      readonly initial: CellValue;
    } & (
      | { readonly verdict: "linearizable" }
      | { readonly verdict: "not-linearizable"; readonly violations: readonly RecordedViolation[] }
      | { readonly verdict: "unknown"; readonly reason: string }
    ));

/** Checks a recorded history. Never throws for what is in it. */
export function checkRecorded(history: RecordedHistory, options: RecordedCheckOptions = {}): RecordedCheckResult {
  try {
    return check(history, options);
  } catch (error) {
    if (error instanceof HistoryFormatError) return { verdict: "malformed", line: error.line, reason: error.reason };
    throw error;
  }
}

function check({ format, operations }: RecordedHistory, options: RecordedCheckOptions): RecordedCheckResult {
  const verbed = verbsOf(operations);
  const model = options.model ?? guessModel(verbed);
  requireKnown(verbed, model);
  // What certainly failed took no effect.
  const failedCas = options.failedCas ?? (format === "jepsen-log" ? "refused" : "no-effect");
  const keyed = keysOf(verbed).filter(({ recorded, verb }) => {
    return recorded.outcome !== "fail" || (failedCas === "refused" && verb === "cas" && isPlainRefusal(recorded));
  });
  const counts = { model, operations: operations.length };
  let steps = 0;
  let best: RecordedCheckResult | undefined;
  for (const initial of initialValues(keyed, { model, given: options.initial })) {
    const found = checkAs(keyed, { model, initial, options });
    steps += found.steps;
    best = better(best, { ...counts, ...found, initial, steps });
    if (best.verdict === "linearizable") break;
  }
  if (best === undefined) throw new RangeError("no initial value to check with");
  return best.verdict === "malformed" ? best : { ...best, steps };
}

/** Whether a failure repeats its argument, and so gives no other reason for it. */
function isPlainRefusal({ input, output }: RecordedOperation): boolean {
  return JSON.stringify(input) === JSON.stringify(output);
}

/** Of two first values the history may have either: linearizable with one is linearizable; undecided with one is undecided. */
function better(left: RecordedCheckResult | undefined, right: RecordedCheckResult): RecordedCheckResult {
  if (left === undefined || right.verdict === "linearizable") return right;
  if (left.verdict === "not-linearizable" && right.verdict === "not-linearizable") {
    return placed(right) > placed(left) ? right : left;
  }
  return left.verdict === "unknown" ? left : right;
}

function placed(result: Extract<RecordedCheckResult, { verdict: "not-linearizable" }>): number {
  return result.violations.reduce((sum, { prefix }) => sum + prefix.length, 0);
}

type Found =
  | (CheckResult<unknown, unknown> & { readonly verdict: "linearizable" | "unknown" })
  | {
      readonly verdict: "not-linearizable";
      readonly violations: readonly RecordedViolation[];
      readonly steps: number;
      readonly parts: number;
    };

function checkAs(
  keyed: readonly KeyedOperation[],
  {
    model,
    initial,
    options,
  }: { readonly model: ModelName; readonly initial: CellValue; readonly options: RecordedCheckOptions },
): Found {
  const hasKeys = keyed.some(({ key }) => key !== undefined);
  switch (model) {
    case "register":
    case "cas-register": {
      const registers = casRegisterModel({ initial });
      if (!hasKeys) return run(keyed, registerOperation, { model: registers, options });
      return run(keyed, withKey(registerOperation), { model: byKey(registers), options });
    }
    case "key-value":
      return run(keyed, keyValueOperation, { model: keyValueModel({ absent: initial }), options });
    case "mutex":
      if (!hasKeys) return run(keyed, mutexOperation, { model: mutexModel(), options });
      return run(keyed, withKey(mutexOperation), { model: byKey(mutexModel()), options });
    case "transactions":
      return run(keyed, transactionOperation, { model: transactionsModel({ initial }), options });
  }
}

function withKey<Input, Output>(convert: (operation: KeyedOperation) => Operation<Input, Output>) {
  return (operation: KeyedOperation): Operation<{ readonly key: CellValue; readonly input: Input }, Output> => {
    const converted = convert(operation);
    return { ...converted, input: { key: operation.key ?? null, input: converted.input } };
  };
}

function run<Input, Output>(
  keyed: readonly KeyedOperation[],
  convert: (operation: KeyedOperation) => Operation<Input, Output>,
  { model, options }: { readonly model: Model<Input, Output>; readonly options: RecordedCheckOptions },
): Found {
  const origins = new Map<Operation<Input, Output>, RecordedOperation>();
  const history = keyed.map((operation) => {
    const converted = convert(operation);
    origins.set(converted, operation.recorded);
    return converted;
  });
  const { stepsMax, bytesMax, shouldStop } = options;
  const result = checkHistory({
    model,
    history,
    ...(stepsMax === undefined ? {} : { stepsMax }),
    ...(bytesMax === undefined ? {} : { bytesMax }),
    ...(shouldStop === undefined ? {} : { shouldStop }),
  });
  if (result.verdict !== "not-linearizable") return result;
  const parts = model.partition(history);
  const violations = result.violations.map((violation) => {
    const operations = parts.find(({ name }) => name === violation.part)?.operations ?? [];
    return recordedViolation(violation, { model, operations, origins });
  });
  return { ...result, violations };
}

function recordedViolation<Input, Output>(
  { part, prefix, blocked, explanation }: Violation<Input, Output>,
  {
    model,
    operations,
    origins,
  }: {
    readonly model: Model<Input, Output>;
    readonly operations: readonly Operation<Input, Output>[];
    readonly origins: ReadonlyMap<Operation<Input, Output>, RecordedOperation>;
  },
): RecordedViolation {
  const originOf = (operation: Operation<Input, Output>): RecordedOperation => {
    const origin = origins.get(operation);
    if (origin === undefined) throw new RangeError("an operation that was not in the history");
    return origin;
  };
  return {
    part,
    prefix: prefix.map(({ operation, state }) => ({
      operation: originOf(operation),
      description: model.describe(operation),
      state,
    })),
    blocked: originOf(blocked),
    blockedDescription: model.describe(blocked),
    operations: operations.map((operation) => ({
      operation: originOf(operation),
      description: model.describe(operation),
    })),
    explanation: `${explanation}\n${blockedLines(originOf(blocked))}`,
  };
}

function blockedLines({ line, returnLine }: RecordedOperation): string {
  return returnLine === undefined || returnLine === line
    ? `it is in line ${line}`
    : `it is in lines ${line} and ${returnLine}`;
}
