// Every limit of RaftConfig: what is at the limit passes, what is beyond does not, and nothing gets stuck.
import assert from "node:assert/strict";
import { test } from "node:test";
import { membershipOf, type RaftConfig, RaftNode, raftConfig } from "../../src/raft/index.ts";
import { accepted, append, bytes, log, one, only, pastOf, refused } from "./messages.ts";
import { elect, leader, settle, TestReplica } from "./test-replica.ts";

// A command of 6 bytes counts 30.
const COMMAND = "6bytes";

function toB(replica: TestReplica, send: () => void) {
  send();
  return only(replica.drain(), "AppendEntries").filter((message) => message.to === "B");
}

function proposals(replica: TestReplica, count: number): () => void {
  return () => {
    for (let at = 0; at < count; at++) {
      assert.equal(replica.node.propose(bytes(COMMAND), replica.now).accepted, true);
    }
  };
}

test("commandBytesMax: a larger command is refused, and nothing of it enters the log", () => {
  const replica = leader({ commandBytesMax: 3 });
  const refusal = replica.node.propose(bytes("four"), replica.now);
  assert.deepEqual(refusal, { accepted: false, reason: "too-large", leader: "A" });
  assert.equal(replica.status.lastIndex, 1);
  replica.propose("3by");
});

test("uncommittedBytesMax: a leader with more uncommitted bytes refuses proposals, until some are committed", () => {
  const replica = leader({ uncommittedBytesMax: 60 });
  const first = replica.propose(COMMAND);
  replica.propose(COMMAND);
  const refusal = replica.node.propose(bytes(COMMAND), replica.now);
  assert.equal(refusal.accepted ? "" : refusal.reason, "too-many-uncommitted");
  replica.step(accepted(one(first, "AppendEntries", "B")));
  replica.propose(COMMAND);
});

test("uncommittedBytesMax: the leader's own entries are never refused", () => {
  const replica = leader({ uncommittedBytesMax: 1 });
  assert.equal(replica.node.proposeMembership([{ type: "add-voter", id: "D" }], replica.now).accepted, true);
  settle(replica, replica.drain());
  assert.equal(replica.status.commitIndex, 2);
});

test("uncommittedBytesMax counts what a former leader left uncommitted", () => {
  const replica = new TestReplica({ past: pastOf([1, 1, 1]), uncommittedBytesMax: 80 });
  elect(replica);
  assert.equal(replica.node.propose(bytes(COMMAND), replica.now).accepted, false);
});

test("uncommittedBytesMax counts right after compaction and after truncation", () => {
  const compacted = leader({ uncommittedBytesMax: 60 });
  for (let at = 0; at < 4; at++) settle(compacted, compacted.propose(COMMAND));
  compacted.node.compact({ index: 3, state: bytes("state") });
  for (let at = 0; at < 2; at++) compacted.propose(COMMAND);
  assert.equal(compacted.node.propose(bytes(COMMAND), compacted.now).accepted, false);
  compacted.node.compact({ index: 5, state: bytes("state") });
  assert.equal(compacted.node.propose(bytes(COMMAND), compacted.now).accepted, false);

  const exact = leader({ uncommittedBytesMax: 90 });
  settle(exact, exact.propose(COMMAND));
  exact.propose(COMMAND);
  exact.node.compact({ index: 2, state: bytes("state") });
  for (let at = 0; at < 2; at++) exact.propose(COMMAND);
  assert.equal(exact.node.propose(bytes(COMMAND), exact.now).accepted, false);

  // Two commands of 3 bytes, a no-op, and one command of 6 bytes: 27 + 27 + 24 + 30.
  const truncated = new TestReplica({ past: pastOf([1, 1, 1, 1]), uncommittedBytesMax: 108 });
  truncated.step(append({ term: 2, prevLogIndex: 1, prevLogTerm: 1, entries: log([2], 2) }));
  elect(truncated);
  truncated.propose(COMMAND);
  assert.equal(truncated.node.propose(bytes(COMMAND), truncated.now).accepted, false);
});

test("entriesPerMessageMax: a longer batch is cut, and the rest follows in further messages", () => {
  const replica = leader({ entriesPerMessageMax: 2 });
  const sent = toB(replica, proposals(replica, 5));
  assert.deepEqual(
    sent.map((message) => message.entries.length),
    [2, 2, 1],
  );
  assert.deepEqual(
    sent.map((message) => message.prevLogIndex),
    [1, 3, 5],
  );
});

test("messageBytesMax: a batch is cut before it gets larger", () => {
  const replica = leader({ messageBytesMax: 65 });
  assert.deepEqual(
    toB(replica, proposals(replica, 5)).map((message) => message.entries.length),
    [2, 2, 1],
  );
});

test("messageBytesMax: an entry that is larger by itself travels alone instead of never", () => {
  const replica = leader({ messageBytesMax: 1 });
  assert.deepEqual(
    toB(replica, proposals(replica, 3)).map((message) => message.entries.length),
    [1, 1, 1],
  );
  settle(replica, replica.tick());
  assert.equal(replica.status.commitIndex, 4);
});

test("inflightMessagesMax: no more messages are under way to one follower; an answer makes room", () => {
  const replica = leader({ entriesPerMessageMax: 1, inflightMessagesMax: 2 });
  const sent = toB(replica, proposals(replica, 5));
  assert.equal(sent.length, 2);
  const [first] = sent;
  assert.ok(first !== undefined);
  assert.equal(one(replica.step(accepted(first)), "AppendEntries", "B").prevLogIndex, 3);
  settle(replica, replica.tick());
  assert.equal(replica.status.progress.get("B")?.matchIndex, 6);
});

