// §8 and dissertation §6.4: linearizable reads that write nothing to the log.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accepted, append, friendlyAnswer, log, one, only, pastOf, refused, requestVote } from "./messages.ts";
import { elect, leader, settle, TestReplica } from "./test-replica.ts";

test("§8 a leader opens its term with a no-op, so that it learns what is committed", () => {
  const replica = new TestReplica({});
  const [entry, ...others] = one(elect(replica), "AppendEntries", "B").entries;
  assert.deepEqual([entry?.type, entry?.term, others.length], ["no-op", 1, 0]);
});

test("§8 a leader answers no read before it has committed an entry of its own term", () => {
  const replica = new TestReplica({ past: pastOf([1, 1], { commitIndex: 2 }) });
  const first = elect(replica);
  const round = replica.read("r");
  const heartbeats = only([...first, ...round], "AppendEntries");
  for (const message of heartbeats) replica.step(accepted(message, { matchIndex: 2, round: 99 }));
  assert.deepEqual(replica.reads, []);
});

test("§8 a read that came before that is answered at the no-op's index or later", () => {
  const replica = new TestReplica({ past: pastOf([1, 1], { commitIndex: 1 }) });
  const first = elect(replica);
  const round = replica.read("r");
  settle(replica, [...first, ...round]);
  assert.deepEqual(replica.reads, [{ context: "r", readIndex: 3 }]);
});

test("dissertation §6.4 a read is answered at the commit index of the moment when it arrived", () => {
  const replica = leader();
  const round = replica.read("r");
  const later = replica.propose("later");
  settle(replica, [...round, ...later]);
  assert.deepEqual(replica.reads, [{ context: "r", readIndex: 1 }]);
});

test("dissertation §6.4 a read waits until a majority has answered a message sent after it arrived", () => {
  const replica = leader({ voters: ["A", "B", "C", "D", "E"] });
  const round = only(replica.read("r"), "AppendEntries");
  assert.equal(round.length, 4);
  const [toB, toC] = round;
  assert.ok(toB !== undefined && toC !== undefined);
  replica.step(accepted(toB));
  assert.deepEqual(replica.reads, [], "two of five are no majority");
  replica.step(accepted(toC));
  assert.deepEqual(replica.reads, [{ context: "r", readIndex: 1 }]);
});

test("dissertation §6.4 answers to messages from before the read confirm nothing", () => {
  const replica = leader();
  const before = only(replica.tick(), "AppendEntries");
  replica.read("r");
  for (const message of before) replica.step(accepted(message));
  assert.deepEqual(replica.reads, []);
});

test("dissertation §6.4 one round confirms all reads that arrived before it", () => {
  const replica = leader();
  for (const context of ["r1", "r2", "r3"]) replica.node.readIndex(context, replica.now);
  const round = only(replica.drain(), "AppendEntries");
  assert.equal(round.length, 2);
  settle(replica, round, ["B"]);
  assert.deepEqual(
    replica.reads.map((read) => read.context),
    ["r1", "r2", "r3"],
  );
});

test("dissertation §6.4 reads of a later round wait for their own round", () => {
  const replica = leader();
  const first = replica.read("r1");
  const second = replica.read("r2");
  replica.step(accepted(one(first, "AppendEntries", "B")));
  assert.deepEqual(
    replica.reads.map((read) => read.context),
    ["r1"],
  );
  settle(replica, second, ["C"]);
  assert.deepEqual(
    replica.reads.map((read) => read.context),
    ["r1", "r2"],
  );
});

test("dissertation §6.4 a confirmed round confirms the earlier ones too", () => {
  const replica = leader();
  replica.read("r1");
  settle(replica, replica.read("r2"), ["C"]);
  assert.deepEqual(
    replica.reads.map((read) => read.context),
    ["r1", "r2"],
  );
});

test("dissertation §6.4 a round that is under way is not sent again when the answer to an older one comes", () => {
  const replica = leader();
  const first = replica.read("r1");
  replica.read("r2");
  assert.deepEqual(replica.step(accepted(one(first, "AppendEntries", "B"))), []);
});

test("dissertation §6.4 but it is when no answer comes in time", () => {
  const replica = leader({ heartbeatTicks: 4, resendTicks: 2 });
  const first = replica.read("r1");
  replica.read("r2");
  replica.step(accepted(one(first, "AppendEntries", "B")));
  settle(replica, replica.tick(2), ["B"]);
  assert.equal(replica.reads.length, 2);
});

