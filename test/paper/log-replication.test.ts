// §5.3: log replication, as a follower receives it and as a leader drives it.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AppendEntries, AppendEntriesResponse } from "../../src/raft/index.ts";
import { accepted, append, bytes, log, one, only, pastOf, refused } from "./messages.ts";
import { elect, leader, settle, TestReplica } from "./test-replica.ts";

function answerTo(replica: TestReplica, message: AppendEntries): AppendEntriesResponse {
  return one(replica.step(message), "AppendEntriesResponse");
}

function follower(terms: readonly number[], commitIndex = 0): TestReplica {
  const replica = new TestReplica({ past: pastOf(terms, { commitIndex }) });
  replica.drain();
  return replica;
}

test("§5.3 the leader appends a command and sends it to all followers at once", () => {
  const replica = leader();
  const sent = only(replica.propose("x"), "AppendEntries");
  assert.deepEqual(
    sent.map((message) => message.to),
    ["B", "C"],
  );
  const expected = [{ type: "command", command: bytes("x"), index: 2, term: 1 }];
  for (const message of sent) assert.deepEqual(message.entries, expected);
});

test("§5.3 the leader sends while its own write is under way", () => {
  const replica = leader();
  replica.node.propose(bytes("x"), replica.now);
  const ready = replica.node.ready();
  assert.equal(only(ready.messages, "AppendEntries").length, 2);
  assert.equal(ready.entries.length, 1);
});

test("§5.3 an entry is committed when a majority holds it", () => {
  const replica = leader({ voters: ["A", "B", "C", "D", "E"] });
  const [toB, toC] = only(replica.propose("x"), "AppendEntries");
  assert.ok(toB !== undefined && toC !== undefined);
  replica.step(accepted(toB));
  assert.equal(replica.status.commitIndex, 1);
  replica.step(accepted(toC));
  assert.equal(replica.status.commitIndex, 2);
});

test("§5.3 the leader counts itself only as far as its own log is durable", () => {
  const replica = leader();
  replica.node.propose(bytes("x"), replica.now);
  const ready = replica.node.ready();
  replica.node.step(accepted(one(ready.messages, "AppendEntries", "B")), replica.now);
  assert.equal(replica.status.commitIndex, 1, "one durable copy of three");
  replica.carryOut(ready);
  assert.equal(replica.status.commitIndex, 2);
});

test("§5.3 followers alone can be the majority while the leader's disk is behind", () => {
  const replica = leader();
  replica.node.propose(bytes("x"), replica.now);
  const ready = replica.node.ready();
  for (const message of only(ready.messages, "AppendEntries")) replica.node.step(accepted(message), replica.now);
  assert.equal(replica.status.commitIndex, 2);
  replica.carryOut(ready);
  replica.drain();
  assert.equal(replica.applied.at(-1)?.index, 2);
});

test("§5.3 committed entries are applied in the order of the log, each once", () => {
  const replica = leader();
  const sent = ["x", "y", "z"].map((text) => replica.propose(text));
  settle(replica, sent.flat().reverse());
  assert.deepEqual(
    replica.applied.map((entry) => entry.index),
    [1, 2, 3, 4],
  );
});

test("§5.3 the leader's commit index travels with the next message", () => {
  const replica = leader();
  settle(replica, replica.propose("x"));
  const next = only(replica.propose("y"), "AppendEntries");
  assert.deepEqual(
    next.map((message) => message.leaderCommit),
    [2, 2],
  );
});

test("§5.3 an idle follower hears of a commit without waiting for the next command", () => {
  const replica = leader();
  const after = replica.step(accepted(one(replica.propose("x"), "AppendEntries", "B")));
  assert.deepEqual(
    only(after, "AppendEntries").map((message) => message.leaderCommit),
    [2, 2],
  );
});

test("§5.3 a follower appends entries that connect to its log", () => {
  const replica = follower([1]);
  const answer = answerTo(replica, append({ term: 2, prevLogIndex: 1, prevLogTerm: 1, entries: log([2, 2], 2) }));
  assert.deepEqual([answer.success, answer.matchIndex], [true, 3]);
  assert.deepEqual(replica.terms, [1, 2, 2]);
});

test("§5.3 a follower refuses entries when it has no entry before them", () => {
  const replica = follower([1]);
  const answer = answerTo(replica, append({ term: 2, prevLogIndex: 3, prevLogTerm: 1, entries: log([2], 4) }));
  assert.deepEqual([answer.success, answer.matchIndex, answer.conflictIndex], [false, 3, 1]);
  assert.equal(replica.status.lastIndex, 1);
});

test("§5.3 a follower refuses entries when the one before them is of another term", () => {
  const replica = follower([1, 2]);
  const answer = answerTo(replica, append({ term: 3, prevLogIndex: 2, prevLogTerm: 1, entries: log([3], 3) }));
  assert.equal(answer.success, false);
  assert.deepEqual(replica.status.lastIndex, 2);
});

