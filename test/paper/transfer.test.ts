// Dissertation §3.10: leadership transfer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accepted, append, bytes, log, one, only, pastOf, refused, requestVote } from "./messages.ts";
import { leader, settle, TestReplica } from "./test-replica.ts";

function transfer(replica: TestReplica, target = "B") {
  assert.deepEqual(replica.node.transferLeadership(target, replica.now), { accepted: true });
  return replica.drain();
}

test("dissertation §3.10 a target whose log is complete is told at once to start an election", () => {
  const replica = leader();
  assert.deepEqual(transfer(replica), [{ type: "TimeoutNow", from: "A", to: "B", term: 1 }]);
});

test("dissertation §3.10 a target that is behind is brought up to date first", () => {
  const replica = leader();
  const sent = replica.propose("x");
  assert.deepEqual(only(transfer(replica), "TimeoutNow"), []);
  const after = replica.step(accepted(one(sent, "AppendEntries", "B")));
  assert.equal(one(after, "TimeoutNow").to, "B");
});

test("dissertation §3.10 a target that is behind even gets a snapshot first", () => {
  const replica = leader();
  settle(replica, replica.propose("x"), ["C"]);
  replica.node.compact({ index: 2, state: bytes("state") });
  transfer(replica);
  const heartbeat = one(replica.tick(), "AppendEntries", "B");
  const all = settle(replica, replica.step(refused(heartbeat, { lastIndex: 1, lastTerm: 1 })));
  all.push(...replica.tick());
  const order = all.filter(({ to, type }) => to === "B" && type !== "AppendEntries").map(({ type }) => type);
  assert.deepEqual(order, ["InstallSnapshot", "TimeoutNow"]);
});

test("dissertation §3.10 during a transfer the leader takes no proposals and no changes", () => {
  const replica = leader();
  transfer(replica);
  const proposed = replica.node.propose(bytes("x"), replica.now);
  assert.equal(proposed.accepted ? "" : proposed.reason, "transferring");
  const changed = replica.node.proposeMembership([{ type: "add-voter", id: "D" }], replica.now);
  assert.equal(changed.accepted ? "" : changed.reason, "transferring");
});

test("dissertation §3.10 a lost TimeoutNow is sent again", () => {
  const replica = leader({ heartbeatTicks: 2 });
  transfer(replica);
  assert.deepEqual(only(replica.tick(1), "TimeoutNow"), []);
  assert.equal(only(replica.tick(1), "TimeoutNow").length, 1);
});

test("dissertation §3.10 after an election timeout the transfer is given up, and the leader serves again", () => {
  const replica = leader();
  replica.propose("never at B");
  transfer(replica);
  for (let tick = 0; tick < 9; tick++) settle(replica, replica.tick(), ["C"]);
  assert.equal(replica.node.propose(bytes("x"), replica.now).accepted, false);
  settle(replica, replica.tick(), ["C"]);
  replica.propose("y");
  assert.deepEqual(only(replica.tick(5), "TimeoutNow"), []);
});

test("dissertation §3.10 a dead target ends the transfer as well", () => {
  const replica = leader();
  for (let tick = 0; tick < 30; tick++) settle(replica, replica.tick(), ["C"]);
  transfer(replica);
  for (let tick = 0; tick < 10; tick++) settle(replica, replica.tick(), ["C"]);
  replica.propose("y");
});

test("dissertation §3.10 the target starts an election without waiting and without PreVote", () => {
  const target = new TestReplica({});
  target.step(append({ term: 1, entries: log([1]) }));
  const sent = target.step({ type: "TimeoutNow", from: "B", to: "A", term: 1 });
  assert.deepEqual(
    sent.map((message) => message.type),
    ["RequestVote", "RequestVote"],
  );
  assert.equal(
    only(sent, "RequestVote").every((message) => message.term === 2 && message.leadershipTransfer),
    true,
  );
});

test("dissertation §3.10 its request says that the leader itself wants it, so that voters do not protect the leader", () => {
  const voter = new TestReplica({});
  voter.step(append({ term: 1 }));
  const request = requestVote({ term: 2, from: "C", leadershipTransfer: true });
  assert.equal(one(voter.step(request), "RequestVoteResponse").voteGranted, true);
});

