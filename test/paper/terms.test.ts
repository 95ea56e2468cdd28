// §5.1: terms are a logical clock; and Figure 2's persistent state, which survives a crash.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "../../src/raft/index.ts";
import { accepted, append, log, one, only, pastOf, preVote, requestVote } from "./messages.ts";
import { elect, leader, TestReplica } from "./test-replica.ts";

/** One message of every type that a peer in `term` may send to A. */
function everything(term: number): Message[] {
  const envelope = { from: "B", to: "A", term };
  const request = append({ term });
  return [
    request,
    requestVote({ term }),
    { type: "RequestVoteResponse", ...envelope, voteGranted: true },
    { type: "PreVoteResponse", ...envelope, voteGranted: false },
    { type: "TimeoutNow", ...envelope },
    { ...accepted(request), from: "B", to: "A" },
    { type: "ReadIndexRequest", ...envelope, context: "r" },
    { type: "ReadIndexResponse", ...envelope, context: "r", readIndex: 0 },
  ];
}

test("§5.1 a server that sees a larger term takes it over", () => {
  for (const message of everything(5)) {
    const replica = new TestReplica({ past: pastOf([1]), voters: ["B", "C"], now: 0 });
    replica.now = 1_000;
    replica.step(message);
    assert.equal(replica.status.term, 5, message.type);
  }
});

test("§5.1 a leader or candidate that sees a larger term becomes a follower", () => {
  const candidate = new TestReplica({});
  candidate.campaign();
  candidate.step({ type: "PreVoteResponse", from: "B", to: "A", term: 1, voteGranted: true });
  assert.equal(candidate.status.role, "candidate");
  candidate.step(append({ term: 2 }));
  assert.equal(candidate.status.role, "follower");

  const old = leader();
  old.step({ ...accepted(append({ term: 2, from: "A", to: "B" })), success: false });
  assert.deepEqual([old.status.role, old.status.term, old.status.leader], ["follower", 2, undefined]);
});

test("§5.1 messages of an older term change nothing", () => {
  for (const message of everything(2)) {
    const replica = new TestReplica({ past: pastOf([1, 3]) });
    const before = replica.status;
    replica.step(message);
    assert.deepEqual(replica.status, before, message.type);
    assert.deepEqual(replica.reads, []);
  }
});

test("§5.1 a leader ignores answers of an older term", () => {
  const replica = leader();
  const { term } = replica.status;
  replica.propose("x");
  for (const message of everything(term - 1)) replica.step(message);
  assert.equal(replica.status.role, "leader");
  assert.equal(replica.status.commitIndex, 1);
});

test("§5.1 a request of an older term is refused with the current term, so that its sender learns it", () => {
  const replica = new TestReplica({ past: pastOf([3]) });
  assert.deepEqual(
    replica.step(append({ term: 2 })).map((m) => [m.type, m.term]),
    [["AppendEntriesResponse", 3]],
  );
  assert.deepEqual(
    replica.step(requestVote({ term: 2 })).map((m) => [m.type, m.term]),
    [["RequestVoteResponse", 3]],
  );
  assert.deepEqual(
    replica.step(preVote({ term: 2 })).map((m) => [m.type, m.term]),
    [["PreVoteResponse", 3]],
  );
});

test("§5.1 a heartbeat of an older term does not restart the election timer", () => {
  const replica = new TestReplica({ past: pastOf([3]) });
  for (let tick = 0; tick < 20 && replica.status.role === "follower"; tick++) {
    replica.tick();
    replica.step(append({ term: 2 }));
  }
  assert.equal(replica.status.role, "pre-candidate");
});

test("§5.1 a larger term clears the vote, the same term keeps it", () => {
  const replica = new TestReplica({});
  replica.step(requestVote({ term: 1, from: "B" }));
  replica.step(append({ term: 1, from: "C" }));
  assert.equal(replica.status.votedFor, "B");
  replica.step(append({ term: 2, from: "C" }));
  assert.equal(replica.status.votedFor, undefined);
});

test("§5.1 a leader or candidate that steps down within its term keeps its vote for itself", () => {
  const replica = leader();
  while (replica.status.role === "leader") replica.tick();
  assert.deepEqual([replica.status.term, replica.status.votedFor], [1, "A"]);
  const answer = one(replica.step(requestVote({ term: 1, lastLogIndex: 9, lastLogTerm: 1 })), "RequestVoteResponse");
  assert.equal(answer.voteGranted, false);
});

test("§5.1 messages for somebody else are ignored", () => {
  const replica = new TestReplica({});
  assert.deepEqual(replica.step(append({ term: 9, to: "C" })), []);
  assert.equal(replica.status.term, 0);
});

test("Figure 2: the term is durable before any answer in it", () => {
  const replica = new TestReplica({});
  replica.node.step(append({ term: 4 }), 0);
  const ready = replica.node.ready();
  assert.equal(ready.hardState?.currentTerm, 4);
  assert.deepEqual(only(ready.messages, "AppendEntriesResponse"), []);
  assert.equal(only(ready.messagesAfterPersist, "AppendEntriesResponse").length, 1);
});

test("Figure 2: the vote is durable before it leaves", () => {
  const replica = new TestReplica({});
  replica.node.step(requestVote({ term: 4 }), 0);
  const ready = replica.node.ready();
  assert.deepEqual(ready.hardState, { currentTerm: 4, votedFor: "B", commitIndex: 0 });
  assert.deepEqual(ready.messages, []);
  assert.equal(only(ready.messagesAfterPersist, "RequestVoteResponse").length, 1);
});

