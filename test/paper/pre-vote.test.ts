// Dissertation §9.6 (PreVote) and §6.2 (CheckQuorum): nobody disturbs a leader that works, and a leader that does not steps down.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accepted, append, log, one, only, pastOf, preVote, requestVote } from "./messages.ts";
import { leader, settle, TestReplica } from "./test-replica.ts";

test("dissertation §9.6 a server asks whether it could win before it increments its term", () => {
  const replica = new TestReplica({ past: pastOf([1]) });
  const asked = only(replica.tick(20), "PreVote");
  assert.deepEqual([...new Set(asked.map((message) => message.term))], [2]);
  assert.deepEqual([replica.status.role, replica.status.term], ["pre-candidate", 1]);
  assert.deepEqual(replica.disk.hardState, { currentTerm: 1, votedFor: undefined, commitIndex: 0 });
});

test("dissertation §9.6 only when a majority would vote for it the election begins", () => {
  const replica = new TestReplica({ voters: ["A", "B", "C", "D", "E"] });
  replica.campaign();
  replica.step({ type: "PreVoteResponse", from: "B", to: "A", term: 1, voteGranted: true });
  assert.equal(replica.status.term, 0);
  const asked = replica.step({ type: "PreVoteResponse", from: "C", to: "A", term: 1, voteGranted: true });
  assert.equal(only(asked, "RequestVote").length, 4);
  assert.equal(replica.status.term, 1);
});

test("dissertation §9.6 a new pre-election begins without the answers to the one before", () => {
  const replica = new TestReplica({ voters: ["A", "B", "C", "D", "E"] });
  replica.tick(20);
  replica.step({ type: "PreVoteResponse", from: "B", to: "A", term: 1, voteGranted: true });
  const askedAgain = only(replica.tick(20), "PreVote").map((message) => message.to);
  assert.ok(askedAgain.includes("B"), "who granted before is asked anew");
  replica.step({ type: "PreVoteResponse", from: "C", to: "A", term: 1, voteGranted: true });
  assert.deepEqual([replica.status.role, replica.status.term], ["pre-candidate", 0]);
});

test("dissertation §9.6 a server that is cut off asks for ever and never raises its term", () => {
  const replica = new TestReplica({ past: pastOf([1]) });
  replica.tick(200);
  assert.deepEqual([replica.status.role, replica.status.term], ["pre-candidate", 1]);
});

test("dissertation §9.6 an answer to a pre-vote changes nothing in the voter", () => {
  const voter = new TestReplica({ past: pastOf([1]) });
  voter.now = 1_000;
  const before = voter.status;
  assert.equal(one(voter.step(preVote({ term: 7, lastLogIndex: 1, lastLogTerm: 1 })), "PreVoteResponse").term, 7);
  assert.deepEqual(voter.status, before);
  assert.deepEqual(voter.disk.hardState, { currentTerm: 1, votedFor: undefined, commitIndex: 0 });
});

test("dissertation §9.6 pre-votes are not votes: a server may grant several in one term", () => {
  const voter = new TestReplica({});
  for (const from of ["B", "C"]) {
    assert.equal(one(voter.step(preVote({ term: 1, from })), "PreVoteResponse").voteGranted, true);
  }
  assert.equal(one(voter.step(requestVote({ term: 1, from: "C" })), "RequestVoteResponse").voteGranted, true);
});

test("dissertation §9.6 a pre-vote does not restart the election timer", () => {
  const voter = new TestReplica({});
  let campaigned = false;
  for (let tick = 0; tick < 30; tick++) {
    campaigned ||= only(voter.tick(), "PreVote").length > 0;
    voter.step(preVote({ term: 1 }));
  }
  assert.ok(campaigned);
});

test("dissertation §9.6 a pre-candidate that is behind learns the term from a refusal", () => {
  const replica = new TestReplica({ past: pastOf([1]) });
  replica.tick(20);
  replica.step({ type: "PreVoteResponse", from: "B", to: "A", term: 5, voteGranted: false });
  assert.deepEqual([replica.status.role, replica.status.term], ["follower", 5]);
  const asked = only(replica.tick(20), "PreVote");
  assert.deepEqual([...new Set(asked.map((message) => message.term))], [6]);
});

test("dissertation §9.6 a grant for another election than the present one does not count", () => {
  const replica = new TestReplica({ past: pastOf([1], { currentTerm: 3 }) });
  replica.tick(20);
  for (const term of [3, 5]) {
    replica.step({ type: "PreVoteResponse", from: "B", to: "A", term, voteGranted: true });
    assert.deepEqual([replica.status.role, replica.status.term], ["pre-candidate", 3]);
  }
});

test("dissertation §9.6 a pre-vote for a term that has begun already is refused, however new the log", () => {
  const voter = new TestReplica({ past: pastOf([1], { currentTerm: 3 }) });
  voter.now = 1_000;
  const answer = one(voter.step(preVote({ term: 3, lastLogIndex: 9, lastLogTerm: 2 })), "PreVoteResponse");
  assert.equal(answer.voteGranted, false);
});

