// The fast path for answers with revisions: what it decides alone, and what it leaves to the search.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type CheckResult,
  checkHistory,
  type KeyValueInput,
  type KeyValueOutput,
  keyValueModel,
  type Operation,
} from "./index.ts";

type StoreOperation = Operation<KeyValueInput, KeyValueOutput>;

function put(
  value: string,
  at: number,
  { revision, key = "k" }: { revision?: number; key?: string } = {},
): StoreOperation {
  const input = { kind: "put", key, value } as const;
  return { process: "w", input, invokedAt: at, returned: { at: at + 1, output: undefined, revision } };
}

function get(
  output: string | undefined,
  at: number,
  { revision, key = "k" }: { revision?: number; key?: string } = {},
): StoreOperation {
  return { process: "r", input: { kind: "get", key }, invokedAt: at, returned: { at: at + 1, output, revision } };
}

const check = (...history: readonly StoreOperation[]): CheckResult<KeyValueInput, KeyValueOutput> =>
  checkHistory({ model: keyValueModel(), history });

test("a replay by revision costs one step an operation", () => {
  const history = Array.from({ length: 1000 }, (_, index) => [
    put(String(index), index * 10, { revision: index + 1 }),
    get(String(index), index * 10 + 5, { revision: index + 1 }),
  ]).flat();
  const result = check(...history);
  assert.deepEqual([result.verdict, result.steps], ["linearizable", 2000]);
});

test("a read that saw another value than its revision had is a violation", () => {
  const result = check(put("a", 0, { revision: 1 }), put("b", 2, { revision: 2 }), get("a", 4, { revision: 2 }));
  assert.ok(result.verdict === "not-linearizable");
  assert.match(result.violations[0]?.explanation ?? "", /at revision 2 the value is "b"/);
});

test("an answer older than one that was known when it was asked for is a violation, on another key, too", () => {
  const result = check(put("a", 0, { revision: 5 }), get(undefined, 4, { revision: 4, key: "other" }));
  assert.ok(result.verdict === "not-linearizable");
  assert.match(result.violations[0]?.explanation ?? "", /its revision 4 is older than 5/);
});

test("two mutations cannot make one revision of a key", () => {
  assert.equal(check(put("a", 0, { revision: 1 }), put("b", 0, { revision: 1 })).verdict, "not-linearizable");
});

test("where an outcome is unknown, the search decides", () => {
  const lost: StoreOperation = {
    process: "x",
    input: { kind: "put", key: "k", value: "lost" },
    invokedAt: 1,
    returned: undefined,
  };
  const seen = [put("a", 0, { revision: 1 }), lost, get("lost", 4, { revision: 2 })];
  assert.equal(check(...seen).verdict, "linearizable");
  assert.equal(check(...seen, get("never", 6, { revision: 3 })).verdict, "not-linearizable");
});
