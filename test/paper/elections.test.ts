// §5.2: leader election.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accepted, append, log, one, only, pastOf, requestVote } from "./messages.ts";
import { elect, leader, settle, TestReplica } from "./test-replica.ts";

const FIVE = ["A", "B", "C", "D", "E"];

function candidate(voters: readonly string[] = FIVE): TestReplica {
  const replica = new TestReplica({ voters });
  settleVotes(replica, "PreVoteResponse", voters.slice(1));
  assert.equal(replica.status.role, "candidate");
  return replica;
}

function settleVotes(replica: TestReplica, type: "PreVoteResponse" | "RequestVoteResponse", from: readonly string[]) {
  if (type === "PreVoteResponse") replica.campaign();
  for (const id of from) replica.step({ type, from: id, to: "A", term: 1, voteGranted: true });
}

test("§5.2 servers start as followers", () => {
  assert.equal(new TestReplica({}).status.role, "follower");
  assert.equal(new TestReplica({ past: pastOf([1, 2]) }).status.role, "follower");
});

test("§5.2 a follower that hears from a leader stays a follower", () => {
  const replica = new TestReplica({});
  for (let tick = 0; tick < 100; tick++) {
    replica.tick();
    replica.step(append({ term: 1 }));
  }
  assert.deepEqual([replica.status.role, replica.status.leader], ["follower", "B"]);
});

test("§5.2 a follower that hears nothing for its election timeout starts an election", () => {
  const replica = new TestReplica({});
  assert.deepEqual(replica.tick(9), []);
  replica.tick(10);
  assert.notEqual(replica.status.role, "follower");
});

test("§5.2 hearing from the leader begins a whole new election timeout", () => {
  const replica = new TestReplica({});
  for (let tick = 0; tick < 15; tick++) {
    replica.step(append({ term: 1 }));
    replica.tick();
  }
  replica.step(append({ term: 1 }));
  assert.deepEqual(replica.tick(9), []);
});

test("§5.2 election timeouts are drawn anew from an interval of the election timeout and twice that", () => {
  const timeouts = new Set<number>();
  for (let seed = 0; seed < 200; seed++) {
    const replica = new TestReplica({ seed });
    for (let ticks = 1; ticks <= 20; ticks++) {
      replica.tick();
      if (replica.status.role === "follower") continue;
      timeouts.add(ticks);
      break;
    }
  }
  assert.deepEqual(
    [...timeouts].sort((a, b) => a - b),
    [10, 11, 12, 13, 14, 15, 16, 17, 18, 19],
  );
});

test("§5.2 one server draws different timeouts one after the other", () => {
  const replica = new TestReplica({});
  const waits = new Set<number>();
  for (let election = 0; election < 10; election++) {
    let ticks = 1;
    while (only(replica.tick(), "PreVote").length === 0 || replica.status.role === "follower") ticks++;
    waits.add(ticks);
  }
  assert.ok(waits.size > 2);
});

test("§5.2 a candidate increments its term, votes for itself and asks all other voters", () => {
  const replica = new TestReplica({ past: pastOf([1, 2]), now: 0 });
  const asked = settle(replica, replica.tick(20)).filter((message) => message.type === "RequestVote");
  assert.deepEqual(
    asked.map(({ to, term, lastLogIndex, lastLogTerm }) => [to, term, lastLogIndex, lastLogTerm]),
    [
      ["B", 3, 2, 2],
      ["C", 3, 2, 2],
    ],
  );
  assert.equal(replica.status.votedFor, "A");
});

test("§5.2 a candidate that a majority votes for becomes the leader", () => {
  const replica = candidate();
  settleVotes(replica, "RequestVoteResponse", ["B"]);
  assert.equal(replica.status.role, "candidate");
  settleVotes(replica, "RequestVoteResponse", ["C"]);
  assert.deepEqual([replica.status.role, replica.status.leader], ["leader", "A"]);
});

test("§5.2 one voter's vote counts once, however often it arrives", () => {
  const replica = candidate();
  settleVotes(replica, "RequestVoteResponse", ["B", "B", "B", "B"]);
  assert.equal(replica.status.role, "candidate");
});

test("§5.2 a candidate that a majority refuses goes back to following", () => {
  const replica = candidate();
  for (const from of ["B", "C", "D"]) {
    replica.step({ type: "RequestVoteResponse", from, to: "A", term: 1, voteGranted: false });
  }
  assert.deepEqual([replica.status.role, replica.status.term], ["follower", 1]);
});

test("§5.2 a vote outweighs an older refusal of the same voter that overtook it", () => {
  const replica = candidate(["A", "B", "C", "D"]);
  const answer = { type: "RequestVoteResponse", to: "A", term: 1 } as const;
  replica.step({ ...answer, from: "B", voteGranted: false });
  replica.step({ ...answer, from: "B", voteGranted: true });
  replica.step({ ...answer, from: "B", voteGranted: false });
  replica.step({ ...answer, from: "C", voteGranted: true });
  assert.equal(replica.status.role, "leader");
});

test("§5.2 a leader tells everybody at once", () => {
  const replica = new TestReplica({ voters: FIVE, learners: ["L"] });
  assert.deepEqual(
    only(elect(replica), "AppendEntries").map((message) => message.to),
    ["B", "C", "D", "E", "L"],
  );
});

