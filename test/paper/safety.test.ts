// §5.4: safety. Who may be elected, and what may be called committed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accepted, append, log, one, only, pastOf, preVote, requestVote } from "./messages.ts";
import { elect, leader, settle, TestReplica } from "./test-replica.ts";

function votes(terms: readonly number[], end: { lastLogIndex: number; lastLogTerm: number }): boolean {
  const term = Math.max(0, ...terms, end.lastLogTerm) + 1;
  const voter = new TestReplica({ past: pastOf(terms), now: 0 });
  voter.now = 1_000;
  const asked = one(voter.step(preVote({ term, ...end })), "PreVoteResponse").voteGranted;
  const granted = one(voter.step(requestVote({ term, ...end })), "RequestVoteResponse").voteGranted;
  assert.equal(asked, granted, "the pre-vote says what the vote would be");
  return granted;
}

test("§5.4.1 a voter refuses a candidate whose last entry is of an earlier term, however long its log", () => {
  assert.equal(votes([1, 2], { lastLogIndex: 9, lastLogTerm: 1 }), false);
});

test("§5.4.1 a voter accepts a candidate whose last entry is of a later term, however short its log", () => {
  assert.equal(votes([1, 1, 1], { lastLogIndex: 1, lastLogTerm: 2 }), true);
});

test("§5.4.1 with the same last term the longer log is the newer one", () => {
  assert.equal(votes([1, 1], { lastLogIndex: 1, lastLogTerm: 1 }), false);
  assert.equal(votes([1, 1], { lastLogIndex: 2, lastLogTerm: 1 }), true);
  assert.equal(votes([1, 1], { lastLogIndex: 3, lastLogTerm: 1 }), true);
});

test("§5.4.1 a snapshot counts like the entries that it stands for", () => {
  const voter = new TestReplica({});
  const snapshot = { lastIncludedIndex: 5, lastIncludedTerm: 2, membership: voter.status.membership };
  const place = { offset: 0, chunk: new Uint8Array(1), totalBytes: 1, sentAt: 0, round: 0 };
  voter.step({ type: "InstallSnapshot", from: "B", to: "A", term: 2, ...snapshot, ...place });
  voter.now = 1_000;
  const vote = (end: { lastLogIndex: number; lastLogTerm: number }) =>
    one(voter.step(preVote({ term: 3, ...end })), "PreVoteResponse").voteGranted;
  assert.equal(vote({ lastLogIndex: 4, lastLogTerm: 2 }), false);
  assert.equal(vote({ lastLogIndex: 5, lastLogTerm: 2 }), true);
});

test("§5.4.1 a refused candidate costs the voter no vote: a better one can still have it", () => {
  const voter = new TestReplica({ past: pastOf([1, 1]) });
  voter.now = 1_000;
  assert.equal(one(voter.step(requestVote({ term: 2 })), "RequestVoteResponse").voteGranted, false);
  const better = requestVote({ term: 2, from: "C", lastLogIndex: 2, lastLogTerm: 1 });
  assert.equal(one(voter.step(better), "RequestVoteResponse").voteGranted, true);
});

test("§5.4.1 uncommitted entries count for the comparison like committed ones", () => {
  const voter = new TestReplica({ past: pastOf([1, 1], { commitIndex: 0 }) });
  voter.now = 1_000;
  const answer = one(voter.step(requestVote({ term: 2, lastLogIndex: 1, lastLogTerm: 1 })), "RequestVoteResponse");
  assert.equal(answer.voteGranted, false);
});

test("§5.4.2 an entry of an earlier term is not committed by counting replicas (Figure 8)", () => {
  const replica = new TestReplica({ voters: ["A", "B", "C", "D", "E"], past: pastOf([1, 2], { currentTerm: 3 }) });
  const first = only(elect(replica), "AppendEntries");
  for (const message of first) replica.step(accepted(message, { matchIndex: 2 }));
  assert.equal(replica.status.progress.get("B")?.matchIndex, 2);
  assert.equal(replica.status.commitIndex, 0);
});

test("§5.4.2 it is committed with the first entry of the leader's own term", () => {
  const replica = new TestReplica({ past: pastOf([1, 2], { currentTerm: 3 }) });
  settle(replica, elect(replica), ["B"]);
  assert.equal(replica.status.commitIndex, 3);
  assert.deepEqual(
    replica.applied.map((entry) => entry.term),
    [1, 2, 4],
  );
});

test("§5.4.2 entries keep their original term when a later leader replicates them", () => {
  const replica = new TestReplica({ past: pastOf([1, 2], { currentTerm: 3 }) });
  const probe = one(elect(replica), "AppendEntries", "B");
  const answer = accepted(probe, { success: false, matchIndex: 2, conflictIndex: 0, conflictTerm: 0 });
  const next = one(replica.step(answer), "AppendEntries", "B");
  assert.deepEqual(
    next.entries.map((entry) => entry.term),
    [1, 2, 4],
  );
});

test("§5.4.2 a follower commits entries of earlier terms when the leader says so", () => {
  const replica = new TestReplica({ past: pastOf([1, 2]) });
  replica.step(append({ term: 3, prevLogIndex: 2, prevLogTerm: 2, leaderCommit: 2 }));
  assert.equal(replica.status.commitIndex, 2);
});

test("§5.4.3 a majority that holds the entry keeps everybody without it from being elected", () => {
  const holders = ["A", "B"].map((id) => new TestReplica({ id, past: pastOf([1, 2], { commitIndex: 2 }) }));
  const granted = holders.map((holder) => {
    holder.now = 1_000;
    const request = requestVote({ term: 9, from: "C", to: holder.status.id, lastLogIndex: 1, lastLogTerm: 1 });
    return one(holder.step(request), "RequestVoteResponse").voteGranted;
  });
  assert.deepEqual(granted, [false, false]);
});

test("§5.4.3 committed entries are never removed: a leader that asks for it is a broken invariant", () => {
  const replica = new TestReplica({ past: pastOf([1, 1], { commitIndex: 2 }) });
  replica.drain();
  replica.step(append({ term: 2, prevLogIndex: 0, entries: log([1, 1, 2]) }));
  assert.deepEqual(replica.terms, [1, 1, 2]);
});

test("§5.4.3 a server applies only committed entries, and never one twice", () => {
  const replica = new TestReplica({});
  replica.step(append({ term: 1, entries: log([1, 1, 1]), leaderCommit: 1 }));
  replica.step(append({ term: 1, entries: log([1, 1, 1]), leaderCommit: 2 }));
  replica.step(append({ term: 1, entries: log([1, 1, 1]), leaderCommit: 2 }));
  assert.deepEqual(
    replica.applied.map((entry) => entry.index),
    [1, 2],
  );
});

test("§5.5 requests may arrive twice: an answered one is answered alike", () => {
  const replica = new TestReplica({});
  const request = requestVote({ term: 1 });
  assert.deepEqual(replica.step(request), replica.step(request));
  const entries = append({ term: 1, entries: log([1]) });
  const first = replica.step(entries);
  assert.deepEqual(replica.step(entries), first);
});

test("§5.5 a crashed follower is retried until it comes back, and then has everything", () => {
  const replica = leader();
  settle(replica, replica.propose("while C is down"), ["B"]);
  for (let tick = 0; tick < 40; tick++) settle(replica, replica.tick(), ["B"]);
  for (let tick = 0; tick < 4; tick++) settle(replica, replica.tick());
  assert.equal(replica.status.progress.get("C")?.matchIndex, 2);
});
