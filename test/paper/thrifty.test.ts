// Thrifty replication: §5.3 with as few messages as a majority needs. The safety rules are the same; these are the sentences of config.ts.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AppendEntries, Message } from "../../src/raft/index.ts";
import { accepted, append, bytes, one, only, refused } from "./messages.ts";
import { leader, type Setup, settle, TestReplica } from "./test-replica.ts";

const FIVE = ["A", "B", "C", "D", "E"];

function thriftyLeader(setup: Setup = {}): TestReplica {
  const config = { voters: FIVE, heartbeatTicks: 4, resendTicks: 2, electionTimeoutTicks: 20 };
  return leader({ replication: "thrifty", ...config, ...setup });
}

function receivers(messages: readonly Message[]): string[] {
  return [...new Set(messages.map((message) => message.to))].sort();
}

function carrying(messages: readonly Message[]): AppendEntries[] {
  return only(messages, "AppendEntries").filter((message) => message.entries.length > 0);
}

test("thrifty: a new entry goes to a bare majority", () => {
  assert.equal(thriftyLeader().propose("x").length, 2);
  assert.equal(thriftyLeader({ voters: ["A", "B", "C"] }).propose("x").length, 1);
});

test("thrifty: with the answers of that majority it is committed, without a further message", () => {
  const replica = thriftyLeader();
  const all = settle(replica, replica.propose("x"));
  assert.equal(all.length, 2);
  assert.equal(replica.status.commitIndex, 2);
});

test("thrifty: the next entry goes to those that rested", () => {
  const replica = thriftyLeader();
  settle(replica, replica.tick());
  const first = settle(replica, replica.propose("x"));
  settle(replica, replica.tick());
  const second = settle(replica, replica.propose("y"));
  assert.deepEqual([...receivers(first), ...receivers(second)].sort(), ["B", "C", "D", "E"]);
});

test("thrifty: whoever was left out gets everything with its next turn", () => {
  const replica = thriftyLeader();
  settle(replica, replica.tick());
  settle(replica, replica.propose("x"));
  settle(replica, replica.tick());
  const second = carrying(settle(replica, replica.propose("y")));
  assert.deepEqual(
    second.map((message) => message.entries.length),
    [2, 2],
  );
  assert.equal(replica.status.commitIndex, 3);
});

test("thrifty: in an idle period whoever was left out gets entries and commit index with its heartbeat", () => {
  const replica = thriftyLeader();
  settle(replica, replica.propose("x"));
  const heartbeats = only(settle(replica, replica.tick(4)), "AppendEntries");
  assert.equal(carrying(heartbeats).length, 2);
  assert.ok(heartbeats.every((message) => message.leaderCommit === 2));
  assert.deepEqual(
    [...replica.status.progress.values()].map((progress) => progress.matchIndex),
    [2, 2, 2, 2],
  );
});

test("thrifty: when an answer stays away the entry goes to the others", () => {
  const replica = thriftyLeader();
  const first = replica.propose("x");
  const silent = receivers(first).slice(0, 1);
  const others = FIVE.filter((id) => !silent.includes(id));
  settle(replica, first, others);
  assert.equal(replica.status.commitIndex, 1);
  const second = settle(replica, replica.tick(2), others);
  assert.deepEqual(
    receivers(carrying(second)).filter((id) => receivers(first).includes(id)),
    [],
  );
  assert.equal(replica.status.commitIndex, 2);
});

test("thrifty: those that left the last message unanswered come after those that answered", () => {
  const replica = thriftyLeader({ electionTimeoutTicks: 200, heartbeatTicks: 90 });
  const silent = receivers(replica.propose("x"));
  const others = FIVE.filter((id) => id !== "A" && !silent.includes(id));
  settle(replica, replica.tick(2), others);
  assert.equal(replica.status.commitIndex, 2);
  settle(replica, replica.tick(1), others);
  assert.deepEqual(receivers(replica.propose("y")), others);
});

test("thrifty: an answer ends that suspicion", () => {
  const replica = thriftyLeader();
  const silent = receivers(replica.propose("x"));
  for (let tick = 0; tick < 8; tick++) settle(replica, replica.tick());
  assert.deepEqual(
    silent.map((id) => replica.status.progress.get(id)?.misses),
    [0, 0],
  );
});

test("thrifty: with two of five dead everything is still committed", () => {
  const replica = thriftyLeader();
  for (let at = 0; at < 20; at++) {
    settle(replica, replica.propose(`${at}`), ["C", "E"]);
    for (let tick = 0; tick < 3; tick++) settle(replica, replica.tick(), ["C", "E"]);
  }
  assert.equal(replica.status.commitIndex, 21);
  assert.equal(replica.status.role, "leader");
});