test("inflightMessagesMax: a full window does not keep heartbeats away", () => {
  const replica = leader({ inflightMessagesMax: 1 });
  proposals(replica, 1)();
  replica.drain();
  const heartbeat = one(replica.tick(), "AppendEntries", "B");
  assert.equal(heartbeat.entries.length, 0);
});

test("inflightBytesMax: no more bytes are under way to one follower", () => {
  const replica = leader({ entriesPerMessageMax: 1, inflightBytesMax: 60 });
  assert.equal(toB(replica, proposals(replica, 5)).length, 2);
});

test("inflight limits: when everything under way was lost the window opens again", () => {
  const replica = leader({ entriesPerMessageMax: 1, inflightMessagesMax: 1, heartbeatTicks: 4, resendTicks: 2 });
  proposals(replica, 3)();
  replica.drain();
  settle(replica, replica.tick(2));
  assert.equal(replica.status.commitIndex, 4);
});

test("pendingReadsMax: a leader refuses further reads, its own and followers', until some are answered", () => {
  const replica = leader({ pendingReadsMax: 2 });
  const round = [...replica.read("r1"), ...replica.read("r2")];
  const refusal = replica.node.readIndex("r3", replica.now);
  assert.equal(refusal.accepted ? "" : refusal.reason, "too-many-reads");
  round.push(...replica.step({ type: "ReadIndexRequest", from: "B", to: "A", term: 1, context: "r4" }));
  for (let tick = 0; tick < 3; tick++) round.push(...replica.tick());
  assert.deepEqual(only(settle(replica, round), "ReadIndexResponse"), []);
  assert.deepEqual(
    replica.reads.map((read) => read.context),
    ["r1", "r2"],
  );
  replica.read("r5");
});

test("snapshotChunkBytesMax: no chunk is larger", () => {
  const replica = leader({ snapshotChunkBytesMax: 4 });
  settle(replica, replica.propose("x"), ["C"]);
  replica.node.compact({ index: 2, state: bytes("ten  bytes") });
  const first = replica.step(refused(one(replica.tick(), "AppendEntries", "B"), { lastIndex: 0, lastTerm: 0 }));
  const chunks = only(settle(replica, first), "InstallSnapshot").filter((message) => message.to === "B");
  assert.deepEqual(
    chunks.map((message) => message.chunk.byteLength),
    [4, 4, 2],
  );
});

test("snapshotBytesMax: a follower takes nothing of a larger snapshot", () => {
  const replica = new TestReplica({ snapshotBytesMax: 3 });
  const snapshot = { lastIncludedIndex: 5, lastIncludedTerm: 1, membership: membershipOf(["A", "B"]) };
  const place = { offset: 0, chunk: bytes("four"), totalBytes: 4, sentAt: 0, round: 0 };
  assert.deepEqual(replica.step({ type: "InstallSnapshot", from: "B", to: "A", term: 1, ...snapshot, ...place }), []);
  assert.equal(replica.status.lastIndex, 0);
});

test("ticks: the election timeout is as long as it was set", () => {
  const replica = new TestReplica({ electionTimeoutTicks: 30 });
  assert.deepEqual(replica.tick(29), []);
  assert.ok(only(replica.tick(30), "PreVote").length > 0);
});

test("settings out of their range are refused with name, value and range", () => {
  const wrong: Partial<RaftConfig>[] = [
    { electionTimeoutTicks: 1 },
    { electionTimeoutTicks: 10.5 },
    { heartbeatTicks: 0 },
    { heartbeatTicks: 5 },
    { resendTicks: 0 },
    { tickMs: 0 },
    { tickMs: Number.NaN },
    { clockDriftMax: -0.1 },
    { clockDriftMax: 1 },
    { entriesPerMessageMax: 0 },
    { messageBytesMax: -1 },
    { inflightMessagesMax: 0 },
    { inflightBytesMax: 0 },
    { commandBytesMax: 0 },
    { uncommittedBytesMax: 0 },
    { pendingReadsMax: 0 },
    { snapshotChunkBytesMax: 0 },
    { snapshotBytesMax: 0 },
  ];
  for (const setting of wrong) {
    const [[name, value] = ["", 0]] = Object.entries(setting);
    const expected = { name: "RangeError", message: new RegExp(`^${name} is ${value}`) };
    assert.throws(() => raftConfig({ id: "A", ...setting }), expected, `${name} ${value}`);
  }
  assert.throws(() => raftConfig({ id: "" }), RangeError);
});

test("the defaults are allowed, and are what a node gets", () => {
  assert.equal(raftConfig({ id: "A" }).electionTimeoutTicks, 10);
  assert.doesNotThrow(() => new RaftNode({ id: "A", seed: 1 }, { membership: membershipOf(["A"]) }));
});

test("an input from before the last one is refused: the clock is monotonic", () => {
  const replica = leader();
  assert.throws(() => replica.node.tick(replica.now - 1), /monotonic/);
});

test("a log without order or without its beginning is refused", () => {
  const past = { hardState: { currentTerm: 3, votedFor: undefined, commitIndex: 0 } };
  assert.throws(() => new TestReplica({ past: { ...past, entries: log([1, 1], 2) } }), /no gaps/);
  assert.throws(() => new TestReplica({ past: { ...past, entries: [...log([2]), ...log([1], 2)] } }), /never decrease/);
});