test("§5.2 a leader sends heartbeats in idle periods", () => {
  const replica = leader({ heartbeatTicks: 3 });
  assert.deepEqual(replica.tick(2), []);
  const heartbeats = only(replica.tick(), "AppendEntries");
  assert.deepEqual(
    heartbeats.map((message) => [message.to, message.entries.length]),
    [
      ["B", 0],
      ["C", 0],
    ],
  );
});

test("§5.2 a follower that was just sent entries needs no heartbeat", () => {
  const replica = leader({ heartbeatTicks: 3 });
  replica.tick(2);
  settle(replica, replica.propose("x"));
  assert.deepEqual(replica.tick(2), []);
});

test("§5.2 a candidate that hears a leader of its own term follows it", () => {
  const replica = candidate();
  replica.step(append({ term: 1, from: "C" }));
  assert.deepEqual([replica.status.role, replica.status.leader], ["follower", "C"]);
});

test("§5.2 a candidate ignores a leader of an older term and stays a candidate", () => {
  const replica = candidate();
  replica.step(append({ term: 0, from: "C" }));
  assert.equal(replica.status.role, "candidate");
});

test("§5.2 when votes are split nobody wins, and the candidate tries again after another timeout", () => {
  const replica = candidate();
  const again = replica.tick(20);
  assert.equal(replica.status.role, "pre-candidate");
  assert.ok(only(again, "PreVote").some((message) => message.term === 2));
});

test("§5.2 a server votes for at most one candidate in a term, first come first served", () => {
  const replica = new TestReplica({});
  const vote = (from: string) => one(replica.step(requestVote({ term: 1, from })), "RequestVoteResponse").voteGranted;
  assert.deepEqual([vote("B"), vote("C"), vote("B")], [true, false, true]);
});

test("§5.2 a candidate does not vote for another candidate of its term", () => {
  const replica = candidate();
  assert.equal(one(replica.step(requestVote({ term: 1, lastLogIndex: 9 })), "RequestVoteResponse").voteGranted, false);
});

test("§5.2 a leader does not vote in its own term", () => {
  const replica = leader();
  const answer = one(replica.step(requestVote({ term: 1, lastLogIndex: 9, lastLogTerm: 1 })), "RequestVoteResponse");
  assert.equal(answer.voteGranted, false);
  assert.equal(replica.status.role, "leader");
});

test("§5.2 a follower of a term's leader votes for nobody else in that term", () => {
  const replica = new TestReplica({});
  replica.step(append({ term: 1, from: "C" }));
  assert.equal(one(replica.step(requestVote({ term: 1 })), "RequestVoteResponse").voteGranted, false);
});

test("§5.2 granting a vote restarts the election timer, refusing one does not", () => {
  for (const granting of [true, false]) {
    const replica = new TestReplica({ past: pastOf([1]) });
    const end = granting ? { lastLogIndex: 1, lastLogTerm: 1 } : {};
    let campaigned = false;
    for (let term = 2; term < 50; term++) {
      campaigned ||= only(replica.tick(), "PreVote").length > 0;
      replica.step(requestVote({ term, ...end }));
    }
    assert.equal(campaigned, !granting);
  }
});

test("§5.2 at most one leader a term: a second one is a broken invariant, and the replica stops", () => {
  const follower = new TestReplica({});
  follower.step(append({ term: 1, from: "B" }));
  assert.throws(() => follower.step(append({ term: 1, from: "C" })), /follow one leader/);
  assert.throws(() => leader().step(append({ term: 1, from: "C" })), /at most one leader/);
});

test("§5.2 a vote that comes after the election is over changes nothing", () => {
  const replica = leader();
  const before = replica.status;
  replica.step({ type: "RequestVoteResponse", from: "C", to: "A", term: 1, voteGranted: true });
  replica.step({ type: "PreVoteResponse", from: "C", to: "A", term: 1, voteGranted: true });
  assert.deepEqual(replica.status, before);
});

test("§5.2 a candidate asks again those that have not answered", () => {
  const replica = candidate(["A", "B", "C"]);
  replica.step({ type: "RequestVoteResponse", from: "B", to: "A", term: 1, voteGranted: false });
  const asked = only(replica.tick(5), "RequestVote");
  assert.deepEqual(
    asked.map((message) => [message.to, message.term]),
    [["C", 1]],
  );
});

test("§5.2 a deposed leader's waiting entries stay in its log until a new leader says otherwise", () => {
  const replica = leader();
  replica.propose("x");
  replica.step(append({ term: 2, prevLogIndex: 1, prevLogTerm: 1 }));
  assert.equal(replica.status.lastIndex, 2);
  replica.step(append({ term: 2, prevLogIndex: 1, prevLogTerm: 1, entries: log([2], 2) }));
  assert.deepEqual(replica.terms, [1, 2]);
});

test("§5.2 a follower redirects clients to the leader it knows", () => {
  const replica = new TestReplica({});
  replica.step(append({ term: 1, from: "C" }));
  const refusal = replica.node.propose(new Uint8Array(), 0);
  assert.deepEqual(refusal, { accepted: false, reason: "not-leader", leader: "C" });
});

test("§5.2 answers of the peers count for the leader only while it leads", () => {
  const replica = leader();
  const sent = one(replica.propose("x"), "AppendEntries", "B");
  replica.step(append({ term: 2, from: "C" }));
  replica.step(accepted(sent));
  assert.equal(replica.status.commitIndex, 1);
});