test("Figure 2: entries are durable before they are acknowledged", () => {
  const replica = new TestReplica({});
  replica.node.step(append({ term: 1, entries: log([1, 1]) }), 0);
  const ready = replica.node.ready();
  assert.deepEqual(ready.entries, log([1, 1]));
  assert.deepEqual(ready.messages, []);
  assert.equal(one(ready.messagesAfterPersist, "AppendEntriesResponse").matchIndex, 2);
});

test("Figure 2: a snapshot is durable before it is acknowledged", () => {
  const replica = new TestReplica({});
  const place = { offset: 0, chunk: new Uint8Array(3), totalBytes: 3, sentAt: 0, round: 0 };
  const { membership } = replica.status;
  const snapshot = { lastIncludedIndex: 7, lastIncludedTerm: 1, membership };
  replica.node.step({ type: "InstallSnapshot", from: "B", to: "A", term: 1, ...snapshot, ...place }, 0);
  const ready = replica.node.ready();
  assert.equal(ready.snapshot?.lastIncludedIndex, 7);
  assert.deepEqual(ready.messages, []);
  assert.equal(one(ready.messagesAfterPersist, "InstallSnapshotResponse").done, true);
});

test("Figure 2: a candidate asks for votes only when its own vote is durable", () => {
  const replica = new TestReplica({});
  replica.campaign();
  replica.node.step({ type: "PreVoteResponse", from: "B", to: "A", term: 1, voteGranted: true }, 0);
  const ready = replica.node.ready();
  assert.deepEqual(ready.hardState, { currentTerm: 1, votedFor: "A", commitIndex: 0 });
  assert.deepEqual(ready.messages, []);
  assert.equal(only(ready.messagesAfterPersist, "RequestVote").length, 2);
});

test("Figure 2: its own vote counts only when it is durable", () => {
  const replica = new TestReplica({});
  replica.campaign();
  replica.node.step({ type: "PreVoteResponse", from: "B", to: "A", term: 1, voteGranted: true }, 0);
  const ready = replica.node.ready();
  replica.node.step({ type: "RequestVoteResponse", from: "B", to: "A", term: 1, voteGranted: true }, 0);
  assert.equal(replica.status.role, "candidate");
  replica.carryOut(ready);
  assert.equal(replica.status.role, "leader");
});

test("Figure 2: that older writes have ended does not make the vote durable", () => {
  const replica = new TestReplica({});
  replica.node.step(append({ term: 1, entries: log([1]) }), 0);
  const entries = replica.node.ready();
  replica.node.campaign(1_000);
  const question = replica.node.ready();
  replica.node.step({ type: "PreVoteResponse", from: "B", to: "A", term: 2, voteGranted: true }, 1_000);
  const vote = replica.node.ready();
  replica.node.step({ type: "RequestVoteResponse", from: "B", to: "A", term: 2, voteGranted: true }, 1_000);
  for (const older of [entries, question]) replica.carryOut(older);
  assert.equal(replica.status.role, "candidate");
  replica.carryOut(vote);
  assert.equal(replica.status.role, "leader");
});

test("Figure 2: a single voter leads when its vote is durable, and commits when its entry is", () => {
  const replica = new TestReplica({ voters: ["A"] });
  replica.node.campaign(0);
  const vote = replica.node.ready();
  assert.equal(replica.status.role, "candidate");
  replica.carryOut(vote);
  assert.equal(replica.status.role, "leader");
  const noop = replica.node.ready();
  assert.equal(replica.status.commitIndex, 0);
  replica.carryOut(noop);
  assert.equal(replica.status.commitIndex, 1);
});

test("Figure 2: after a restart a server still knows its term and whom it voted for", () => {
  const before = new TestReplica({});
  before.step(requestVote({ term: 6, from: "B" }));
  const after = new TestReplica({ past: before.past });
  assert.deepEqual([after.status.term, after.status.votedFor], [6, "B"]);
  const second = one(after.step(requestVote({ term: 6, from: "C", lastLogIndex: 9 })), "RequestVoteResponse");
  assert.equal(second.voteGranted, false);
  assert.equal(one(after.step(requestVote({ term: 6, from: "B" })), "RequestVoteResponse").voteGranted, true);
});

test("Figure 2: after a restart a server still has its log, and applies again only what its state machine lacks", () => {
  const past = pastOf([1, 1, 2], { commitIndex: 2 });
  const replica = new TestReplica({ past: { ...past, lastApplied: 1 } });
  replica.drain();
  assert.deepEqual(replica.applied, log([1, 1, 2]).slice(1, 2));
  assert.equal(replica.status.lastIndex, 3);
});

test("Figure 2: the durable commit index never exceeds the durable log", () => {
  const replica = new TestReplica({});
  replica.node.step(append({ term: 1, entries: log([1, 1]), leaderCommit: 9 }), 0);
  const ready = replica.node.ready();
  assert.ok((ready.hardState?.commitIndex ?? 0) <= (ready.entries.at(-1)?.index ?? 0));
});

test("Figure 2: a leader that restarts is a follower of the same term and opens a new one", () => {
  const before = leader();
  const after = new TestReplica({ past: before.past });
  assert.deepEqual([after.status.role, after.status.term], ["follower", 1]);
  elect(after);
  assert.equal(after.status.term, 2);
});

test("Figure 2: an impossible past is refused", () => {
  assert.throws(() => new TestReplica({ past: pastOf([1], { commitIndex: 2 }) }), /commit index/);
  assert.throws(() => new TestReplica({ past: pastOf([3], { currentTerm: 2 }) }), /durable term/);
  assert.throws(() => new TestReplica({ past: { ...pastOf([1]), lastApplied: 1 } }), /committed entries/);
});
