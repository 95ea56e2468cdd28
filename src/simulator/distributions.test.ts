import assert from "node:assert/strict";
import test from "node:test";
import { Prng } from "../base/index.ts";
import { exponential, heavyTailed, logUniform } from "./distributions.ts";

test("waiting times are those that the natural logarithm gives", () => {
  const [ours, theirs] = [new Prng("exponential"), new Prng("exponential")];
  for (let draw = 0; draw < 10_000; draw++) {
    const expected = -Math.log(1 - theirs.float()) * 20;
    assert.ok(Math.abs(exponential(ours, 20) - expected) <= 1e-9 * Math.max(1, expected));
  }
});

test("log-uniform amounts lie in their range, about as many in each doubling", () => {
  const prng = new Prng("log-uniform");
  const counts = [0, 0, 0, 0];
  for (let draw = 0; draw < 8000; draw++) {
    const amount = logUniform(prng, { from: 0.01, to: 0.16 });
    assert.ok(amount >= 0.01 && amount <= 0.16);
    const octave = [0.02, 0.04, 0.08, 0.17].findIndex((top) => amount < top);
    counts[octave] = (counts[octave] ?? 0) + 1;
  }
  for (const count of counts) assert.ok(Math.abs(count - 2000) < 200, `${counts} are about equal`);
});

test("a delay with a heavy tail is mostly near its typical value, and now and then far from it", () => {
  const prng = new Prng("tail");
  const delays = Array.from({ length: 10_000 }, () => heavyTailed(prng, 10));
  assert.ok(delays.every((delay) => delay >= 0));
  const far = delays.filter((delay) => delay > 30).length;
  assert.ok(far > 20 && far < 200, `${far} of 10000 are far out`);
});
