// Who answers a put that was left to the end of a chain, when messages are late, replicas stand still, and leaders come and go.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outgoing } from "../../src/course/replica/course-replica.ts";
import { Cluster } from "./virtual/cluster.ts";

const minute = 60_000;

test("a second follower that stood still while the leader gave it up does not answer what it finds in its socket", () => {
  for (const ms of [20, 60, 120, 200, 400, 1_000]) {
    const cluster = warm();
    const [, second] = nextChain();
    cluster.pause(second);
    cluster.put("0000", { key: "K", value: "1", MID: "M" });
    cluster.run(ms);
    cluster.resume(second);
    cluster.run(minute);
    assert.deepEqual(cluster.answersTo("M"), ["ok"], `${ms} ms`);
  }
});

test("a first follower that stood still passes on a chain whose end has promised meanwhile not to answer", () => {
  for (const ms of [20, 60, 120, 200, 400, 1_000]) {
    const cluster = warm();
    const [first] = nextChain();
    cluster.pause(first);
    cluster.put("0000", { key: "K", value: "1", MID: "M" });
    cluster.run(ms);
    cluster.resume(first);
    cluster.run(minute);
    assert.deepEqual(cluster.answersTo("M"), ["ok"], `${ms} ms`);
  }
});

test("a second follower that gets the chain late does not answer, although nothing told it that the leader gave it up", () => {
  const cluster = warm();
  const [first, second] = nextChain();
  cluster.isHeld = ({ src, dst, type }) => src === first && dst === second && type === "AppendEntries";
  cluster.isLost = ({ src, dst }) => src === "0000" && dst === second;
  cluster.put("0000", { key: "K", value: "1", MID: "M" });
  cluster.run(400);
  assert.deepEqual(cluster.answersTo("M"), ["ok"]);
  cluster.isHeld = () => false;
  cluster.release();
  cluster.isLost = () => false;
  cluster.run(minute);
  assert.deepEqual(cluster.answersTo("M"), ["ok"]);
});

test("a second follower that restarts with what it saved keeps its promise not to answer", () => {
  const cluster = warm();
  const [first, second] = nextChain();
  cluster.isHeld = ({ src, dst, type }) => src === first && dst === second && type === "AppendEntries";
  cluster.put("0000", { key: "K", value: "1", MID: "M" });
  cluster.run(200);
  assert.deepEqual(cluster.answersTo("M"), ["ok"]);
  cluster.kill(second);
  cluster.start(second);
  cluster.isHeld = () => false;
  cluster.release();
  cluster.run(minute);
  assert.deepEqual(cluster.answersTo("M"), ["ok"]);
});

test("a leader that stood still reads what waits in its socket before it gives a follower up", () => {
  const cluster = warm();
  const [, second] = nextChain();
  // The second follower answers, and its word gets lost; when it is asked, its word waits in the leader's socket.
  cluster.isLost = ({ src, dst, type }) => src === second && dst === "0000" && type === "AppendEntriesResponse";
  cluster.isHeld = ({ src, dst, type }) => src === second && dst === "0000" && type === "Answered";
  cluster.put("0000", { key: "K", value: "1", MID: "M" });
  assert.deepEqual(cluster.answersTo("M"), ["ok"]);
  const { lastApplied } = cluster.replica("0000").status();
  cluster.runUntil(() => cluster.replica("0000").status().lastApplied > lastApplied);
  cluster.pause("0000");
  cluster.run(300);
  cluster.resume("0000");
  cluster.run(10);
  cluster.isLost = () => false;
  cluster.isHeld = () => false;
  cluster.release();
  cluster.run(minute);
  assert.deepEqual(cluster.answersTo("M"), ["ok"]);
});

test("a leader that leads again does not let gets wait for puts that its log has lost", () => {
  const cluster = warm();
  cluster.isLost = touches("0000");
  for (const value of ["1", "2", "3", "4"]) cluster.put("0000", { key: "K", value });
  cluster.runUntil(() => cluster.leader() !== "0000" && cluster.leader() !== "");
  cluster.isLost = () => false;
  cluster.run(2_000);
  cluster.kill(cluster.leader());
  cluster.isLost = ({ type, src }) => type === "PreVote" && src !== "0000";
  cluster.runUntil(() => cluster.leader() === "0000", minute);
  cluster.isLost = () => false;
  cluster.run(2_000);
  cluster.get("0000", { key: "WARM", MID: "G" });
  assert.deepEqual(cluster.answersTo("G"), ["ok 39"]);
});

