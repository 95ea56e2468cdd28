// The events of a config: kills, restarts, partitions. A world played by hand, one datagram at a time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { replicaIds } from "../../../src/course/protocol.ts";
import { event, started } from "./play.ts";

test("kill_leader kills whom the last message named, and nobody when that is FFFF", () => {
  const play = started({ events: [event("kill_leader", 1), event("kill_leader", 2)] });
  play.send("0000", "0001", { leader: "0002" });
  play.until(1.5);
  assert.deepEqual(play.killed, ["0002"]);
  play.send("0000", "0001", { leader: "FFFF" });
  play.until(2.5);
  assert.deepEqual(play.killed, ["0002"]);
  assert.ok(play.codes().includes("nothing-to-kill"));
});

test("kill_non_leader never kills the leader", () => {
  const events = [1, 2, 3, 4].map((time) => event("kill_non_leader", time));
  const play = started({ events });
  play.send("0000", "0001", { leader: "0002" });
  play.until(4.5);
  assert.deepEqual(play.killed.toSorted(), ["0000", "0001", "0003", "0004"]);
});

test("the dead receive nothing, are not heard, and are asked nothing", () => {
  const play = started({ requests: 100, events: [event("kill", 0, { replica: "0002" })] });
  play.until(0);
  assert.deepEqual(play.send("0000", "FFFF"), ["0001", "0003", "0004"]);
  assert.deepEqual(play.send("0002", "FFFF"), []);
  assert.equal(play.statistics().totalMessages, 4);
  for (let count = 0; count < 99; count++) assert.notEqual(play.nextRequest().dst, "0002");
});

test("part_easy keeps the leader in the majority; both sides keep talking among themselves", () => {
  for (const leader of replicaIds(5)) {
    const play = started({ events: [event("part_easy", 1)] });
    play.send(leader, "0000", { leader });
    play.until(1.5);
    const side = [leader, ...play.send(leader, "FFFF")];
    assert.equal(side.length, 3);
    const minority = replicaIds(5).filter((id) => !side.includes(id));
    assert.deepEqual(play.send(minority[0] ?? "", "FFFF"), minority.slice(1));
  }
});

test("during a partition only the majority's messages tell the simulator the leader", () => {
  const play = started({ events: [event("part_easy", 1), event("kill_leader", 2)] });
  play.send("0001", "0000", { leader: "0001" });
  play.until(1.5);
  const majority = ["0001", ...play.send("0001", "FFFF", { leader: "0001" })];
  const outsider = replicaIds(5).find((id) => !majority.includes(id)) ?? "";
  play.send(outsider, "FFFF", { leader: outsider });
  play.until(2.5);
  assert.deepEqual(play.killed, ["0001"]);
});

test("part_hard makes simulator and clients forget the leader; part_end heals", () => {
  const play = started({
    requests: 1,
    events: [event("part_hard", 1), event("kill_leader", 2), event("part_end", 3)],
  });
  play.send("0001", "0000", { leader: "0001" });
  play.until(2.5);
  assert.deepEqual(play.killed, []);
  play.until(3.5);
  assert.equal(play.send("0001", "FFFF").length, 4);
});

test("a one-way cut loses one direction only", () => {
  const play = started({ events: [event("part_oneway", 1, { from: "0000", to: ["0001", "0002"] })] });
  play.until(1.5);
  assert.deepEqual(play.send("0000", "FFFF"), ["0003", "0004"]);
  assert.deepEqual(play.send("0001", "FFFF"), ["0000", "0002", "0003", "0004"]);
});

test("a one-way cut to the others isolates whom it names from being heard", () => {
  const play = started({ events: [event("part_oneway", 1, { from: ["0000", "0001"], to: "others" })] });
  play.until(1.5);
  assert.deepEqual(play.send("0000", "FFFF"), ["0001"]);
  assert.deepEqual(play.send("0004", "0000"), ["0000"]);
});

test("a restarted replica is spoken to once it has said hello again", () => {
  const play = started({ events: [event("kill", 1, { replica: "0002" }), event("restart", 2)] });
  play.until(2.5);
  assert.deepEqual(play.restarted, ["0002"]);
  assert.deepEqual(play.send("0000", "0002"), []);
  play.hello("0002");
  assert.deepEqual(play.packetsTo("0002"), ["packet"]);
});