test("dissertation §3.10 the old leader votes for the target and follows it", () => {
  const replica = leader();
  transfer(replica);
  const request = requestVote({ term: 2, lastLogIndex: 1, lastLogTerm: 1, leadershipTransfer: true });
  assert.equal(one(replica.step(request), "RequestVoteResponse").voteGranted, true);
  replica.step(append({ term: 2, prevLogIndex: 1, prevLogTerm: 1, entries: log([2], 2) }));
  assert.deepEqual([replica.status.role, replica.status.leader], ["follower", "B"]);
});

test("dissertation §3.10 a target that fails tries again like everybody, with PreVote", () => {
  const target = new TestReplica({});
  target.step(append({ term: 1 }));
  target.step({ type: "TimeoutNow", from: "B", to: "A", term: 1 });
  const sent = target.tick(20);
  assert.equal(target.status.role, "pre-candidate");
  const { term } = target.status;
  assert.ok(only(sent, "PreVote").every((message) => message.term === term + 1));
  for (const from of ["B", "C"])
    target.step({ type: "PreVoteResponse", from, to: "A", term: term + 1, voteGranted: true });
  const again = only(target.tick(10), "RequestVote");
  assert.ok(again.every((message) => !message.leadershipTransfer));
});

test("dissertation §3.10 a TimeoutNow of an older term is ignored", () => {
  const target = new TestReplica({ past: pastOf([2]) });
  assert.deepEqual(target.step({ type: "TimeoutNow", from: "B", to: "A", term: 1 }), []);
  assert.equal(target.status.term, 2);
});

test("dissertation §3.10 a TimeoutNow that is not the leader's is ignored", () => {
  const target = new TestReplica({});
  target.step(append({ term: 1, from: "B" }));
  assert.deepEqual(target.step({ type: "TimeoutNow", from: "C", to: "A", term: 1 }), []);
});

test("dissertation §3.10 a doubled TimeoutNow starts one election", () => {
  const target = new TestReplica({});
  target.step(append({ term: 1 }));
  const timeoutNow = { type: "TimeoutNow", from: "B", to: "A", term: 1 } as const;
  target.step(timeoutNow);
  assert.deepEqual(target.step(timeoutNow), []);
  assert.equal(target.status.term, 2);
});

test("dissertation §3.10 a candidate, which is at it already, ignores TimeoutNow", () => {
  const candidate = new TestReplica({});
  candidate.campaign();
  candidate.step({ type: "PreVoteResponse", from: "B", to: "A", term: 1, voteGranted: true });
  assert.deepEqual(candidate.step({ type: "TimeoutNow", from: "B", to: "A", term: 1 }), []);
  assert.equal(candidate.status.term, 1);
});

test("dissertation §3.10 a learner never takes over", () => {
  const learner = new TestReplica({ id: "L", learners: ["L"] });
  learner.step(append({ term: 1, to: "L" }));
  assert.deepEqual(learner.step({ type: "TimeoutNow", from: "B", to: "L", term: 1 }), []);
  const replica = leader({ learners: ["L"] });
  for (const target of ["L", "A", "X"]) {
    const result = replica.node.transferLeadership(target, replica.now);
    assert.equal(result.accepted ? "" : result.reason, "not-a-voter");
  }
});

test("dissertation §3.10 there is one transfer at a time; the same wish again is the same transfer", () => {
  const replica = leader();
  transfer(replica, "B");
  const second = replica.node.transferLeadership("C", replica.now);
  assert.equal(second.accepted ? "" : second.reason, "transferring");
  assert.deepEqual(transfer(replica, "B"), []);
});

test("dissertation §3.10 only the leader can hand over", () => {
  const result = new TestReplica({}).node.transferLeadership("B", 0);
  assert.equal(result.accepted ? "" : result.reason, "not-leader");
});

test("dissertation §3.10 in thrifty mode, too, the target gets what it lacks without waiting for its turn", () => {
  const replica = leader({ voters: ["A", "B", "C", "D", "E"], replication: "thrifty", heartbeatTicks: 4 });
  const sent = only(settle(replica, replica.propose("x")), "AppendEntries");
  const left = ["B", "C", "D", "E"].find((id) => sent.every((message) => message.to !== id));
  assert.ok(left !== undefined);
  const all = settle(replica, transfer(replica, left));
  assert.equal(one(all, "TimeoutNow").to, left);
});
