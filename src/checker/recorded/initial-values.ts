// What a store holds before a history begins, where nobody says: tools begin with nothing (nil), some with 0.

import type { CellValue } from "../models/cell.ts";
import type { KeyedOperation } from "./keys.ts";
import { isList, type ModelName, pairOf } from "./verbs.ts";

/**
 * The first values to check a history with; it is linearizable if it is with one of them. Nothing, unless one is given. A history of
 * registers that never reads nothing may have begun with 0: certainly where somebody has seen a 0 before anybody could have written one.
 */
export function initialValues(
  operations: readonly KeyedOperation[],
  { model, given }: { readonly model: ModelName; readonly given: CellValue },
): readonly CellValue[] {
  if (given !== undefined) return [given];
  if (model === "key-value" || model === "mutex") return [null];
  const seen = operations.flatMap(seenBy);
  if (seen.some(({ value }) => value === null) || !seen.some(({ value }) => value === 0)) return [null];
  const written = zerosWritten(operations);
  const isUnexplained = ({ value, key, at }: Sighting): boolean =>
    value === 0 && !((written.get(nameOf(key)) ?? Infinity) < at);
  return seen.some(isUnexplained) ? [0] : [null, 0];
}

interface Sighting {
  readonly key: CellValue;
  readonly value: CellValue;
  /** When the operation that saw it returned. */
  readonly at: number;
}

/** The values that an operation has certainly found. */
function seenBy({ recorded, verb, key, input, output }: KeyedOperation): readonly Sighting[] {
  const { outcome, returnedAt: at } = recorded;
  if (outcome !== "ok" || at === undefined) return [];
  if (verb === "read") return [{ key, value: output ?? null, at }];
  if (verb === "cas") return output === false ? [] : [{ key, value: pairOf(input)?.[0], at }];
  if (verb !== "txn" || !isList(output)) return [];
  const writes = new Set<string>();
  return output.flatMap((step) => {
    const [name, stepKey, value] = isList(step) ? step : [];
    const keyName = nameOf(stepKey);
    const isRead = name === ":r" || name === ":read" || name === "r" || name === "read";
    if (!isRead) writes.add(keyName);
    // What it reads after its own write says nothing about the beginning.
    return isRead && !writes.has(keyName) ? [{ key: stepKey, value: value ?? null, at }] : [];
  });
}

/** When somebody first called an operation that writes 0, by key. */
function zerosWritten(operations: readonly KeyedOperation[]): ReadonlyMap<string, number> {
  const written = new Map<string, number>();
  for (const operation of operations) {
    for (const key of keysSetToZero(operation)) {
      const name = nameOf(key);
      written.set(name, Math.min(written.get(name) ?? Infinity, operation.recorded.invokedAt));
    }
  }
  return written;
}

function keysSetToZero({ verb, key, input }: KeyedOperation): readonly CellValue[] {
  if (verb === "write") return input === 0 ? [key] : [];
  if (verb === "cas") return pairOf(input)?.[1] === 0 ? [key] : [];
  if (verb !== "txn" || !isList(input)) return [];
  return input.flatMap((step) => (isList(step) && (step[2] === 0 || pairOf(step[2])?.[1] === 0) ? [step[1]] : []));
}

function nameOf(key: CellValue): string {
  return JSON.stringify(key) ?? "";
}
