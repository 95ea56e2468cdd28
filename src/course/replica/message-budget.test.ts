import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageBudget } from "./message-budget.ts";

test("a new budget has room for one burst", () => {
  assert.equal(budget().room(0), 5);
});

test("what is sent uses up the room, and time gives it back at the rate", () => {
  const ten = budget();
  ten.note(5, 0);
  assert.equal(ten.room(0), 0);
  assert.equal(ten.room(99), 0);
  assert.equal(ten.room(100), 1);
  assert.equal(ten.room(350), 3);
});

test("a long silence saves up no more than one burst", () => {
  assert.equal(budget().room(1_000_000), 5);
});

test("messages that had to be sent count even when the budget is empty, but only one burst deep", () => {
  const ten = budget();
  ten.note(7, 0);
  assert.equal(ten.room(200), 0);
  assert.equal(ten.room(300), 1);
  ten.note(1000, 300);
  assert.equal(ten.room(800), 0);
  assert.equal(ten.room(900), 1);
});

/** Ten messages a second, five at once. */
function budget(): MessageBudget {
  return new MessageBudget({ perSecond: 10, burst: 5, now: 0 });
}
