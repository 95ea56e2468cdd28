// A key-value store with put, get, append, delete and compare-and-set; every key is checked alone, since operations touch one key each.

import { unreachable } from "../../base/index.ts";
import type { Operation } from "../history.ts";
import { type Model, partitionBy } from "../model.ts";
import { type CellOperation, type CellValue, compileCell, describeValue } from "./cell.ts";

/** What can be done to a key-value store; an append to an absent key begins with the empty text. */
export type KeyValueInput =
  | { readonly kind: "get"; readonly key: string }
  | { readonly kind: "put"; readonly key: string; readonly value: CellValue }
  | { readonly kind: "append"; readonly key: string; readonly value: string }
  | { readonly kind: "delete"; readonly key: string }
  | { readonly kind: "cas"; readonly key: string; readonly from: CellValue; readonly to: CellValue };

/**
 * What a get saw (undefined for a get of an absent key where the model says so), whether a compare-and-set wrote; undefined for the
 * others.
 */
export type KeyValueOutput = CellValue;

/** A key-value store in which a get of an absent key returns `absent`: "" as in the course, or undefined (unless given). */
export function keyValueModel({ absent }: { readonly absent?: CellValue } = {}): Model<KeyValueInput, KeyValueOutput> {
  return {
    name: "key-value",
    partition: (history) =>
      partitionBy(history, { keyOf: (input) => input.key, nameOf: (key) => `key ${describeValue(key)}` }),
    compile: (operations) =>
      compileCell(
        operations.map((operation) => cellOperation(operation, absent)),
        absent,
      ),
    describe,
  };
}

type KeyValueOperation = Operation<KeyValueInput, KeyValueOutput>;

function cellOperation({ input, returned }: KeyValueOperation, absent: CellValue): CellOperation {
  switch (input.kind) {
    case "get":
      return returned === undefined ? { kind: "read-any" } : { kind: "read", seen: returned.output };
    case "put":
      return { kind: "write", value: input.value };
    case "append":
      return { kind: "append", value: input.value };
    case "delete":
      return { kind: "write", value: absent };
    case "cas":
      return { ...input, swapped: returned === undefined ? "any" : returned.output === true };
    default:
      return unreachable(input);
  }
}

function describe({ input, returned }: KeyValueOperation): string {
  const key = describeValue(input.key);
  const unknown = returned === undefined ? " -> unknown" : "";
  switch (input.kind) {
    case "get":
      return `get(${key})${returned === undefined ? unknown : ` -> ${describeValue(returned.output)}`}`;
    case "put":
    case "append":
      return `${input.kind}(${key}, ${describeValue(input.value)})${unknown}`;
    case "delete":
      return `delete(${key})${unknown}`;
    case "cas": {
      const outcome = returned === undefined ? "unknown" : returned.output === true ? "swapped" : "refused";
      return `cas(${key}, ${describeValue(input.from)}, ${describeValue(input.to)}) -> ${outcome}`;
    }
    default:
      return unreachable(input);
  }
}
