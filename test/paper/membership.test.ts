// §6 and dissertation §4: changes of the membership, one server at a time or through a joint configuration.
import assert from "node:assert/strict";
import { test } from "node:test";
import { changeMembership, type Entry, type MembershipChange, membershipOf } from "../../src/raft/index.ts";
import { accepted, append, log, one, only, pastOf, preVote, requestVote } from "./messages.ts";
import { elect, leader, settle, TestReplica } from "./test-replica.ts";

const FIVE = ["A", "B", "C", "D", "E"];

function change(replica: TestReplica, ...changes: MembershipChange[]) {
  const result = replica.node.proposeMembership(changes, replica.now);
  assert.equal(result.accepted, true, JSON.stringify(result));
  return replica.drain();
}

function membershipEntry(index: number, term: number, voters: readonly string[]): Entry {
  return { type: "membership", membership: membershipOf(voters), index, term };
}

const add = (id: string): MembershipChange => ({ type: "add-voter", id });
const remove = (id: string): MembershipChange => ({ type: "remove", id });
const demote = (id: string): MembershipChange => ({ type: "add-learner", id });

test("§6 a server uses the latest configuration in its log from the moment it is appended", () => {
  const replica = new TestReplica({});
  replica.step(append({ term: 1, entries: [membershipEntry(1, 1, ["A", "B"])] }));
  assert.deepEqual(replica.status.membership.voters, ["A", "B"]);
  assert.equal(replica.status.commitIndex, 0);
});

test("§6 the leader, too, uses a configuration at once", () => {
  const replica = leader();
  change(replica, add("D"));
  assert.deepEqual(replica.status.membership.voters, ["A", "B", "C", "D"]);
});

test("§6 when its entry is removed from the log, a configuration falls back to the one before", () => {
  const replica = new TestReplica({});
  replica.step(append({ term: 1, entries: [membershipEntry(1, 1, ["A", "B"]), membershipEntry(2, 1, ["A"])] }));
  replica.step(append({ term: 2, from: "C", prevLogIndex: 1, prevLogTerm: 1, entries: log([2], 2) }));
  assert.deepEqual(replica.status.membership.voters, ["A", "B"]);
  replica.step(append({ term: 3, from: "C", entries: log([3]) }));
  assert.deepEqual(replica.status.membership.voters, ["A", "B", "C"]);
});

test("§6 a restarted server finds the configuration in its log again", () => {
  const before = new TestReplica({});
  before.step(append({ term: 1, entries: [membershipEntry(1, 1, ["A", "D"])] }));
  assert.deepEqual(new TestReplica({ past: before.past }).status.membership.voters, ["A", "D"]);
});

test("§6 a configuration in a compacted part of the log stays in use", () => {
  const replica = leader();
  settle(replica, change(replica, add("D")));
  settle(replica, replica.propose("x"));
  replica.node.compact({ index: 3, state: new Uint8Array() });
  assert.deepEqual(replica.status.membership.voters, ["A", "B", "C", "D"]);
});

test("§6 a configuration after a compacted part of the log stays in use, too", () => {
  const replica = leader();
  settle(replica, replica.propose("x"));
  change(replica, add("D"));
  replica.node.compact({ index: 2, state: new Uint8Array() });
  assert.deepEqual(replica.status.membership.voters, ["A", "B", "C", "D"]);
});

test("§6 a joint configuration must be left before the next change", () => {
  const joint = { ...membershipOf(["A", "D"]), votersOutgoing: ["A", "B"] };
  assert.equal(changeMembership(joint, [add("E")]).ok, false);
});

test("dissertation §4.1 a change of one server goes without a joint configuration", () => {
  const result = changeMembership(membershipOf(["A", "B", "C"]), [add("D")]);
  assert.deepEqual(result, { ok: true, membership: membershipOf(["A", "B", "C", "D"]) });
});

test("§6 a change of several servers goes through a joint configuration", () => {
  const result = changeMembership(membershipOf(["A", "B", "C"]), [add("D"), remove("C")]);
  assert.ok(result.ok);
  assert.deepEqual(
    [result.membership.voters, result.membership.votersOutgoing],
    [
      ["A", "B", "D"],
      ["A", "B", "C"],
    ],
  );
});

