// Histories whose verdict is known because of how they were made, malformed ones by chance, and the models against trying every order.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { registerHistory, withWrongRead } from "../../bench/checker-histories.ts";
import {
  casRegisterModel,
  checkHistory,
  checkRecorded,
  type Model,
  mutexModel,
  type Operation,
  readHistory,
  type TransactionStep,
  transactionsModel,
} from "../../src/checker/index.ts";

const SEED = Number(process.env["KEELSON_SEED"] ?? 20260718);

const LIMITS = { stepsMax: 3_000_000 };

test("histories made from a true object are linearizable, and not with a value that nobody wrote", () => {
  const shapes = [
    { clients: 3, operations: 60, values: 3, reads: 0.4, cas: 0.3, unknown: 0 },
    { clients: 8, operations: 100, values: 5, reads: 0.4, cas: 0.3, unknown: 0.05 },
    { clients: 8, operations: 300, values: 20, reads: 0.5, cas: 0, unknown: 0 },
  ];
  for (let run = 0; run < 120; run++) {
    for (const shape of shapes) {
      const seed = `${SEED}/${run}`;
      const history = registerHistory({ ...shape, seed });
      const model = casRegisterModel();
      assert.equal(checkHistory({ model, history, ...LIMITS }).verdict, "linearizable", `seed ${seed}`);
      const wrong = withWrongRead(history, { seed, value: 99 });
      assert.equal(checkHistory({ model, history: wrong, ...LIMITS }).verdict, "not-linearizable", `seed ${seed}`);
    }
  }
});

/** Whether some order of the operations, those of unknown outcome at will, is legal and fits the times. */
function someOrder<State, Input, Output>(
  state: State,
  left: readonly Operation<Input, Output>[],
  step: (state: State, operation: Operation<Input, Output>) => State | undefined,
): boolean {
  if (!left.some(({ returned }) => returned !== undefined)) return true;
  return left.some((operation) => {
    const others = left.filter((other) => other !== operation);
    if (others.some(({ returned }) => returned !== undefined && returned.at < operation.invokedAt)) return false;
    const after = step(state, operation);
    return after !== undefined && someOrder(after, others, step);
  });
}

function compare<State, Input, Output>(options: {
  readonly model: Model<Input, Output>;
  readonly input: fc.Arbitrary<{ readonly input: Input; readonly output: Output }>;
  readonly initial: State;
  readonly step: (state: State, operation: Operation<Input, Output>) => State | undefined;
}): void {
  const operation = fc.record({
    step: options.input,
    invokedAt: fc.integer({ min: 0, max: 8 }),
    length: fc.integer({ min: 0, max: 5 }),
    known: fc.integer({ min: 0, max: 3 }),
  });
  const counts = new Map<string, number>();
  fc.assert(
    fc.property(fc.array(operation, { minLength: 1, maxLength: 6 }), (drawn) => {
      const history = drawn.map(({ step, invokedAt, length, known }) => ({
        process: "p",
        input: step.input,
        invokedAt,
        returned: known === 0 ? undefined : { at: invokedAt + length, output: step.output },
      }));
      const expected = someOrder(options.initial, history, options.step) ? "linearizable" : "not-linearizable";
      assert.equal(checkHistory({ model: options.model, history }).verdict, expected);
      counts.set(expected, (counts.get(expected) ?? 0) + 1);
    }),
    { seed: SEED, numRuns: 3000 },
  );
  assert.ok([...counts.values()].every((count) => count > 200) && counts.size === 2, `seed ${SEED}`);
}

test("a mutex: the verdict is that of trying every order", () => {
  compare<boolean, { readonly kind: "acquire" } | { readonly kind: "release" }, undefined>({
    model: mutexModel(),
    input: fc
      .constantFrom("acquire" as const, "release" as const)
      .map((kind) => ({ input: { kind }, output: undefined })),
    initial: false,
    step: (held, { input }) => (held === (input.kind === "release") ? !held : undefined),
  });
});

type Store = Readonly<Record<string, number | null>>;

test("transactions: the verdict is that of trying every order", () => {
  const key = fc.constantFrom("x", "y");
  const value = fc.constantFrom(1, 2);
  const step: fc.Arbitrary<{ readonly step: TransactionStep; readonly seen: number | null }> = fc.oneof(
    fc.record({ step: fc.record({ kind: fc.constant("read" as const), key }), seen: fc.constantFrom(null, 1, 2) }),
    fc.record({ step: fc.record({ kind: fc.constant("write" as const), key, value }), seen: fc.constant(null) }),
    fc.record({
      step: fc.record({ kind: fc.constant("cas" as const), key, from: value, to: value }),
      seen: fc.constant(null),
    }),
  );
  compare<Store, { readonly steps: readonly TransactionStep[] }, readonly (number | null)[]>({
    model: transactionsModel() as Model<{ readonly steps: readonly TransactionStep[] }, readonly (number | null)[]>,
    input: fc.array(step, { minLength: 1, maxLength: 3 }).map((steps) => ({
      input: { steps: steps.map((each) => each.step) },
      output: steps.map(({ seen }) => seen),
    })),
    initial: { x: null, y: null },
    step: (store, { input, returned }) => {
      let after: Store = store;
      for (const [index, each] of input.steps.entries()) {
        const held = after[String(each.key)] ?? null;
        if (each.kind === "read" && returned !== undefined && returned.output[index] !== held) return undefined;
        if (each.kind === "cas" && held !== each.from) return returned === undefined ? store : undefined;
        if (each.kind === "write") after = { ...after, [String(each.key)]: Number(each.value) };
        if (each.kind === "cas") after = { ...after, [String(each.key)]: Number(each.to) };
      }
      return after;
    },
  });
});

test("whatever a file holds, it gets a verdict or a line and a reason", () => {
  const pieces = fc.constantFrom(
    ...[
      "{",
      "}",
      "[",
      "]",
      "(",
      "#",
      "#_",
      '"',
      "\\",
      ":process",
      ":type",
      ":invoke",
      ":ok",
      ":f",
      ":cas",
      ":read",
      "nil",
      "0",
      "1",
    ],
    ...[
      "\n",
      "\t",
      " ",
      ":value",
      "[1 2]",
      "INFO jepsen.util - ",
      "0\t:invoke\t:read\tnil\n",
      "0\t:ok\t:read\t1\n",
      ";",
      "é",
      "\u0000",
    ],
    ...[
      '{"process":1,',
      '"f":"read"',
      '"call":0}',
      "{:process 0, :type :invoke, :f :write, :value 1}",
      "#{",
      "^",
      "1/2",
      "-",
      "##NaN",
    ],
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(pieces, { maxLength: 25 }).map((list) => list.join("")),
        fc.string(),
      ),
      (text) => {
        const read = readHistory(text);
        const result = read.kind === "malformed" ? read : checkRecorded(read.history);
        if ("reason" in result) assert.ok(result.reason.length > 0 && !result.reason.includes("\n"), text);
      },
    ),
    { seed: SEED, numRuns: 6000 },
  );
});
