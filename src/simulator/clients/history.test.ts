import assert from "node:assert/strict";
import test from "node:test";
import { RuleBroken } from "../violation.ts";
import type { ClientAnswer } from "./client-messages.ts";
import { type ClientOperation, checkLinearizable } from "./history.ts";

const operation = (
  input: ClientOperation["input"],
  [invokedAt, at]: [number, number],
  output: ClientAnswer | undefined,
): ClientOperation => ({ process: "c1", input, invokedAt, returned: output && { at, output } });

const ok: ClientAnswer = { type: "written", result: "ok" };
const saw = (value: string | undefined): ClientAnswer => ({ type: "value", value });
const put = (value: string) => ({ kind: "put", key: 0, value }) as const;
const get = { kind: "get", key: 0 } as const;

test("a history that some order explains passes", () => {
  const history = [
    operation(get, [0, 1], saw(undefined)),
    operation(put("a"), [2, 9], ok),
    operation(get, [3, 4], saw("a")),
    operation({ kind: "cas", key: 0, value: "b", expected: "a" }, [10, 11], { type: "written", result: "swapped" }),
    operation({ kind: "cas", key: 0, value: "c", expected: "a" }, [12, 13], { type: "written", result: "refused" }),
    operation({ kind: "append", key: 0, value: "!" }, [14, 15], ok),
    operation(get, [16, 17], saw("b!")),
  ];
  assert.equal(checkLinearizable(history), true);
});

test("a stale read is a violation, with the operation that cannot be placed", () => {
  const history = [operation(put("a"), [0, 1], ok), operation(put("b"), [2, 3], ok), operation(get, [4, 5], saw("a"))];
  assert.throws(
    () => checkLinearizable(history),
    (error) => {
      assert.ok(error instanceof RuleBroken);
      assert.deepEqual([error.oracle, error.rule], ["linearizability", "L1 linearizable history"]);
      assert.match(error.message, /get\(k0\) -> a/);
      return true;
    },
  );
});

test("a write of unknown outcome may take effect late, or never", () => {
  const history = (seen: string) => [
    operation(put("a"), [0, 1], ok),
    operation(put("b"), [2, 3], undefined),
    operation(get, [4, 5], saw("a")),
    operation(get, [6, 7], saw(seen)),
  ];
  assert.equal(checkLinearizable(history("b")), true);
  assert.equal(checkLinearizable(history("a")), true);
  assert.throws(() => checkLinearizable(history("c")), RuleBroken);
});

test("a write that took effect twice is a violation", () => {
  const history = [operation({ kind: "append", key: 0, value: "x" }, [0, 9], ok), operation(get, [10, 11], saw("xx"))];
  assert.throws(() => checkLinearizable(history), RuleBroken);
});