test("dissertation §4.1 there is one change at a time", () => {
  const replica = leader();
  change(replica, add("D"));
  const second = replica.node.proposeMembership([add("E")], replica.now);
  assert.equal(second.accepted ? "" : second.reason, "change-in-progress");
});

test("dissertation §4.1 when a change is committed the next may begin", () => {
  const replica = leader();
  settle(replica, change(replica, add("D")));
  settle(replica, change(replica, add("E")));
  assert.deepEqual(replica.status.membership.voters, FIVE);
});

test("dissertation §4.1 a leader begins no change before it has committed an entry of its term", () => {
  const replica = new TestReplica({ past: pastOf([1], { commitIndex: 1 }) });
  const first = elect(replica);
  const early = replica.node.proposeMembership([add("D")], replica.now);
  assert.equal(early.accepted ? "" : early.reason, "term-not-committed");
  settle(replica, first);
  change(replica, add("D"));
});

test("dissertation §4.1 the majority that commits a change is one of the new configuration", () => {
  const replica = leader();
  const sent = change(replica, add("D"));
  replica.step(accepted(one(sent, "AppendEntries", "B")));
  assert.equal(replica.status.commitIndex, 1, "two of four are no majority");
  replica.step(accepted(one(sent, "AppendEntries", "C")));
  assert.equal(replica.status.commitIndex, 2);
});

test("§6 a joint configuration commits only with a majority of both halves", () => {
  const replica = leader();
  const sent = change(replica, add("D"), add("E"), remove("B"), remove("C"));
  for (const id of ["D", "E"]) replica.step(accepted(one(sent, "AppendEntries", id)));
  assert.equal(replica.status.commitIndex, 1, "a majority of the new half alone");
  replica.step(accepted(one(sent, "AppendEntries", "B")));
  assert.equal(replica.status.commitIndex, 2);
});

test("§6 the old half alone does not commit a joint configuration either", () => {
  const replica = leader();
  const sent = change(replica, add("D"), add("E"), remove("B"), remove("C"));
  for (const id of ["B", "C"]) replica.step(accepted(one(sent, "AppendEntries", id)));
  assert.equal(replica.status.commitIndex, 1);
});

test("§6 in a joint configuration an election needs both majorities", () => {
  const joint = { ...membershipOf(["A", "D", "E"]), votersOutgoing: ["A", "B", "C"] };
  const entry: Entry = { type: "membership", membership: joint, index: 1, term: 1 };
  const past = { entries: [entry], hardState: { currentTerm: 1, votedFor: undefined, commitIndex: 0 } };
  const newOnly = new TestReplica({ past });
  for (let tick = 0; tick < 40; tick++) settle(newOnly, newOnly.tick(), ["D", "E"]);
  assert.equal(newOnly.status.role, "pre-candidate");
  const both = new TestReplica({ past });
  elect(both, ["B", "D"]);
  assert.equal(both.status.role, "leader");
});

test("§6 in a joint configuration a leader that hears only one half steps down", () => {
  const replica = leader();
  change(replica, add("D"), add("E"), remove("B"), remove("C"));
  for (let tick = 0; tick < 12; tick++) settle(replica, replica.tick(), ["D", "E"]);
  assert.equal(replica.status.role, "follower");
});

test("§6 when the joint configuration is committed the leader appends the new one by itself", () => {
  const replica = leader();
  settle(replica, change(replica, add("D"), remove("C")));
  assert.deepEqual(replica.status.membership, membershipOf(["A", "B", "D"]));
  assert.equal(replica.status.commitIndex, 3);
});

