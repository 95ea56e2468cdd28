// Dissertation §6.4.1: reads under a leader lease, without a message. The lease counts from the time of sending, by the clock.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "../../src/raft/index.ts";
import { accepted, append, friendlyAnswer, log, one, only, pastOf, preVote, requestVote } from "./messages.ts";
import { elect, leader, type Setup, settle, TestReplica } from "./test-replica.ts";

// Followers protect a leader for (10 - 1) * 100 ms; with 10 % of drift a lease lasts 810 ms.
const LEASE_MS = 810;

function leaseholder(setup: Setup = {}): TestReplica {
  return leader({ leaseReads: true, ...setup });
}

test("dissertation §6.4.1 under a lease a read is answered at once and without a message", () => {
  const replica = leaseholder();
  assert.equal(replica.status.lease, true);
  assert.deepEqual(replica.read("r"), []);
  assert.deepEqual(replica.reads, [{ context: "r", readIndex: 1 }]);
});

test("dissertation §6.4.1 without the option there is no lease", () => {
  assert.equal(leader().status.lease, false);
});

test("dissertation §6.4.1 a lease ends when no majority has answered for its length, shortened by the bound on drift", () => {
  const replica = leaseholder();
  const grantedAt = replica.now;
  replica.now = grantedAt + LEASE_MS - 1;
  replica.read("just in time");
  assert.equal(replica.reads.length, 1);
  replica.now = grantedAt + LEASE_MS;
  assert.ok(replica.read("too late").length > 0);
  assert.equal(replica.reads.length, 1);
});

test("dissertation §6.4.1 a wider bound on drift makes the lease shorter", () => {
  const replica = leaseholder({ clockDriftMax: 0.5 });
  replica.now += 449;
  replica.read("r1");
  replica.now += 1;
  replica.read("r2");
  assert.deepEqual(
    replica.reads.map((read) => read.context),
    ["r1"],
  );
});

test("dissertation §6.4.1 a lease is judged by the clock: a paused leader that has counted no tick does not trust it", () => {
  const replica = leaseholder();
  replica.now += 3_000;
  replica.read("after the pause");
  assert.deepEqual(replica.reads, []);
});

test("dissertation §6.4.1 a lease counts from when the message was sent, not from when the answer came", () => {
  const replica = leaseholder();
  const sent = only(replica.tick(), "AppendEntries");
  const sentAt = replica.now;
  replica.now = sentAt + 800;
  for (const message of sent) replica.step(accepted(message));
  replica.read("r1");
  replica.now = sentAt + LEASE_MS;
  replica.read("r2");
  assert.deepEqual(
    replica.reads.map((read) => read.context),
    ["r1"],
  );
});

test("dissertation §6.4.1 a late answer to an old message does not shorten a lease that a newer one gave", () => {
  const replica = leaseholder();
  const old = only(replica.tick(), "AppendEntries");
  settle(replica, replica.tick(5));
  for (const message of old) replica.step(accepted(message));
  replica.now += LEASE_MS - 1;
  replica.read("r");
  assert.equal(replica.reads.length, 1);
});

test("dissertation §6.4.1 a lease needs answers of a majority", () => {
  const replica = leader({ voters: ["A", "B", "C", "D", "E"], leaseReads: true });
  replica.now += LEASE_MS;
  const sent = replica.tick();
  const [toB, toC] = only(sent, "AppendEntries");
  assert.ok(toB !== undefined && toC !== undefined);
  replica.step(accepted(toB));
  assert.equal(replica.status.lease, false);
  replica.step(accepted(toC));
  assert.equal(replica.status.lease, true);
});

test("dissertation §6.4.1 learners give no lease", () => {
  const replica = leaseholder({ learners: ["L", "M"] });
  replica.now += LEASE_MS;
  settle(replica, replica.tick(), ["L", "M"]);
  assert.equal(replica.status.lease, false);
});

test("dissertation §6.4.1 a new leader has no lease before a majority has answered it", () => {
  const replica = new TestReplica({ leaseReads: true });
  const first = elect(replica);
  assert.equal(replica.status.lease, false);
  settle(replica, first, ["B"]);
  assert.equal(replica.status.lease, true);
});

test("dissertation §6.4.1 a lease does not make a read skip the no-op of the term", () => {
  const replica = new TestReplica({ leaseReads: true, past: pastOf([1], { commitIndex: 1 }) });
  for (const message of only(elect(replica), "AppendEntries")) replica.step(accepted(message, { matchIndex: 1 }));
  assert.equal(replica.status.lease, true);
  replica.read("r");
  assert.deepEqual(replica.reads, []);
});

test("dissertation §6.4.1 reads that wait for a round are answered when a lease begins", () => {
  const replica = leaseholder();
  replica.now += LEASE_MS;
  const round = replica.read("r");
  replica.step(accepted(one(round, "AppendEntries", "C")));
  assert.equal(replica.reads.length, 1);
});