test("thrifty: a follower known to be silent is not counted on", () => {
  const replica = thriftyLeader({ electionTimeoutTicks: 60 });
  for (let at = 0; at < 10; at++) {
    settle(replica, replica.propose(`${at}`), ["C", "E"]);
    for (let tick = 0; tick < 6; tick++) settle(replica, replica.tick(), ["C", "E"]);
  }
  assert.deepEqual(receivers(carrying(replica.propose("now"))), ["C", "E"]);
});

test("thrifty: a follower that receives a snapshot does not stand for a majority", () => {
  const replica = thriftyLeader({ voters: ["A", "B", "C"], snapshotChunkBytesMax: 1 });
  for (let at = 0; at < 4; at++) settle(replica, replica.propose(`${at}`), ["B"]);
  for (let tick = 0; tick < 3; tick++) settle(replica, replica.tick(), ["B"]);
  replica.node.compact({ index: replica.status.commitIndex, state: bytes("long state") });
  for (let tick = 0; tick < 8; tick++) settle(replica, replica.tick(), ["B"]);
  assert.equal(replica.status.progress.get("C")?.state, "snapshot");
  assert.deepEqual(receivers(carrying(replica.propose("x"))), ["B"]);
});

test("thrifty: learners are not in the bare majority, and get the log with their heartbeats", () => {
  const replica = thriftyLeader({ voters: ["A", "B", "C"], learners: ["L"] });
  assert.notDeepEqual(receivers(settle(replica, replica.propose("x"))), ["L"]);
  assert.equal(replica.status.commitIndex, 2);
  settle(replica, replica.tick(4));
  assert.equal(replica.status.progress.get("L")?.matchIndex, 2);
});

test("thrifty: in a joint configuration both bare majorities get the entry", () => {
  const replica = thriftyLeader({ voters: ["A", "B", "C"] });
  const changes = ["D", "E", "F"].map((id) => ({ type: "add-voter", id }) as const);
  assert.equal(replica.node.proposeMembership(changes, replica.now).accepted, true);
  settle(replica, replica.drain());
  for (let tick = 0; tick < 10; tick++) settle(replica, replica.tick());
  assert.deepEqual(replica.status.membership.voters, ["A", "B", "C", "D", "E", "F"]);
  assert.equal(replica.status.commitIndex, replica.status.lastIndex);
});

test("thrifty: a read round asks a bare majority", () => {
  const replica = thriftyLeader();
  const round = replica.read("r");
  assert.equal(round.length, 2);
  settle(replica, round);
  assert.equal(replica.reads.length, 1);
});

test("thrifty: a lost read round goes to others", () => {
  const replica = thriftyLeader();
  const silent = receivers(replica.read("r"));
  const others = FIVE.filter((id) => !silent.includes(id));
  for (let tick = 0; tick < 6; tick++) settle(replica, replica.tick(), others);
  assert.equal(replica.reads.length, 1);
});

test("thrifty: entries that go out anyway carry the read round", () => {
  const replica = thriftyLeader();
  replica.node.propose(bytes("x"), replica.now);
  replica.node.readIndex("r", replica.now);
  const all = settle(replica, replica.drain());
  assert.equal(all.length, 2);
  assert.deepEqual(replica.reads, [{ context: "r", readIndex: 1 }]);
});

test("thrifty: a heartbeat asks for an answer only where it says something", () => {
  const replica = thriftyLeader();
  settle(replica, replica.propose("x"));
  settle(replica, replica.tick(4));
  const heartbeats = only(replica.tick(4), "AppendEntries");
  assert.equal(heartbeats.length, 4);
  assert.ok(heartbeats.filter((message) => message.replyWanted).length < 4);
});

test("thrifty: a follower is silent when no answer is wanted, but a refusal is always sent", () => {
  const follower = new TestReplica({});
  assert.deepEqual(follower.step(append({ term: 1, replyWanted: false })), []);
  const answer = follower.step(append({ term: 1, replyWanted: false, prevLogIndex: 5, prevLogTerm: 1 }));
  assert.equal(one(answer, "AppendEntriesResponse").success, false);
});

test("thrifty: an idle leader hears of a majority often enough to stay in office", () => {
  const replica = thriftyLeader({ electionTimeoutTicks: 10 });
  for (let tick = 0; tick < 100; tick++) settle(replica, replica.tick());
  assert.equal(replica.status.role, "leader");
});

test("thrifty: a leader that is cut off steps down like any other", () => {
  const replica = thriftyLeader();
  replica.tick(20);
  assert.equal(replica.status.role, "follower");
});

test("thrifty: an entry refused because one before it was lost is repaired at once", () => {
  const replica = thriftyLeader({ voters: ["A", "B"] });
  replica.propose("lost");
  const arrived = one(replica.propose("arrived"), "AppendEntries");
  const repair = one(replica.step(refused(arrived, { lastIndex: 1, lastTerm: 1 })), "AppendEntries", "B");
  replica.step(accepted(repair));
  assert.equal(replica.status.commitIndex, 3);
});