test("§6 a new leader finishes the joint configuration that it finds, also an already committed one", () => {
  const joint = { ...membershipOf(["A", "B", "D"]), votersOutgoing: ["A", "B", "C"] };
  const entry: Entry = { type: "membership", membership: joint, index: 1, term: 1 };
  for (const commitIndex of [0, 1]) {
    const past: TestReplica["past"] = {
      entries: [entry],
      hardState: { currentTerm: 1, votedFor: undefined, commitIndex },
    };
    const replica = new TestReplica({ past });
    settle(replica, elect(replica));
    assert.deepEqual(replica.status.membership, membershipOf(["A", "B", "D"]));
  }
});

test("§6 a demoted voter keeps its vote until the joint configuration is left, and is a learner afterwards", () => {
  const replica = leader({ voters: FIVE });
  change(replica, demote("D"), remove("E"));
  assert.deepEqual(replica.status.membership.votersOutgoing, FIVE);
  settle(replica, replica.tick());
  assert.deepEqual(replica.status.membership, membershipOf(["A", "B", "C"], ["D"]));
});

test("§6 new servers join as learners: they receive the log and count in no majority", () => {
  const replica = leader({ voters: ["A", "B", "C"], learners: ["L"] });
  const sent = replica.propose("x");
  replica.step(accepted(one(sent, "AppendEntries", "L")));
  assert.equal(replica.status.commitIndex, 1);
  replica.step(accepted(one(sent, "AppendEntries", "C")));
  assert.equal(replica.status.commitIndex, 2);
});

test("§6 a learner does not campaign", () => {
  const learner = new TestReplica({ id: "L", learners: ["L"] });
  assert.deepEqual([...learner.tick(100), ...learner.campaign()], []);
});

test("dissertation §4.2.1 a learner answers requests for votes: it may be a voter that has not been told yet", () => {
  const learner = new TestReplica({ id: "L", learners: ["L"] });
  const answer = one(learner.step(requestVote({ term: 1, to: "L" })), "RequestVoteResponse");
  assert.equal(answer.voteGranted, true);
  assert.equal(one(learner.step(preVote({ term: 2, to: "L" })), "PreVoteResponse").voteGranted, true);
});

test("§6 a vote counts only if the candidate's configuration gives the voter one", () => {
  const replica = new TestReplica({ learners: ["L"] });
  replica.campaign();
  for (const from of ["L", "X"]) {
    replica.step({ type: "PreVoteResponse", from, to: "A", term: 1, voteGranted: true });
  }
  assert.equal(replica.status.role, "pre-candidate");
});

test("dissertation §4.2.1 a learner is promoted when it has caught up", () => {
  const replica = leader({ learners: ["L"] });
  settle(replica, change(replica, add("L")));
  assert.deepEqual(replica.status.membership, membershipOf(["A", "B", "C", "L"]));
});

test("dissertation §4.2.2 a leader that is being removed leads on, but does not count itself", () => {
  const replica = leader();
  const sent = change(replica, remove("A"));
  assert.equal(replica.status.role, "leader");
  replica.step(accepted(one(sent, "AppendEntries", "B")));
  assert.equal(replica.status.commitIndex, 1, "B alone is no majority of B and C");
  replica.step(accepted(one(sent, "AppendEntries", "C")));
  assert.equal(replica.status.commitIndex, 2);
});

test("dissertation §4.2.2 it steps down when its removal is committed, and tells the others of the commit", () => {
  const replica = leader();
  const all = settle(replica, change(replica, remove("A")));
  assert.equal(replica.status.role, "follower");
  assert.deepEqual(
    only(all, "AppendEntries")
      .filter((message) => message.leaderCommit === 2)
      .map((message) => message.to)
      .sort(),
    ["B", "C"],
  );
  assert.deepEqual([...replica.tick(100), ...replica.campaign()], []);
});

test("dissertation §4.2.2 a leader removed by a joint change steps down after the new configuration, not before", () => {
  const replica = leader();
  const all = settle(replica, change(replica, remove("A"), add("D")));
  const entries = only(all, "AppendEntries").flatMap((message) => message.entries);
  assert.deepEqual(
    entries.findLast((entry) => entry.type === "membership"),
    membershipEntry(3, 1, ["B", "C", "D"]),
  );
  assert.equal(replica.status.commitIndex, 3);
  assert.equal(replica.status.role, "follower");
});

