// The search against a brute-force checker that tries every order, on small random histories.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checkHistory } from "./check.ts";
import type { Operation } from "./history.ts";
import type { Model } from "./model.ts";
import { modelOf } from "./model.ts";
import { type KeyValueInput, type KeyValueOutput, keyValueModel } from "./models/key-value.ts";
import { type CasRegisterInput, type CasRegisterOutput, casRegisterModel, registerModel } from "./models/register.ts";

const RUNS = 3000;
const SEED = Number(process.env["KEELSON_SEED"] ?? 20260718);

/** Plain semantics, written apart from the models: the next state, or "illegal". */
type Semantics<State, Input, Output> = (
  state: State,
  input: Input,
  returned: { readonly output: Output } | undefined,
) => State | "illegal";

/** Tries all orders of all operations that returned by `end` (before it, if `end` is not included) and any of the others. */
function bruteForce<State, Input, Output>(
  history: readonly Operation<Input, Output>[],
  { initial, semantics }: { readonly initial: State; readonly semantics: Semantics<State, Input, Output> },
  { end, included }: { readonly end: number; readonly included: boolean } = { end: Infinity, included: false },
): boolean {
  const isRequired = ({ returned }: Operation<Input, Output>): boolean =>
    returned !== undefined && (returned.at < end || (included && returned.at === end));
  const endsBefore = (left: Operation<Input, Output>, right: Operation<Input, Output>): boolean =>
    left.returned !== undefined && left.returned.at < right.invokedAt;
  const explore = (state: State, left: readonly Operation<Input, Output>[]): boolean =>
    !left.some(isRequired) ||
    left.some((operation) => {
      const others = left.filter((other) => other !== operation);
      if (others.some((other) => endsBefore(other, operation))) return false;
      const after = semantics(state, operation.input, operation.returned);
      return after !== "illegal" && explore(after, others);
    });
  return explore(
    initial,
    history.filter(({ invokedAt }) => invokedAt <= end),
  );
}

function casSemantics(
  state: unknown,
  input: CasRegisterInput,
  returned: { readonly output: CasRegisterOutput } | undefined,
): unknown {
  if (input.kind === "write") return input.value;
  if (input.kind === "read") return returned === undefined || returned.output === state ? state : "illegal";
  const swaps = state === input.from;
  if (returned !== undefined && returned.output !== swaps) return "illegal";
  return swaps ? input.to : state;
}

function keyValueSemantics(
  state: Readonly<Record<string, string>>,
  input: KeyValueInput,
  returned: { readonly output: KeyValueOutput } | undefined,
): Readonly<Record<string, string>> | "illegal" {
  const held = state[input.key] ?? "";
  switch (input.kind) {
    case "get":
      return returned === undefined || returned.output === held ? state : "illegal";
    case "put":
      return { ...state, [input.key]: String(input.value) };
    case "append":
      return { ...state, [input.key]: held + input.value };
    case "delete":
      return { ...state, [input.key]: "" };
    case "cas": {
      const swaps = held === input.from;
      if (returned !== undefined && returned.output !== swaps) return "illegal";
      return swaps ? { ...state, [input.key]: String(input.to) } : state;
    }
  }
}

/** Histories of 1 to 7 operations at times 0 .. 12, in which ties and unknown outcomes are common. */
function histories<Input, Output>(
  operation: fc.Arbitrary<{ readonly input: Input; readonly output: Output }>,
): fc.Arbitrary<readonly Operation<Input, Output>[]> {
  const placed = fc
    .record({
      step: operation,
      process: fc.constantFrom("a", "b", "c"),
      invokedAt: fc.integer({ min: 0, max: 9 }),
      length: fc.integer({ min: 0, max: 5 }),
      known: fc.integer({ min: 0, max: 3 }),
    })
    .map(({ step, process, invokedAt, length, known }) => ({
      process,
      input: step.input,
      invokedAt,
      returned: known === 0 ? undefined : { at: invokedAt + length, output: step.output },
    }));
  return fc.array(placed, { minLength: 1, maxLength: 7 });
}

const value = fc.constantFrom(1, 2, 3);

const casSteps: fc.Arbitrary<{ readonly input: CasRegisterInput; readonly output: CasRegisterOutput }> = fc.oneof(
  value.map((output) => ({ input: { kind: "read" as const }, output })),
  value.map((written) => ({ input: { kind: "write" as const, value: written }, output: undefined })),
  fc.record({
    input: fc.record({ kind: fc.constant("cas" as const), from: value, to: value }),
    output: fc.boolean(),
  }),
);

const letter = fc.constantFrom("x", "y");
const key = fc.constantFrom("k", "l");

const keyValueSteps: fc.Arbitrary<{ readonly input: KeyValueInput; readonly output: KeyValueOutput }> = fc.oneof(
  fc.record({
    input: fc.record({ kind: fc.constant("get" as const), key }),
    output: fc.constantFrom("", "x", "y", "xy", "yx"),
  }),
  fc.record({
    input: fc.record({ kind: fc.constantFrom("put" as const, "append" as const), key, value: letter }),
    output: fc.constant(undefined),
  }),
);

