// How lives and runs end. A world played by hand, one datagram at a time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { replicaIds } from "../../../src/course/protocol.ts";
import { event, Play, started } from "./play.ts";

test("a replica that ends by itself has died", () => {
  const play = started({});
  play.world.exited("0001", "exit status 1", play.now);
  assert.equal(play.statistics().died, 1);
  assert.ok(play.codes().includes("died"));
});

test("the exit of a killed replica is no death", () => {
  const play = started({ events: [event("kill", 1, { replica: "0001" })] });
  play.until(1.5);
  play.world.exited("0001", "SIGTERM", play.now);
  assert.equal(play.statistics().died, 0);
  assert.equal(play.statistics().killed, 1);
});

test("the run ends when nobody lives", () => {
  const play = started({});
  for (const id of replicaIds(5)) play.world.exited(id, "SIGSEGV", play.now);
  play.drain();
  assert.ok(play.finished);
  assert.ok(play.codes().includes("no-replica-left"));
});

test("the run ends at start_wait + lifetime + end_wait", () => {
  const play = started({});
  play.advance(36_990 - play.now);
  assert.ok(!play.finished);
  play.advance(10);
  assert.ok(play.finished);
});

test("a replica that never says hello is named as failed, once the run ends", () => {
  const play = new Play({ requests: 30 });
  for (const id of replicaIds(5)) if (id !== "0003") play.hello(id);
  play.advance(36_990);
  assert.ok(!play.codes().includes("never-said-hello"));
  play.advance(10);
  assert.ok(play.finished);
  assert.equal(play.statistics().died, 1);
  assert.deepEqual(play.accused("never-said-hello"), ["0003"]);
});

test("when nobody ever says hello the run ends in its time, nothing is answered, and everybody is named", () => {
  const play = new Play({ requests: 30 });
  play.advance(37_000);
  assert.ok(play.finished);
  assert.equal(play.statistics().unansweredPuts, 30);
  assert.deepEqual(play.accused("never-said-hello"), replicaIds(5));
});

test("in strict mode a run whose replicas never said hello ends when clients would begin to ask", () => {
  const play = new Play({ requests: 30 }, { strict: true });
  play.advance(5_000);
  assert.ok(play.finished);
  assert.deepEqual(play.accused("never-said-hello"), replicaIds(5));
  assert.ok(play.codes().includes("no-replica-left"));
});

test("a run that ends before clients begin to ask blames nobody for a missing hello", () => {
  const play = new Play({});
  for (const id of replicaIds(5).slice(1)) play.world.exited(id, "SIGSEGV", play.now);
  play.world.exited("0000", "SIGSEGV", play.now);
  play.drain();
  assert.ok(play.finished);
  assert.deepEqual(play.accused("never-said-hello"), []);
  assert.equal(play.statistics().died, 5);
});
