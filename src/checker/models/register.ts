// One value that can be read, written and, in its second form, compared and set.

import { unreachable } from "../../base/index.ts";
import type { Operation } from "../history.ts";
import type { Model } from "../model.ts";
import { type CellOperation, type CellValue, compileCell, describeValue } from "./cell.ts";

/** What can be done to a register. */
export type RegisterInput = { readonly kind: "read" } | { readonly kind: "write"; readonly value: CellValue };

/** What can be done to a register with compare-and-set: `cas` writes `to` if the value is `from`. */
export type CasRegisterInput =
  | RegisterInput
  | { readonly kind: "cas"; readonly from: CellValue; readonly to: CellValue };

/** What a read saw; undefined for a write. */
export type RegisterOutput = CellValue;

/** What a read saw, or whether a compare-and-set wrote; undefined for a write. */
export type CasRegisterOutput = CellValue;

/** A register that first holds `initial` (undefined unless given). */
export function registerModel({
  initial,
}: {
  readonly initial?: CellValue;
} = {}): Model<RegisterInput, RegisterOutput> {
  return modelNamed("register", initial);
}

/** A register with compare-and-set that first holds `initial` (undefined unless given). */
export function casRegisterModel({
  initial,
}: {
  readonly initial?: CellValue;
} = {}): Model<CasRegisterInput, CasRegisterOutput> {
  return modelNamed("cas-register", initial);
}

function modelNamed<Input extends CasRegisterInput>(name: string, initial: CellValue): Model<Input, CellValue> {
  return {
    name,
    partition: (history) => [{ name: "", operations: history }],
    compile: (operations) => compileCell(operations.map(cellOperation), initial),
    describe,
  };
}

type RegisterOperation = Operation<CasRegisterInput, CasRegisterOutput>;

function cellOperation({ input, returned }: RegisterOperation): CellOperation {
  switch (input.kind) {
    case "read":
      return returned === undefined ? { kind: "read-any" } : { kind: "read", seen: returned.output };
    case "write":
      return input;
    case "cas":
      return { ...input, swapped: returned === undefined ? "any" : returned.output === true };
    default:
      return unreachable(input);
  }
}

function describe({ input, returned }: RegisterOperation): string {
  switch (input.kind) {
    case "read":
      return `read() -> ${returned === undefined ? "unknown" : describeValue(returned.output)}`;
    case "write":
      return `write(${describeValue(input.value)})${returned === undefined ? " -> unknown" : ""}`;
    case "cas": {
      const outcome = returned === undefined ? "unknown" : returned.output === true ? "swapped" : "refused";
      return `cas(${describeValue(input.from)}, ${describeValue(input.to)}) -> ${outcome}`;
    }
    default:
      return unreachable(input);
  }
}
