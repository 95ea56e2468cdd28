// The network between replicas: what is counted, lost, delayed, reordered. A world played by hand, one datagram at a time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { started } from "./play.ts";

test("a broadcast is n - 1 messages", () => {
  const play = started({});
  const delivered = play.send("0000", "FFFF");
  assert.deepEqual(delivered, ["0001", "0002", "0003", "0004"]);
  assert.equal(play.statistics().totalMessages, 4);
});

test("lost messages count, and clients' never do", () => {
  const play = started({ drops: 1, requests: 1 });
  assert.deepEqual(play.send("0000", "FFFF"), []);
  play.answer(play.nextRequest(), { type: "ok" });
  const { totalMessages, droppedMessages, unansweredPuts } = play.statistics();
  assert.deepEqual(
    { totalMessages, droppedMessages, unansweredPuts },
    { totalMessages: 4, droppedMessages: 4, unansweredPuts: 0 },
  );
});

test("more than max_packets end the run", () => {
  const play = started({ max_packets: 7 });
  play.send("0000", "FFFF");
  assert.ok(!play.finished);
  play.send("0000", "FFFF");
  assert.ok(play.finished);
  assert.ok(play.codes().includes("packet-storm"));
});

test("delays hold deliveries back, in order unless reordering is wanted", () => {
  const play = started({ faults: { delay_ms: 5, jitter_ms: 5 } });
  const sent = Array.from({ length: 20 }, (_, at) => `message ${at}`);
  for (const packet of sent) assert.deepEqual(play.send("0000", "0001", { packet }), []);
  play.advance(20);
  assert.deepEqual(play.packetsTo("0001"), sent);
});

test("reordering and duplication happen at the asked rates", () => {
  const play = started({ faults: { reorder: 0.5, reorder_ms: 20, duplicate: 0.5 } });
  const sent = Array.from({ length: 50 }, (_, at) => `message ${at}`);
  for (const packet of sent) {
    play.send("0000", "0001", { packet });
    play.advance(1);
  }
  play.advance(30);
  const arrived = play.packetsTo("0001");
  assert.deepEqual([...new Set(arrived)].toSorted(), sent.toSorted());
  assert.notDeepEqual([...new Set(arrived)], sent);
  assert.equal(arrived.length, 50 + play.statistics().messagesDuplicated);
  assert.ok(play.statistics().messagesDuplicated > 10);
  assert.equal(play.statistics().totalMessages, 50);
});
