// A lock that one process at a time can hold. Who releases it is not checked: only that nobody acquires a held lock, and that nobody
// releases a free one.

import type { Operation } from "../history.ts";
import type { Model } from "../model.ts";
import { compileCell } from "./cell.ts";

/** What can be done to a mutex. */
export type MutexInput = { readonly kind: "acquire" } | { readonly kind: "release" };

const FREE = "free";
const HELD = "held";

/** A mutex that is free at first. Outputs carry nothing: an operation that returned succeeded. */
export function mutexModel(): Model<MutexInput, undefined> {
  return {
    name: "mutex",
    partition: (history) => [{ name: "", operations: history }],
    compile: (operations) =>
      compileCell(
        operations.map(({ input, returned }) => {
          const [from, to] = input.kind === "acquire" ? [FREE, HELD] : [HELD, FREE];
          return { kind: "cas", from, to, swapped: returned === undefined ? "any" : true };
        }),
        FREE,
      ),
    describe: ({ input, returned }: Operation<MutexInput, undefined>) =>
      `${input.kind}()${returned === undefined ? " -> unknown" : ""}`,
  };
}
