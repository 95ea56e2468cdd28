// What clients saw, and the oracle that has nothing else to go by: is there an order in which it could have happened?
import {
  type CellOperation,
  checkHistory,
  compileCell,
  type Model,
  type Operation,
  partitionBy,
} from "../../checker/index.ts";
import type { OperationRequest } from "../decisions.ts";
import { RuleBroken } from "../violation.ts";
import type { ClientAnswer } from "./client-messages.ts";

export type ClientOperation = Operation<OperationRequest, ClientAnswer>;

/** Model steps for one history; most need a hundredth of it. */
const STEPS_MAX = 1_000_000;

/** The store that clients believe to talk to, one key at a time. */
const MODEL: Model<OperationRequest, ClientAnswer> = {
  name: "key-value",
  partition: (history) => partitionBy(history, { keyOf: ({ key }) => String(key), nameOf: (key) => `key ${key}` }),
  compile: (operations) => compileCell(operations.map(cellOperation), undefined),
  describe,
};

/** Checks a history. Returns false when it is too hard to tell; throws RuleBroken when no order explains it. */
export function checkLinearizable(history: readonly ClientOperation[]): boolean {
  const result = checkHistory({ model: MODEL, history, stepsMax: STEPS_MAX });
  if (result.verdict === "not-linearizable") {
    const detail = result.violations.map(({ explanation }) => explanation).join("\n");
    throw new RuleBroken("linearizability", "L1 linearizable history", detail);
  }
  return result.verdict === "linearizable";
}

function cellOperation({ input, returned }: ClientOperation): CellOperation {
  const { kind, value = "", expected = "" } = input;
  const answer = returned?.output;
  switch (kind) {
    case "get":
      return answer?.type === "value" ? { kind: "read", seen: answer.value } : { kind: "read-any" };
    case "put":
      return { kind: "write", value };
    case "append":
      return { kind: "append", value };
    case "cas": {
      const swapped = answer?.type === "written" ? answer.result === "swapped" : "any";
      return { kind: "cas", from: expected, to: value, swapped };
    }
  }
}

function describe({ input, returned }: ClientOperation): string {
  const what = describeRequest(input);
  const answer = returned?.output;
  if (answer === undefined) return `${what} -> unknown`;
  if (answer.type === "value") return `${what} -> ${answer.value ?? "nothing"}`;
  return answer.type === "written" ? `${what} -> ${answer.result}` : `${what} -> refused`;
}

/** An operation in words: cas(k1, a -> b). */
export function describeRequest({ kind, key, value, expected }: OperationRequest): string {
  if (kind === "get") return `get(k${key})`;
  return kind === "cas" ? `cas(k${key}, ${expected} -> ${value})` : `${kind}(k${key}, ${value})`;
}
