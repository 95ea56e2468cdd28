// Which key an operation is about: its own field, or the first half of Jepsen's independent [key value] pairs.

import { HistoryFormatError } from "../formats/format-error.ts";
import type { CellValue } from "../models/cell.ts";
import { isList, pairOf, type VerbedOperation } from "./verbs.ts";

/** An operation whose key has been taken out of its argument and its result. */
export interface KeyedOperation extends VerbedOperation {
  /** Undefined: the history has one object only. */
  readonly key: CellValue;
  readonly input: CellValue;
  readonly output: CellValue;
}

/**
 * Finds the keys. A history has pairs when every argument can be one and something in it can be nothing else: a cas of [key [from to]],
 * or a read that is called with [key nil]. A cas of [from to], or a read that is called with nothing, says that there are none.
 * Throws HistoryFormatError for an operation whose result has no pair in a history of pairs.
 */
export function keysOf(operations: readonly VerbedOperation[]): readonly KeyedOperation[] {
  if (operations.some(({ recorded }) => recorded.key !== undefined) || !hasPairs(operations)) {
    return operations.map(({ recorded, verb }) => {
      const { key, input, output } = recorded;
      return { recorded, verb, key, input, output };
    });
  }
  return operations.map(splitPair);
}

function hasPairs(operations: readonly VerbedOperation[]): boolean {
  const relevant = operations.filter(({ verb }) => verb === "read" || verb === "write" || verb === "cas");
  return relevant.length === operations.length && relevant.every(canBePair) && relevant.some(mustBePair);
}

function canBePair({ recorded, verb }: VerbedOperation): boolean {
  const pair = pairOf(recorded.input);
  if (pair === undefined) return false;
  return verb !== "cas" || (!isList(pair[0]) && pairOf(pair[1]) !== undefined);
}

function mustBePair({ recorded, verb }: VerbedOperation): boolean {
  return verb === "read" || (verb === "cas" && pairOf(pairOf(recorded.input)?.[1]) !== undefined);
}

function splitPair({ recorded, verb }: VerbedOperation): KeyedOperation {
  const [key, input] = pairOf(recorded.input) ?? [undefined, undefined];
  if (recorded.outcome !== "ok" || verb !== "read") return { recorded, verb, key, input, output: recorded.output };
  const result = pairOf(recorded.output);
  if (result === undefined || JSON.stringify(result[0]) !== JSON.stringify(key)) {
    throw new HistoryFormatError(recorded.returnLine ?? recorded.line, "a read's result is no [key value] of its key");
  }
  return { recorded, verb, key, input, output: result[1] };
}