test("dissertation §9.6 two pre-candidates grant each other's wish, so that one of them gets on", () => {
  const replica = new TestReplica({});
  replica.campaign();
  assert.equal(one(replica.step(preVote({ term: 1 })), "PreVoteResponse").voteGranted, true);
  assert.equal(replica.status.role, "pre-candidate");
});

test("dissertation §9.6 a pre-candidate goes back to following when the leader is heard again", () => {
  const replica = new TestReplica({});
  replica.step(append({ term: 1 }));
  replica.tick(20);
  assert.equal(replica.status.role, "pre-candidate");
  replica.step(append({ term: 1 }));
  assert.deepEqual([replica.status.role, replica.status.leader], ["follower", "B"]);
});

test("dissertation §9.6 a server that hears a leader does not answer a pre-vote", () => {
  const voter = new TestReplica({});
  voter.step(append({ term: 1, entries: log([1]) }));
  voter.now = 899;
  assert.deepEqual(voter.step(preVote({ term: 2, from: "C", lastLogIndex: 9, lastLogTerm: 1 })), []);
});

test("§6 a server that hears a leader ignores requests for votes, whatever their term", () => {
  const voter = new TestReplica({});
  voter.step(append({ term: 1 }));
  voter.now = 899;
  assert.deepEqual(voter.step(requestVote({ term: 9, from: "C" })), []);
  assert.deepEqual([voter.status.term, voter.status.leader], [1, "B"]);
});

test("§6 protection is judged by the clock: ticks that were missed during a pause do not prolong it", () => {
  const voter = new TestReplica({});
  voter.step(append({ term: 1 }));
  voter.now = 3_000;
  assert.equal(one(voter.step(requestVote({ term: 2, from: "C" })), "RequestVoteResponse").voteGranted, true);
});

test("§6 a new server, which has promised nothing yet, protects nobody", () => {
  const voter = new TestReplica({ now: 0 });
  assert.equal(one(voter.step(requestVote({ term: 1 })), "RequestVoteResponse").voteGranted, true);
});

test("dissertation §6.2 a leader that has not heard of a majority for an election timeout steps down", () => {
  const replica = leader();
  replica.tick(9);
  assert.equal(replica.status.role, "leader");
  replica.tick();
  assert.deepEqual([replica.status.role, replica.status.leader, replica.status.term], ["follower", undefined, 1]);
});

test("dissertation §6.2 a leader that hears of a majority stays, even if the others are dead", () => {
  const replica = leader({ voters: ["A", "B", "C", "D", "E"] });
  for (let tick = 0; tick < 50; tick++) settle(replica, replica.tick(), ["B", "C"]);
  assert.equal(replica.status.role, "leader");
});

test("dissertation §6.2 refusals prove that a follower is there as well as acceptances do", () => {
  const replica = leader();
  for (let tick = 0; tick < 50; tick++) {
    const message = only(replica.tick(), "AppendEntries").find(({ to }) => to === "B");
    if (message !== undefined)
      replica.step(accepted(message, { success: false, conflictIndex: 1, conflictTerm: 1, matchIndex: 9 }));
  }
  assert.equal(replica.status.role, "leader");
});

test("dissertation §6.2 learners do not keep a leader in office", () => {
  const replica = leader({ learners: ["L", "M"] });
  for (let tick = 0; tick < 12; tick++) settle(replica, replica.tick(), ["L", "M"]);
  assert.equal(replica.status.role, "follower");
});

test("dissertation §6.2 a single voter is its own majority", () => {
  const replica = leader({ voters: ["A"] });
  replica.tick(100);
  assert.equal(replica.status.role, "leader");
});

test("dissertation §6.2 after stepping down it tells clients that it knows no leader, and campaigns later with PreVote", () => {
  const replica = leader();
  replica.tick(10);
  const refusal = replica.node.propose(new Uint8Array(), replica.now);
  assert.deepEqual(refusal, { accepted: false, reason: "not-leader", leader: undefined });
  assert.deepEqual(replica.tick(9), []);
  assert.ok(only(replica.tick(10), "PreVote").length > 0);
  assert.equal(replica.status.term, 1);
});

test("dissertation §6.2 a stuck server of a higher term is no trap: its refusal reaches the leader, which steps down", () => {
  const replica = leader();
  const heartbeat = one(replica.tick(), "AppendEntries", "C");
  const stuck = new TestReplica({ id: "C", past: pastOf([], { currentTerm: 8 }) });
  const answer = one(stuck.step(heartbeat), "AppendEntriesResponse");
  replica.step(answer);
  assert.deepEqual([replica.status.role, replica.status.term], ["follower", 8]);
  assert.ok(only(replica.tick(30), "PreVote").some((message) => message.term === 9));
});