test("§5.3 entries that conflict are removed with all that follow", () => {
  const replica = follower([1, 1, 1, 1]);
  answerTo(replica, append({ term: 2, prevLogIndex: 1, prevLogTerm: 1, entries: log([2], 2) }));
  assert.deepEqual(replica.terms, [1, 2]);
});

test("§5.3 entries that agree are left alone: an old message removes nothing that was acknowledged since", () => {
  const replica = follower([]);
  const first = append({ term: 1, entries: log([1]) });
  answerTo(replica, append({ term: 1, entries: log([1, 1, 1]) }));
  answerTo(replica, first);
  answerTo(replica, append({ term: 1 }));
  assert.deepEqual(replica.terms, [1, 1, 1]);
});

test("§5.3 a doubled message changes nothing and is acknowledged again", () => {
  const replica = follower([]);
  const message = append({ term: 1, entries: log([1, 1]) });
  assert.deepEqual(answerTo(replica, message), answerTo(replica, message));
  assert.deepEqual(replica.terms, [1, 1]);
});

test("§5.3 an acknowledgement goes as far as the message, not as far as the log: the rest may be another leader's", () => {
  const replica = follower([1, 1, 1]);
  const answer = answerTo(replica, append({ term: 2, prevLogIndex: 1, prevLogTerm: 1 }));
  assert.equal(answer.matchIndex, 1);
});

test("§5.3 a follower commits what the leader has committed, but not beyond what the message has verified", () => {
  const replica = follower([1, 1, 1]);
  replica.step(append({ term: 2, prevLogIndex: 1, prevLogTerm: 1, leaderCommit: 3 }));
  assert.equal(replica.status.commitIndex, 1);
  replica.step(append({ term: 2, prevLogIndex: 1, prevLogTerm: 1, entries: log([2, 2], 2), leaderCommit: 2 }));
  assert.equal(replica.status.commitIndex, 2);
});

test("§5.3 the commit index never goes back", () => {
  const replica = follower([1, 1, 1], 3);
  replica.step(append({ term: 1, prevLogIndex: 3, prevLogTerm: 1, leaderCommit: 1 }));
  assert.equal(replica.status.commitIndex, 3);
});

test("§5.3 an old message that ends before the commit index is acknowledged up to it", () => {
  const replica = follower([1, 1, 1], 3);
  const answer = answerTo(replica, append({ term: 1, prevLogIndex: 0, entries: log([1]) }));
  assert.deepEqual([answer.success, answer.matchIndex], [true, 3]);
});

test("§5.3 a new leader assumes that followers have its whole log, and goes back when they refuse", () => {
  const replica = new TestReplica({ past: pastOf([1, 1, 1]) });
  const probe = one(elect(replica), "AppendEntries", "B");
  assert.equal(probe.prevLogIndex, 3);
  const next = one(replica.step(refused(probe, { lastIndex: 1, lastTerm: 1 })), "AppendEntries", "B");
  assert.deepEqual([next.prevLogIndex, next.prevLogTerm, next.entries.length], [1, 1, 3]);
});

test("§5.3 a refusal names the last index at which the logs could agree: a whole term is skipped in one step", () => {
  const replica = follower([1, 1, 4, 4, 4, 4, 4]);
  const answer = answerTo(replica, append({ term: 5, prevLogIndex: 6, prevLogTerm: 3 }));
  assert.deepEqual([answer.conflictIndex, answer.conflictTerm], [2, 1]);
});

test("§5.3 the leader, too, skips its own terms that the follower cannot have", () => {
  const replica = new TestReplica({ past: pastOf([1, 1, 3, 3, 3, 3]) });
  const probe = one(elect(replica), "AppendEntries", "B");
  const next = one(replica.step(refused(probe, { lastIndex: 6, lastTerm: 2 })), "AppendEntries", "B");
  assert.equal(next.prevLogIndex, 2);
});

