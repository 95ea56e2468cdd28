// How lives and runs end. A world played by hand, one datagram at a time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { replicaIds } from "../../../src/course/protocol.ts";
import { event, started } from "./play.ts";

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