test("dissertation §6.4 a late answer to an older round takes nothing back", () => {
  const replica = leader({ voters: ["A", "B", "C", "D", "E"] });
  const first = replica.read("r1");
  const second = replica.read("r2");
  replica.step(accepted(one(second, "AppendEntries", "B")));
  replica.step(accepted(one(first, "AppendEntries", "B")));
  replica.step(accepted(one(second, "AppendEntries", "C")));
  assert.equal(replica.reads.length, 2);
});

test("dissertation §6.4 a lost round is repeated until a majority answers", () => {
  const replica = leader({ heartbeatTicks: 4, resendTicks: 2 });
  replica.read("r");
  settle(replica, replica.tick(2), ["B"]);
  assert.deepEqual(replica.reads, [{ context: "r", readIndex: 1 }]);
});

test("dissertation §6.4 a single voter needs to ask nobody", () => {
  const replica = leader({ voters: ["A"] });
  assert.deepEqual(replica.read("r"), []);
  assert.deepEqual(replica.reads, [{ context: "r", readIndex: 1 }]);
});

test("dissertation §6.4 a refusal in this term proves leadership as well as an acceptance", () => {
  const replica = leader();
  const round = one(replica.read("r").slice(0, 1), "AppendEntries");
  replica.step(refused(round, { lastIndex: 0, lastTerm: 0 }));
  assert.equal(replica.reads.length, 1);
});

test("dissertation §6.4 learners confirm no round", () => {
  const replica = leader({ learners: ["L"] });
  const round = one(replica.tick(), "AppendEntries", "L");
  assert.deepEqual(
    replica.read("r").map((message) => message.to),
    ["B", "C"],
  );
  replica.step(accepted({ ...round, round: 99 }));
  assert.deepEqual(replica.reads, []);
});

test("dissertation §6.4 a follower asks the leader, and serves the read at the index that it was told", () => {
  const replica = new TestReplica({});
  replica.step(append({ term: 1, entries: log([1, 1]), leaderCommit: 1 }));
  const request = one(replica.read("r"), "ReadIndexRequest", "B");
  replica.step({ ...request, type: "ReadIndexResponse", from: "B", to: "A", readIndex: 2 });
  assert.deepEqual(replica.reads, [{ context: "r", readIndex: 2 }]);
});

test("dissertation §6.4 the leader confirms a follower's read like its own before it answers", () => {
  const replica = leader();
  const request = { type: "ReadIndexRequest", from: "C", to: "A", term: 1, context: "r" } as const;
  const round = replica.step(request);
  assert.deepEqual(only(round, "ReadIndexResponse"), []);
  const answer = one(settle(replica, round, ["B"]), "ReadIndexResponse", "C");
  assert.deepEqual([answer.context, answer.readIndex], ["r", 1]);
});

test("dissertation §6.4 a replica that knows no leader refuses reads", () => {
  const result = new TestReplica({}).node.readIndex("r", 0);
  assert.deepEqual(result, { accepted: false, reason: "not-leader", leader: undefined });
});

test("dissertation §6.4 a deposed leader never answers the reads that were waiting", () => {
  const replica = leader();
  const round = replica.read("r");
  replica.step(append({ term: 2, from: "C" }));
  settle(replica, only(round, "AppendEntries"));
  assert.deepEqual(replica.reads, []);
});

test("dissertation §6.4 an answer to a message of an earlier term proves nothing in this one", () => {
  const replica = leader();
  const delayed = one(replica.read("old"), "AppendEntries", "B");
  while (replica.status.role === "leader") replica.tick();
  settle(replica, elect(replica), ["C"]);
  const follower = new TestReplica({ id: "B" });
  follower.step(requestVote({ term: replica.status.term, from: "A", to: "B" }));
  const answer = one(follower.step(delayed), "AppendEntriesResponse");
  assert.equal(answer.term, replica.status.term);
  replica.read("new");
  replica.step(answer);
  assert.deepEqual(replica.reads, []);
});

test("dissertation §6.4 answers that are still wanted come even when the follower has nothing new to say", () => {
  const replica = leader();
  const round = replica.read("r");
  assert.ok(only(round, "AppendEntries").every((message) => message.replyWanted && friendlyAnswer(message)));
});