/** Compares the two checkers on many histories; both verdicts must have come up often enough to mean something. */
function compare<State, Input, Output>(options: {
  readonly model: Model<Input, Output>;
  readonly steps: fc.Arbitrary<{ readonly input: Input; readonly output: Output }>;
  readonly initial: State;
  readonly semantics: Semantics<State, Input, Output>;
}): void {
  const counts = { linearizable: 0, "not-linearizable": 0 };
  fc.assert(
    fc.property(histories(options.steps), (history) => {
      const expected = bruteForce(history, options) ? "linearizable" : "not-linearizable";
      const result = checkHistory({ model: options.model, history });
      assert.equal(result.verdict, expected);
      if (result.verdict === "not-linearizable") checkViolations(history, options, result.violations);
      counts[expected] += 1;
    }),
    { seed: SEED, numRuns: RUNS },
  );
  assert.ok(counts.linearizable >= 300, `only ${counts.linearizable} linearizable histories, seed ${SEED}`);
  assert.ok(counts["not-linearizable"] >= 300, `only ${counts["not-linearizable"]} others, seed ${SEED}`);
}

/** A violation's own claims: its prefix is legal, and the history ends being legal with the blocked operation's return. */
function checkViolations<State, Input, Output>(
  history: readonly Operation<Input, Output>[],
  {
    model,
    initial,
    semantics,
  }: {
    readonly model: Model<Input, Output>;
    readonly initial: State;
    readonly semantics: Semantics<State, Input, Output>;
  },
  violations: readonly {
    readonly part: string;
    readonly prefix: readonly { readonly operation: Operation<Input, Output> }[];
    readonly blocked: Operation<Input, Output>;
  }[],
): void {
  for (const { part, prefix, blocked } of violations) {
    const operations = model.partition(history).find(({ name }) => name === part)?.operations ?? [];
    let state: State | "illegal" = initial;
    for (const { operation } of prefix) {
      assert.notEqual(state, "illegal");
      state = semantics(state as State, operation.input, operation.returned);
    }
    assert.notEqual(state, "illegal", "the prefix is legal");
    const end = blocked.returned?.at ?? assert.fail("an operation of unknown outcome cannot block");
    assert.ok(!bruteForce(operations, { initial, semantics }, { end, included: true }), "illegal with the return");
    // Returns at the same time have no order among themselves here, so all of them are taken away.
    assert.ok(bruteForce(operations, { initial, semantics }, { end, included: false }), "legal before the return");
  }
}

test("the verdict on a register with compare-and-set is that of trying every order", () => {
  compare<unknown, CasRegisterInput, CasRegisterOutput>({
    model: casRegisterModel({ initial: 1 }),
    steps: casSteps,
    initial: 1,
    semantics: casSemantics,
  });
});

test("the verdict on a key-value store is that of trying every order on the whole store", () => {
  compare<Readonly<Record<string, string>>, KeyValueInput, KeyValueOutput>({
    model: keyValueModel({ absent: "" }),
    steps: keyValueSteps,
    initial: {},
    semantics: keyValueSemantics,
  });
});

test("a model written as a specification gives the verdict of trying every order", () => {
  const model = modelOf<readonly string[], KeyValueInput, KeyValueOutput>({
    name: "whole store",
    initialState: [],
    step: (state, input, returned) => {
      const after = keyValueSemantics(Object.fromEntries(state.map((pair) => pair.split("="))), input, returned);
      return after === "illegal"
        ? undefined
        : Object.entries(after)
            .map(([name, held]) => `${name}=${held}`)
            .sort();
    },
    // A weak hash on purpose: equality must decide.
    hash: (state) => state.length,
    equal: (left, right) => left.join() === right.join(),
    isRead: (input) => input.kind === "get",
    // On a store of two keys a put of one is not blind, so that is left out.
    describe: ({ input }) => input.kind,
    describeState: (state) => state.join(),
  });
  compare<Readonly<Record<string, string>>, KeyValueInput, KeyValueOutput>({
    model,
    steps: keyValueSteps,
    initial: {},
    semantics: keyValueSemantics,
  });
});

function keyValue(input: KeyValueInput, invokedAt: number, at: number, output?: string) {
  return { process: "p", input, invokedAt, returned: { at, output } };
}

const put = (key: string, value: string, from: number, to: number): Operation<KeyValueInput, KeyValueOutput> =>
  keyValue({ kind: "put", key, value }, from, to);
const append = (key: string, value: string, from: number, to: number): Operation<KeyValueInput, KeyValueOutput> =>
  keyValue({ kind: "append", key, value }, from, to);
const get = (key: string, output: string, from: number, to: number): Operation<KeyValueInput, KeyValueOutput> =>
  keyValue({ kind: "get", key }, from, to, output);

