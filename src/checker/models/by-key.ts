// One object for each key: lifts a model of a single object to a store of many, each of which is checked alone.

import type { Operation } from "../history.ts";
import { type Model, partitionBy } from "../model.ts";
import { type CellValue, describeValue } from "./cell.ts";

/** An operation on the object of one key. */
export interface KeyedInput<Input> {
  readonly key: CellValue;
  readonly input: Input;
}

/** The model of a store that holds one object of `model` for each key. */
export function byKey<Input, Output>(model: Model<Input, Output>): Model<KeyedInput<Input>, Output> {
  return {
    name: model.name,
    partition: (history) =>
      partitionBy(history, {
        keyOf: ({ key }) => JSON.stringify(key) ?? "",
        nameOf: (key) => `key ${key === "" ? "nothing" : describeValue(JSON.parse(key) as CellValue)}`,
      }),
    compile: (operations) => model.compile(operations.map(withoutKey)),
    describe: (operation) => `${describeValue(operation.input.key)}: ${model.describe(withoutKey(operation))}`,
  };
}

function withoutKey<Input, Output>(operation: Operation<KeyedInput<Input>, Output>): Operation<Input, Output> {
  return { ...operation, input: operation.input.input };
}