test("dissertation §6.4.1 during a leadership transfer there is no lease", () => {
  const replica = leaseholder({ resendTicks: 50 });
  replica.propose("not at B yet");
  replica.node.transferLeadership("B", replica.now);
  assert.equal(replica.status.lease, false);
});

test("dissertation §6.4.1 once TimeoutNow has left, this term has no lease any more: it may arrive at any time", () => {
  const replica = leaseholder();
  replica.node.transferLeadership("B", replica.now);
  one(replica.drain(), "TimeoutNow");
  for (let tick = 0; tick < 20; tick++) settle(replica, replica.tick());
  assert.equal(replica.status.role, "leader");
  assert.equal(replica.status.lease, false);
  replica.propose("but it works again");
});

test("dissertation §6.4.1 a transfer that was given up before TimeoutNow leaves the lease whole", () => {
  const replica = leaseholder();
  replica.propose("never at B");
  replica.node.transferLeadership("B", replica.now);
  for (let tick = 0; tick < 20; tick++) settle(replica, replica.tick(), ["C"]);
  assert.equal(replica.status.lease, true);
});

test("dissertation §6.4.1 an answer to a message of an earlier term gives no lease", () => {
  const replica = leaseholder();
  const delayed = one(replica.tick(), "AppendEntries", "B");
  while (replica.status.role === "leader") replica.tick();
  settle(replica, elect(replica, ["C"]), ["C"]);
  replica.now += LEASE_MS;
  const follower = new TestReplica({ id: "B" });
  follower.step(requestVote({ term: replica.status.term, from: "A", to: "B" }));
  replica.step(one(follower.step({ ...delayed, sentAt: replica.now }), "AppendEntriesResponse"));
  assert.equal(replica.status.lease, false);
});

test("dissertation §6.4.1 nor does it when the clock has just begun", () => {
  const young = new TestReplica({ leaseReads: true, voters: ["A", "B"] });
  for (const type of ["PreVoteResponse", "RequestVoteResponse"] as const) {
    if (type === "PreVoteResponse") young.campaign();
    young.step({ type, from: "B", to: "A", term: 1, voteGranted: true });
  }
  assert.deepEqual([young.status.role, young.now], ["leader", 0]);
  const refusal = { success: false, matchIndex: 0, conflictIndex: 0, conflictTerm: 0, sentAt: 0, round: 0 };
  young.step({ type: "AppendEntriesResponse", from: "B", to: "A", term: 1, ...refusal });
  assert.equal(young.status.lease, false);
});

test("dissertation §6.4.1 what gives the lease: a follower refuses votes for that long after it heard the leader", () => {
  const voter = new TestReplica({});
  voter.step(append({ term: 1, entries: log([1]) }));
  const request = (from: string): Message => requestVote({ term: 2, from, lastLogIndex: 1, lastLogTerm: 1 });
  voter.now = 899;
  assert.deepEqual(voter.step(request("C")), []);
  assert.equal(voter.status.term, 1);
  voter.now = 900;
  assert.equal(one(voter.step(request("C")), "RequestVoteResponse").voteGranted, true);
});

test("dissertation §6.4.1 a follower whose ticks run ahead of its clock does not campaign against a living leader", () => {
  const follower = new TestReplica({});
  follower.step(append({ term: 1 }));
  for (let tick = 0; tick < 50; tick++) {
    follower.node.tick(100);
    assert.deepEqual(follower.drain(), []);
  }
  follower.node.tick(900);
  assert.equal(only(follower.drain(), "PreVote").length, 2);
});

test("dissertation §6.4.1 nor when it is told to campaign", () => {
  const follower = new TestReplica({});
  follower.step(append({ term: 1 }));
  follower.now = 500;
  assert.deepEqual(follower.campaign(), []);
  follower.now = 900;
  assert.equal(only(follower.campaign(), "PreVote").length, 2);
});

test("dissertation §6.4.1 a restarted voter may have promised its loyalty just before, so it protects a leader anew", () => {
  const voter = new TestReplica({ past: pastOf([1]), now: 5_000 });
  const question = preVote({ term: 2, from: "C", lastLogIndex: 1, lastLogTerm: 1 });
  voter.now = 5_899;
  assert.deepEqual(voter.step(question), []);
  assert.deepEqual(voter.step({ ...question, type: "RequestVote", leadershipTransfer: false }), []);
  voter.now = 5_900;
  assert.equal(one(voter.step(question), "PreVoteResponse").voteGranted, true);
});

test("dissertation §6.4.1 a silent follower is asked in time, so that in an idle cluster the lease does not lapse", () => {
  for (const replication of ["eager", "thrifty"] as const) {
    const replica = leaseholder({ replication, heartbeatTicks: 2 });
    for (let tick = 0; tick < 60; tick++) {
      settle(replica, replica.tick());
      assert.ok(replica.status.lease, `${replication}, tick ${tick}`);
    }
    assert.ok(friendlyAnswer(one(replica.tick(2).slice(0, 1), "AppendEntries")) !== null);
  }
});
