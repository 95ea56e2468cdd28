// Each model by small histories whose verdict is clear, and what a violation says in words.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type CasRegisterInput,
  type CasRegisterOutput,
  type CheckResult,
  casRegisterModel,
  checkHistory,
  type KeyValueInput,
  type KeyValueOutput,
  keyValueModel,
  type Operation,
  type RegisterInput,
  type RegisterOutput,
  registerModel,
} from "../index.ts";

/** An operation by process, input, times and output; `until` undefined: its outcome is unknown. */
function operation<Input, Output = undefined>(
  process: string,
  input: Input,
  { at, until, output }: { at: number; until?: number; output?: Output },
): Operation<Input, Output | undefined> {
  return { process, input, invokedAt: at, returned: until === undefined ? undefined : { at: until, output } };
}

function checkRegister(...history: Operation<RegisterInput, RegisterOutput>[]): string {
  return checkHistory({ model: registerModel(), history }).verdict;
}

function checkCas(...history: Operation<CasRegisterInput, CasRegisterOutput>[]): string {
  return checkHistory({ model: casRegisterModel({ initial: 0 }), history }).verdict;
}

function checkKeyValue(
  history: readonly Operation<KeyValueInput, KeyValueOutput>[],
  absent?: "",
): CheckResult<KeyValueInput, KeyValueOutput> {
  return checkHistory({ model: keyValueModel({ absent }), history });
}

const read: RegisterInput = { kind: "read" };
const write = (value: number): RegisterInput => ({ kind: "write", value });
const cas = (from: number, to: number): CasRegisterInput => ({ kind: "cas", from, to });

test("register: a read sees the last write, and nothing before the first", () => {
  assert.equal(checkRegister(operation("a", read, { at: 0, until: 1 })), "linearizable");
  const written = operation("a", write(1), { at: 0, until: 1 });
  assert.equal(checkRegister(written, operation("b", read, { at: 2, until: 3, output: 1 })), "linearizable");
  assert.equal(checkRegister(written, operation("b", read, { at: 2, until: 3 })), "not-linearizable");
});

test("register: once one read has seen a write, later reads do", () => {
  const history = (second: number) => [
    operation("a", write(1), { at: 0, until: 1 }),
    operation("a", write(2), { at: 2, until: 9 }),
    operation("b", read, { at: 3, until: 4, output: 2 }),
    operation("c", read, { at: 5, until: 6, output: second }),
  ];
  assert.equal(checkRegister(...history(2)), "linearizable");
  assert.equal(checkRegister(...history(1)), "not-linearizable");
});

test("register: a call and a return at the same time overlap", () => {
  const written = operation("a", write(1), { at: 0, until: 5 });
  assert.equal(checkRegister(written, operation("b", read, { at: 5, until: 6 })), "linearizable");
  assert.equal(checkRegister(written, operation("b", read, { at: 5.001, until: 6 })), "not-linearizable");
});

test("register: values of different types differ", () => {
  const written = operation<RegisterInput, RegisterOutput>("a", { kind: "write", value: "1" }, { at: 0, until: 1 });
  assert.equal(checkRegister(written, operation("b", read, { at: 2, until: 3, output: 1 })), "not-linearizable");
  assert.equal(checkRegister(written, operation("b", read, { at: 2, until: 3, output: "1" })), "linearizable");
});

test("compare-and-set: writes where the value is as expected, and only there", () => {
  assert.equal(checkCas(operation("a", cas(0, 1), { at: 0, until: 1, output: true })), "linearizable");
  assert.equal(checkCas(operation("a", cas(0, 1), { at: 0, until: 1, output: false })), "not-linearizable");
  assert.equal(checkCas(operation("a", cas(3, 1), { at: 0, until: 1, output: false })), "linearizable");
  assert.equal(checkCas(operation("a", cas(3, 1), { at: 0, until: 1, output: true })), "not-linearizable");
});

test("compare-and-set: of two from the same value only one succeeds", () => {
  const first = operation("a", cas(0, 1), { at: 0, until: 9, output: true });
  assert.equal(checkCas(first, operation("b", cas(0, 2), { at: 0, until: 9, output: true })), "not-linearizable");
  assert.equal(checkCas(first, operation("b", cas(0, 2), { at: 0, until: 9, output: false })), "linearizable");
});

test("compare-and-set: of unknown outcome it may have written or not", () => {
  const lost = operation("a", cas(0, 1), { at: 0 });
  for (const output of [0, 1]) {
    assert.equal(checkCas(lost, operation("b", read, { at: 2, until: 3, output })), "linearizable", String(output));
  }
  assert.equal(checkCas(lost, operation("b", read, { at: 2, until: 3, output: 2 })), "not-linearizable");
});