test("§5.3 going back needs one refusal for each term that differs, not one for each entry", () => {
  const leaderTerms = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];
  for (const terms of [
    [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
    [1, 1, 1, 4, 4, 4, 4],
    [1, 1, 1],
    [],
    [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
  ]) {
    const replica = new TestReplica({ past: pastOf(leaderTerms, { currentTerm: 9 }) });
    const other = new TestReplica({ id: "B", past: pastOf(terms, { currentTerm: 9 }) });
    let refusals = 0;
    let inbox = only(elect(replica), "AppendEntries").filter((message) => message.to === "B");
    for (let message = inbox.shift(); message !== undefined; message = inbox.shift()) {
      const answer = one(other.step(message), "AppendEntriesResponse");
      if (!answer.success) refusals++;
      inbox = [...inbox, ...only(replica.step(answer), "AppendEntries").filter(({ to }) => to === "B")];
    }
    assert.deepEqual(other.terms, [...leaderTerms, 10]);
    assert.ok(refusals <= 3, `${refusals} refusals for ${terms.join()}`);
  }
});

test("§5.3 an old refusal of what has been acknowledged since is ignored", () => {
  const replica = leader();
  const [first, second] = [
    one(replica.propose("x"), "AppendEntries", "B"),
    one(replica.propose("y"), "AppendEntries", "B"),
  ];
  replica.step(accepted(first));
  replica.step(accepted(second));
  const before = replica.status.progress.get("B");
  replica.step(refused(second, { lastIndex: 1, lastTerm: 1 }));
  assert.deepEqual(replica.status.progress.get("B"), before);
});

test("§5.3 matchIndex never goes back on an old acknowledgement", () => {
  const replica = leader();
  const [first, second] = [
    one(replica.propose("x"), "AppendEntries", "B"),
    one(replica.propose("y"), "AppendEntries", "B"),
  ];
  replica.step(accepted(second));
  replica.step(accepted(first));
  assert.equal(replica.status.progress.get("B")?.matchIndex, 3);
});

test("§5.3 entries travel one after the other without waiting for answers", () => {
  const replica = leader();
  const sent = ["x", "y", "z"].map((text) => one(replica.propose(text), "AppendEntries", "B"));
  assert.deepEqual(
    sent.map((message) => message.prevLogIndex),
    [1, 2, 3],
  );
});

test("§5.3 the leader retries for ever: a lost message is sent again", () => {
  const replica = leader({ heartbeatTicks: 4, resendTicks: 3 });
  replica.propose("lost");
  assert.deepEqual(replica.tick(2), []);
  const again = one(replica.tick(1), "AppendEntries", "B");
  assert.equal(again.entries.length, 1);
});

test("§5.3 an answer to one message does not stop the wait for the next", () => {
  const replica = leader({ voters: ["A", "B", "C", "D", "E"], heartbeatTicks: 4, resendTicks: 2 });
  const first = one(replica.propose("x"), "AppendEntries", "B");
  replica.propose("lost");
  assert.deepEqual(replica.step(accepted(first)), []);
  const again = one(replica.tick(2), "AppendEntries", "B");
  assert.deepEqual([again.prevLogIndex, again.entries.length], [2, 1]);
});

test("§5.3 a doubled refusal brings one probe", () => {
  const replica = new TestReplica({ past: pastOf([1, 1, 1]) });
  const refusal = refused(one(elect(replica), "AppendEntries", "B"), { lastIndex: 1, lastTerm: 1 });
  assert.equal(replica.step(refusal).length, 1);
  assert.deepEqual(replica.step(refusal), []);
});

test("§5.3 a message refused because one before it was lost is sent again with that one", () => {
  const replica = leader();
  const lost = one(replica.propose("x"), "AppendEntries", "B");
  const arrived = one(replica.propose("y"), "AppendEntries", "B");
  const next = one(replica.step(refused(arrived, { lastIndex: 1, lastTerm: 1 })), "AppendEntries", "B");
  assert.deepEqual([next.prevLogIndex, next.entries.length], [lost.prevLogIndex, 2]);
});

test("§5.3 a refusal that was overtaken by news still leads to a resend in time", () => {
  // The second message overtook the first and was refused; the refusal comes after the first's acknowledgement.
  const replica = leader({ voters: ["A", "B"], heartbeatTicks: 4, resendTicks: 2 });
  const first = one(replica.propose("x"), "AppendEntries", "B");
  const second = one(replica.propose("y"), "AppendEntries", "B");
  replica.step(accepted(first));
  replica.step(refused(second, { lastIndex: 1, lastTerm: 1 }));
  settle(replica, replica.tick(2));
  assert.equal(replica.status.commitIndex, 3);
});

test("§5.3 a follower that is dead for long is sent heartbeats only, and everything when it answers", () => {
  const replica = leader({ resendTicks: 1 });
  for (let at = 0; at < 30; at++) settle(replica, replica.propose(`${at}`), ["B"]);
  for (let tick = 0; tick < 60; tick++) settle(replica, replica.tick(), ["B"]);
  const heartbeat = only(replica.tick(2), "AppendEntries").findLast((message) => message.to === "C");
  assert.ok(heartbeat !== undefined);
  assert.equal(heartbeat.entries.length, 0);
  const next = only(settle(replica, replica.step(accepted(heartbeat)), ["C"]), "AppendEntries");
  assert.equal(next.filter((message) => message.to === "C").flatMap((message) => message.entries).length, 30);
});

test("§5.3 a leader never removes or overwrites entries of its own log", () => {
  const replica = leader();
  for (const text of ["x", "y"]) replica.propose(text);
  const before = [...replica.disk.entries];
  replica.step(refused(append({ term: 1, from: "A", to: "B", prevLogIndex: 3 }), { lastIndex: 0, lastTerm: 0 }));
  settle(replica, replica.tick(5), ["C"]);
  assert.deepEqual(replica.disk.entries.slice(0, before.length), before);
});

test("§5.3 what was replaced before it was durable does not count as durable", () => {
  const replica = new TestReplica({});
  replica.node.step(append({ term: 1, entries: log([1, 1, 1]) }), 0);
  const old = replica.node.ready();
  replica.node.step(append({ term: 2, from: "C", entries: log([2]) }), 0);
  const present = replica.node.ready();
  assert.deepEqual(present.entries, log([2]));
  replica.carryOut(old);
  replica.carryOut(present);
  assert.deepEqual(replica.terms, [2]);
});
