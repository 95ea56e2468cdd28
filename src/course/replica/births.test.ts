import assert from "node:assert/strict";
import { test } from "node:test";
import { Births } from "./births.ts";

test("who starts with the others, a little before or after, is no latecomer", () => {
  for (const other of [9_000, 10_000, 11_000, 99_000]) {
    const births = replica();
    births.learn(other);
    assert.equal(births.isLatecomer, false, String(other));
  }
});

test("who is younger than another by more than all first starts lie apart is a latecomer, for good", () => {
  const births = replica();
  births.learn(8_999);
  assert.equal(births.isLatecomer, true);
  births.learn(10_000);
  assert.equal(births.isLatecomer, true);
});

test("the eldest is passed on, so one who heard of it is enough", () => {
  const between = replica();
  assert.equal(between.eldest, 10_000);
  between.learn(9_500);
  between.learn(9_800);
  assert.equal(between.eldest, 9_500);
  const young = new Births({ own: 10_600, startSpreadMs: 1_000 });
  young.learn(between.eldest);
  assert.equal(young.isLatecomer, true);
});

function replica(): Births {
  return new Births({ own: 10_000, startSpreadMs: 1_000 });
}