const get = (key: string): KeyValueInput => ({ kind: "get", key });
const put = (key: string, value: string): KeyValueInput => ({ kind: "put", key, value });
const append = (key: string, value: string): KeyValueInput => ({ kind: "append", key, value });

test("key-value: an absent key reads as the model says", () => {
  const nothing = [operation<KeyValueInput, KeyValueOutput>("a", get("k"), { at: 0, until: 1 })];
  const empty = [operation("a", get("k"), { at: 0, until: 1, output: "" })];
  assert.equal(checkKeyValue(nothing).verdict, "linearizable");
  assert.equal(checkKeyValue(empty).verdict, "not-linearizable");
  assert.equal(checkKeyValue(nothing, "").verdict, "not-linearizable");
  assert.equal(checkKeyValue(empty, "").verdict, "linearizable");
});

test("key-value: keys do not influence each other", () => {
  const history = [
    operation("a", put("k", "1"), { at: 0, until: 1 }),
    operation("a", put("l", "2"), { at: 2, until: 3 }),
    operation("b", get("k"), { at: 4, until: 5, output: "1" }),
    operation("b", get("l"), { at: 6, until: 7, output: "2" }),
  ];
  const result = checkKeyValue(history);
  assert.equal(result.verdict, "linearizable");
  assert.equal(result.parts, 2);
});

test("key-value: appends build one text, in an order that the times allow", () => {
  const history = (seen: string) => [
    operation("a", put("k", "x"), { at: 0, until: 1 }),
    operation("a", append("k", "a"), { at: 2, until: 9 }),
    operation("b", append("k", "b"), { at: 3, until: 8 }),
    operation("c", append("k", "c"), { at: 10, until: 11 }),
    operation("c", get("k"), { at: 12, until: 13, output: seen }),
  ];
  const verdicts = ["xabc", "xbac", "xacb", "xab", "abc"].map((seen) => checkKeyValue(history(seen)).verdict);
  const [no, yes] = ["not-linearizable", "linearizable"];
  assert.deepEqual(verdicts, [yes, yes, no, no, no]);
});

test("key-value: an append to an absent key begins with the empty text", () => {
  const history = [
    operation("a", append("k", "x"), { at: 0, until: 1 }),
    operation("a", get("k"), { at: 2, until: 3, output: "x" }),
  ];
  assert.equal(checkKeyValue(history).verdict, "linearizable");
  assert.equal(checkKeyValue(history, "").verdict, "linearizable");
});

test("a violation tells the legal order before it and the operation that cannot be placed", () => {
  const stale = operation("0017", get("k"), { at: 20, until: 21.5, output: "old" });
  const result = checkKeyValue([
    operation("0015", put("k", "old"), { at: 0, until: 1 }),
    operation("0016", put("k", "new"), { at: 10, until: 11 }),
    stale,
    operation("0016", put("k", "newest"), { at: 30, until: 31 }),
    operation("0015", put("other", "x"), { at: 0, until: 1 }),
  ]);
  assert.ok(result.verdict === "not-linearizable");
  assert.equal(result.violations.length, 1);
  assert.equal(result.violations[0]?.blocked, stale);
  assert.equal(
    result.violations[0]?.explanation,
    [
      'key "k": not linearizable: get("k") -> "old" by 0017 (20 .. 21.5) cannot be placed',
      "the longest legal order found of what came before has 2 operations, from nothing:",
      '  put("k", "old") by 0015 (0 .. 1), then the value is "old"',
      '  put("k", "new") by 0016 (10 .. 11), then the value is "new"',
      'no order that the times allow lets get("k") -> "old" take effect between its call and its return',
    ].join("\n"),
  );
});

test("a long violation shows the last operations only, and long values cut", () => {
  const puts = Array.from({ length: 20 }, (_, index) =>
    operation("a", put("k", "v".repeat(100) + index), { at: index * 2, until: index * 2 + 1 }),
  );
  const result = checkKeyValue([...puts, operation("b", get("k"), { at: 100, until: 101, output: "none" })]);
  assert.ok(result.verdict === "not-linearizable");
  const lines = result.violations[0]?.explanation.split("\n") ?? [];
  assert.equal(lines.length, 12);
  assert.equal(lines[2], "  ... 12 earlier operations ...");
  assert.ok(lines.every((line) => line.length < 200));
});

test("a history whose times make no sense is refused, naming the operation", () => {
  const backwards = operation("a", write(1), { at: 5, until: 4 });
  assert.throws(() => checkRegister(operation("a", read, { at: 0, until: 1 }), backwards), {
    name: "RangeError",
    message: "operation 1: returned at 4, called at 5",
  });
  assert.throws(() => checkRegister(operation("a", read, { at: Number.NaN, until: 1 })), RangeError);
});

test("an empty history is linearizable", () => {
  assert.equal(checkRegister(), "linearizable");
  assert.equal(checkKeyValue([]).verdict, "linearizable");
});