test("§6 the commit of an earlier entry completes no change", () => {
  const removed = leader();
  const before = removed.propose("x");
  change(removed, remove("A"));
  for (const id of ["B", "C"]) removed.step(accepted(one(before, "AppendEntries", id)));
  assert.deepEqual([removed.status.commitIndex, removed.status.role], [2, "leader"]);

  const joint = leader();
  const earlier = joint.propose("x");
  change(joint, add("D"), remove("C"));
  for (const id of ["B", "C"]) joint.step(accepted(one(earlier, "AppendEntries", id)));
  assert.deepEqual([joint.status.commitIndex, joint.status.lastIndex], [2, 3]);
  assert.deepEqual(joint.status.membership.votersOutgoing, ["A", "B", "C"]);
});

test("dissertation §4.2.2 a server campaigns although its own removal stands in its log, until that is committed", () => {
  // A leads A and B, appends its own removal, and crashes. B's log is shorter, so B needs a vote that A cannot give it.
  const past = { entries: [...log([1]), membershipEntry(2, 1, ["B"])], hardState: pastOf([1]).hardState };
  const replica = new TestReplica({
    voters: ["A", "B"],
    past: { ...past, hardState: { currentTerm: 1, votedFor: undefined, commitIndex: 1 } },
  });
  const all = settle(replica, elect(replica));
  assert.ok(only(all, "AppendEntries").length > 0);
  assert.equal(replica.status.commitIndex, 3);
  assert.equal(replica.status.role, "follower");
});

test("dissertation §4.2.2 its own vote does not count then", () => {
  const past = {
    entries: [membershipEntry(1, 1, ["B", "C"])],
    hardState: { currentTerm: 1, votedFor: undefined, commitIndex: 0 },
  };
  const replica = new TestReplica({ past });
  for (let tick = 0; tick < 60; tick++) settle(replica, replica.tick(), ["B"]);
  assert.equal(replica.status.role, "pre-candidate");
  elect(replica, ["B", "C"]);
});

test("§6 a removed server hears once more, so that it learns of its removal, and is then forgotten", () => {
  const replica = leader();
  const all = settle(replica, change(replica, remove("C")));
  const last = only(all, "AppendEntries")
    .filter((message) => message.to === "C")
    .at(-1);
  assert.equal(last?.leaderCommit, 2);
  assert.deepEqual([...replica.status.progress.keys()], ["B"]);
  assert.deepEqual(
    replica.tick(5).filter((message) => message.to === "C"),
    [],
  );
});

test("§6 a removed server cannot disturb the cluster: nobody who hears the leader enters its term", () => {
  const member = new TestReplica({});
  member.step(append({ term: 1, entries: [membershipEntry(1, 1, ["A", "B"])] }));
  assert.deepEqual(member.step(requestVote({ term: 7, from: "C", lastLogIndex: 9, lastLogTerm: 1 })), []);
  assert.equal(member.status.term, 1);
});

test("§6 nor does the leader", () => {
  const replica = leader();
  assert.deepEqual(replica.step(requestVote({ term: 7, from: "X", lastLogIndex: 9, lastLogTerm: 6 })), []);
  assert.deepEqual(replica.step(preVote({ term: 7, from: "X", lastLogIndex: 9, lastLogTerm: 6 })), []);
  assert.deepEqual([replica.status.role, replica.status.term], ["leader", 1]);
});

test("§6 a change that makes no sense is refused in words", () => {
  const current = membershipOf(["A"], ["L"]);
  const refusals: MembershipChange[][] = [
    [],
    [remove("X")],
    [remove("A")],
    [add("A")],
    [add(""), add("B")],
    [add("B"), remove("B")],
  ];
  for (const changes of refusals) {
    const result = changeMembership(current, changes);
    assert.ok(!result.ok && result.reason.length > 0, JSON.stringify(changes));
  }
});

test("§6 only the leader takes a change", () => {
  const result = new TestReplica({}).node.proposeMembership([add("D")], 0);
  assert.equal(result.accepted ? "" : result.reason, "not-leader");
});