function write(value: number, invokedAt: number, at?: number): Operation<CasRegisterInput, CasRegisterOutput> {
  return {
    process: "w",
    input: { kind: "write", value },
    invokedAt,
    returned: at === undefined ? undefined : { at, output: undefined },
  };
}

function read(output: number, invokedAt: number, at: number): Operation<CasRegisterInput, CasRegisterOutput> {
  return { process: "r", input: { kind: "read" }, invokedAt, returned: { at, output } };
}

test("the prefix of a violation is the longest order that was found before the operation that blocks", () => {
  const never = read(9, 0, 10);
  const result = checkHistory({ model: casRegisterModel(), history: [never, write(1, 1, 20), write(2, 2, 20)] });
  assert.ok(result.verdict === "not-linearizable");
  assert.equal(result.violations[0]?.blocked, never);
  assert.equal(result.violations[0]?.prefix.length, 2);
});

test("a budget that runs out is unknown, never a pass", () => {
  // Which of the appends came first shows only at the end.
  const history = Array.from({ length: 8 }, (_, index) => append("k", String(index), 0, 10));
  const model = keyValueModel();
  const right = [...history, get("k", "76543210", 11, 12)];
  const decided = checkHistory({ model, history: right });
  assert.equal(decided.verdict, "linearizable");
  for (const stepsMax of [0, 1, 10, Math.floor(decided.steps / 2)]) {
    const result = checkHistory({ model, history: right, stepsMax });
    assert.equal(result.verdict, "unknown", `${stepsMax} steps`);
    assert.ok(result.steps < stepsMax + 200, `${result.steps} of ${stepsMax} steps`);
  }
});

test("who asks may stop a check, which is then unknown", () => {
  const history = [
    ...Array.from({ length: 8 }, (_, index) => append("k", String(index), 0, 10)),
    get("k", "x", 11, 12),
  ];
  const result = checkHistory({ model: keyValueModel(), history, shouldStop: () => true });
  assert.deepEqual(result.verdict === "unknown" && result.reason, 'key "k": no verdict within the time given');
});

test("memory that runs out is unknown, and says so", () => {
  const history = [write(1, 0, 10), write(2, 0, 10), read(1, 11, 12)];
  const result = checkHistory({ model: casRegisterModel(), history, bytesMax: 64 });
  assert.deepEqual(
    result.verdict === "unknown" ? result.reason : result.verdict,
    "no verdict within 64 bytes of memory",
  );
});

test("an operation of unknown outcome may take effect long after its call, or never", () => {
  const model = casRegisterModel({ initial: 0 });
  const lost = write(7, 0);
  assert.equal(checkHistory({ model, history: [lost, read(0, 1, 2), read(7, 3, 4)] }).verdict, "linearizable");
  assert.equal(checkHistory({ model, history: [lost, read(0, 1, 2), read(0, 3, 4)] }).verdict, "linearizable");
  const back = checkHistory({ model, history: [lost, read(7, 1, 2), read(0, 3, 4)] });
  assert.equal(back.verdict, "not-linearizable", "it takes effect at most once, and stays");
});

test("operations of unknown outcome with the same effect are tried once", () => {
  const model = casRegisterModel({ initial: 0 });
  const lost = Array.from({ length: 40 }, (_, index) => write(7, index / 100));
  // Each read of 0 after one of 7 must be paid with nothing: there is no write of 0.
  const result = checkHistory({ model, history: [...lost, read(7, 1, 2), read(0, 3, 4)] });
  assert.equal(result.verdict, "not-linearizable");
  assert.ok(result.steps < 100, `${result.steps} steps`);
});

test("a long history with little overlap costs a few steps an operation", () => {
  const count = 20_000;
  const history = Array.from({ length: count }, (_, index) =>
    index % 2 === 0 ? write(index, index * 2, index * 2 + 1) : read(index - 1, index * 2, index * 2 + 1),
  );
  const result = checkHistory({ model: registerModel(), history: history as never });
  assert.equal(result.verdict, "linearizable");
  assert.ok(result.steps <= 3 * count, `${result.steps} steps`);
});

test("a violation in one part outweighs an unknown other part", () => {
  const hard = Array.from({ length: 30 }, (_, index) => append("hard", String(index), 0, 100));
  const history = [...hard, get("hard", "none", 101, 102), put("easy", "1", 0, 1), get("easy", "2", 2, 3)];
  const result = checkHistory({ model: keyValueModel(), history, stepsMax: 5000 });
  assert.equal(result.verdict, "not-linearizable");
  assert.deepEqual(result.verdict === "not-linearizable" && result.violations.map(({ part }) => part), ['key "easy"']);
  assert.equal(
    checkHistory({ model: keyValueModel(), history: hard.concat(history[30] ?? []), stepsMax: 5000 }).verdict,
    "unknown",
  );
});
