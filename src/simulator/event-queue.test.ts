import assert from "node:assert/strict";
import test from "node:test";
import { Prng } from "../base/index.ts";
import { EventQueue } from "./event-queue.ts";

test("events happen in order of time, and those of one moment in the order in which they were scheduled", () => {
  const prng = new Prng("queue");
  const queue = new EventQueue();
  const planned = Array.from({ length: 500 }, (_, order) => ({ at: prng.integer({ from: 0, to: 40 }), order }));
  const happened: { at: number; order: number }[] = [];
  for (const event of planned) {
    queue.at(event.at, () => {
      assert.equal(queue.now, event.at);
      happened.push(event);
    });
  }
  while (queue.step(100));
  assert.deepEqual(
    happened,
    [...planned].sort((a, b) => a.at - b.at || a.order - b.order),
  );
  assert.equal(queue.happened, 500);
});

test("time does not pass an event that is not due yet", () => {
  const queue = new EventQueue();
  let happened = false;
  queue.after(10, () => {
    happened = true;
  });
  assert.equal(queue.step(9), false);
  assert.deepEqual([queue.now, happened, queue.length], [9, false, 1]);
  assert.equal(queue.step(10), true);
  assert.deepEqual([queue.now, happened, queue.length], [10, true, 0]);
});

test("what is planned for the past happens now", () => {
  const queue = new EventQueue();
  queue.step(50);
  let at = 0;
  queue.at(20, () => {
    at = queue.now;
  });
  queue.step(50);
  assert.equal(at, 50);
});