test("a get that waits for a put is answered as soon as the leader has applied the put", () => {
  const cluster = warm();
  cluster.isHeld = ({ dst }) => dst === "0000";
  cluster.put("0000", { key: "K", value: "1", MID: "M" });
  cluster.get("0000", { key: "K", MID: "G" });
  assert.deepEqual(cluster.answersTo("G"), []);
  cluster.release();
  assert.deepEqual(cluster.answersTo("G"), ["ok 1"]);
});

test("a get that waits for a put does not come after the answer to a later put of the key without showing it", () => {
  const cluster = warm();
  // Two followers are left, so the second of one chain is in the next one too, and knows that its own answer was given.
  for (const id of ["0003", "0004"]) cluster.kill(id);
  for (let at = 0; at < 40; at++) {
    cluster.put("0000", { key: "WARM", value: `again ${at}` });
    cluster.run(30);
  }
  cluster.run(1_000);
  cluster.isHeld = ({ dst }) => dst === "0000";
  cluster.put("0000", { key: "K", value: "1", MID: "one" });
  assert.deepEqual(cluster.answersTo("one"), ["ok"]);
  cluster.get("0000", { key: "K", MID: "G" });
  cluster.put("0000", { key: "K", value: "2", MID: "two" });
  let first: Outgoing | undefined;
  cluster.release((message) => {
    first ??= message;
    return message === first;
  });
  cluster.isHeld = () => false;
  cluster.release();
  cluster.run(minute);
  for (const MID of ["one", "two"]) assert.deepEqual(cluster.answersTo(MID), ["ok"]);
  const order = cluster.answers.map(({ MID }) => MID);
  const latest = order.indexOf("two") < order.indexOf("G") ? "2" : "1";
  assert.deepEqual(cluster.answersTo("G"), [`ok ${latest}`]);
});

test("a put of an earlier term is not forgotten when its index is used again", () => {
  const cluster = new Cluster({ size: 3 });
  cluster.run(5_000);
  cluster.isLost = touches("0000");
  for (const MID of ["A", "B", "C", "D"]) cluster.put("0000", { key: MID, value: "old", MID });
  // A second leader, whose first entry reaches only the deposed one, overwrites the puts there and dies before it commits.
  cluster.isLost = (message) => touches("0000")(message) || message.type === "AppendEntries";
  cluster.runUntil(() => cluster.leader() !== "0000" && cluster.leader() !== "");
  const second = cluster.leader();
  const third = cluster.ids.find((id) => id !== "0000" && id !== second) ?? "";
  cluster.isLost = touches(third);
  cluster.runUntil(() => cluster.replica("0000").status().leader === second);
  cluster.isLost = (message) => touches(third)(message) || message.dst === second;
  cluster.run(100);
  cluster.kill(second);
  // The deposed one leads again, and takes new puts before it can commit anything.
  cluster.isLost = ({ type }) => type === "AppendEntries";
  cluster.runUntil(() => cluster.leader() === "0000", minute);
  for (const MID of ["E", "F", "G"]) cluster.put("0000", { key: MID, value: "new", MID });
  cluster.isLost = () => false;
  cluster.run(5_000);
  for (const MID of ["A", "B", "C", "D", "E", "F", "G"]) assert.deepEqual(cluster.answersTo(MID), ["ok"], MID);
});

function touches(id: string): (message: Outgoing) => boolean {
  return ({ src, dst }) => src === id || dst === id;
}

/** A cluster in which 0000 leads, and has seen enough round trips to trust its links. */
function warm(): Cluster {
  const cluster = new Cluster();
  cluster.run(5_000);
  assert.equal(cluster.leader(), "0000");
  for (let at = 0; at < 40; at++) {
    cluster.put("0000", { key: "WARM", value: `${at}`, MID: `WARM${at}` });
    cluster.run(30);
  }
  return cluster;
}

/** Which followers the next put's chain visits in a warm cluster: its twin tells. */
function nextChain(): [first: string, second: string] {
  const twin = warm();
  twin.put("0000", { key: "K", value: "1" });
  const sent = twin.sent.findLast((message) => "onward" in message);
  const onward = sent?.["onward"];
  assert.ok(sent !== undefined && typeof onward === "object" && onward !== null && "to" in onward);
  assert.ok(typeof onward.to === "string");
  return [sent.dst, onward.to];
}
