// What clients ask, and how answers are judged. A world played by hand, one datagram at a time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { replicaIds } from "../../../src/course/protocol.ts";
import { other, started } from "./play.ts";

test("the first request goes to a random living replica, with no leader named", () => {
  const play = started({ requests: 1 });
  const request = play.nextRequest();
  assert.equal(request.leader, "FFFF");
  assert.ok(replicaIds(5).includes(request.dst));
  assert.match(request.MID, /^[A-Z0-9]{16}$/);
});

test("an answer's leader is where the client asks next", () => {
  const play = started({ requests: 40 });
  const first = play.nextRequest();
  play.answer(first, { type: "ok", leader: "0003" });
  const next = play.nextRequestOf(first.src);
  assert.equal(next.leader, "0003");
  assert.equal(next.dst, "0003");
});

test("a redirect is retried at once at its leader, with a new MID", () => {
  const play = started({ requests: 1 });
  const first = play.nextRequest();
  const retry = play.answer(first, { type: "redirect", leader: other(first.dst) });
  assert.ok(retry !== undefined);
  assert.equal(retry.dst, other(first.dst));
  assert.notEqual(retry.MID, first.MID);
  assert.equal(play.statistics().redirects, 1);
  assert.equal(play.statistics().putFailures, 0);
});

test("a redirect to FFFF is retried at a random living replica", () => {
  const play = started({ requests: 1 });
  const retry = play.answer(play.nextRequest(), { type: "redirect", leader: "FFFF" });
  assert.ok(retry !== undefined && replicaIds(5).includes(retry.dst));
});

test("a fail is a failure and is retried", () => {
  const play = started({ requests: 1 });
  const retry = play.answer(play.nextRequest(), { type: "fail" });
  assert.ok(retry !== undefined);
  assert.equal(play.statistics().putFailures, 1);
});

test("an answer to a redirected MID is incorrect", () => {
  const play = started({ requests: 1 });
  const first = play.nextRequest();
  play.answer(first, { type: "redirect" });
  play.answer(first, { type: "ok" });
  assert.equal(play.statistics().incorrect, 1);
});

test("a second answer to a completed MID is a duplicate, not incorrect", () => {
  const play = started({ requests: 1 });
  const first = play.nextRequest();
  play.answer(first, { type: "ok" });
  play.answer(first, { type: "ok" });
  assert.equal(play.statistics().duplicates, 1);
  assert.equal(play.statistics().incorrect, 0);
  assert.equal(play.statistics().hopLatency.count, 1);
});

test("anybody may answer", () => {
  const play = started({ requests: 1 });
  const first = play.nextRequest();
  play.answer(first, { type: "ok", src: other(first.dst) });
  assert.equal(play.statistics().unansweredPuts, 0);
  assert.equal(play.statistics().incorrect, 0);
});

test("an answer to a MID that nobody used is incorrect", () => {
  const play = started({ requests: 1 });
  play.answer({ ...play.nextRequest(), MID: "XXXXXXXXXXXXXXXX" }, { type: "ok" });
  assert.equal(play.statistics().incorrect, 1);
});

test("gets ask only for keys that the same client knows to be stored", () => {
  const play = started({ requests: 200, mix: 0.5 });
  const stored = new Map<string, string>();
  for (let count = 0; count < 200; count++) {
    const request = play.nextRequest();
    const name = `${request.src}/${request.key}`;
    if (request.type === "get") assert.ok(stored.has(name));
    else stored.set(name, request.value);
    play.answer(request, { type: "ok", ...(request.type === "get" && { value: stored.get(name) }) });
  }
  assert.equal(play.statistics().incorrect, 0);
  assert.ok(play.statistics().getsNotGenerated > 0);
});

test("a get that cannot be made becomes a put", () => {
  const play = started({ requests: 1, mix: 1 });
  assert.equal(play.nextRequest().type, "put");
  assert.equal(play.statistics().getsNotGenerated, 1);
  assert.equal(play.statistics().puts, 1);
  assert.equal(play.statistics().gets, 0);
});

test("latency is measured by hop and from end to end", () => {
  const play = started({ requests: 1 });
  const first = play.nextRequest();
  play.now += 10;
  const retry = play.answer(first, { type: "redirect" });
  assert.ok(retry !== undefined);
  play.now += 30;
  play.answer(retry, { type: "ok" });
  const { hopLatency, endToEndLatency } = play.statistics();
  assert.equal(hopLatency.count, 2);
  assert.equal(Math.round(hopLatency.median ?? 0), 20);
  assert.equal(endToEndLatency.count, 1);
  assert.equal(Math.round(endToEndLatency.median ?? 0), 40);
});
