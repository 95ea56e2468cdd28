// The operator mutants of a small text, all of them.
import assert from "node:assert/strict";
import test from "node:test";
import { operatorMutants } from "./operator-mutants.ts";

const changes = (text: string) =>
  operatorMutants(text).map(({ line, was, becomes }) => `${line}: ${was} -> ${becomes}`);

test("comparisons move by one and turn round, conditions are left out", () => {
  assert.deepEqual(changes("function f(a: number) {\n  if (a < 3) return;\n}"), [
    "2: a < 3 -> false && (a < 3)",
    "2: < -> <=",
    "2: < -> >=",
  ]);
});

test("other conditions are negated, && and || swapped", () => {
  assert.deepEqual(changes("const x = ok ? 1 : 2;"), ["1: ok -> !(ok)"]);
  assert.deepEqual(changes("const x = a && b;"), ["1: && -> ||"]);
});

test("statements go, steps of one go, selections go, extremes swap; assertions and types stay", () => {
  assert.deepEqual(changes("f(x);"), ["1: f(x); -> ;"]);
  assert.deepEqual(changes("const y = x - 1;"), ["1:  - 1 -> "]);
  assert.deepEqual(changes("const y = list.filter(good);"), ["1: .filter(good) -> "]);
  assert.deepEqual(changes("const y = Math.max(a, b);"), ["1: Math.max -> Math.min"]);
  assert.deepEqual(changes('assert(a === b, "equal");'), []);
  assert.deepEqual(changes("type T = true;\ninterface U { readonly v: false }"), []);
});

test("the mutant's text differs in nothing but the place", () => {
  assert.deepEqual(
    operatorMutants("const x = a && b;").map(({ text }) => text),
    ["const x = a || b;"],
  );
});
