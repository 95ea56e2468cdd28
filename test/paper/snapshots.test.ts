// §7: snapshots stand for the log before them, and are sent in chunks to followers that are too far behind.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type InstallSnapshot, membershipOf } from "../../src/raft/index.ts";
import { accepted, append, bytes, friendlyAnswer, log, one, only, pastOf, refused } from "./messages.ts";
import { elect, leader, type Setup, settle, TestReplica } from "./test-replica.ts";

const STATE = bytes("state of the machine");

function chunk(fields: Partial<InstallSnapshot> & { term: number }): InstallSnapshot {
  const snapshot = { lastIncludedIndex: 5, lastIncludedTerm: 2, membership: membershipOf(["A", "B", "C"]) };
  const place = { offset: 0, chunk: STATE, totalBytes: STATE.byteLength, sentAt: 0, round: 0 };
  return { type: "InstallSnapshot", from: "B", to: "A", ...snapshot, ...place, ...fields };
}

/** Leads, with `count` commands that only B acknowledged, and has compacted all of them but `keepEntries`. */
function leaderAheadOfC(
  count: number,
  { keepEntries = 0, ...setup }: Setup & { keepEntries?: number } = {},
): TestReplica {
  const replica = leader({ snapshotChunkBytesMax: 8, ...setup });
  for (let at = 0; at < count; at++) settle(replica, replica.propose(`command ${at}`), ["B"]);
  replica.node.compact({ index: replica.status.lastApplied, state: STATE, keepEntries });
  return replica;
}

/** C answers as a node that lost touch long ago: its log ends at index 1. */
function refusalOfC(replica: TestReplica) {
  const heartbeat = only(replica.tick(4), "AppendEntries").findLast((message) => message.to === "C");
  assert.ok(heartbeat !== undefined);
  return replica.step(refused(heartbeat, { lastIndex: 1, lastTerm: 1 }));
}

test("§7 a server may discard the log that its snapshot covers, and keeps what follows", () => {
  const replica = leader();
  settle(replica, replica.propose("x"));
  settle(replica, replica.propose("y"));
  replica.node.compact({ index: 2, state: STATE });
  assert.deepEqual([replica.status.firstIndex, replica.status.lastIndex], [3, 3]);
});

test("§7 only what has been applied may be compacted", () => {
  const replica = leader();
  replica.propose("not yet committed");
  assert.throws(() => replica.node.compact({ index: 2, state: STATE }), /only applied entries/);
});

test("§7 a snapshot older than the present one is not taken", () => {
  const replica = leader();
  settle(replica, replica.propose("x"));
  settle(replica, replica.propose("y"));
  replica.node.compact({ index: 3, state: STATE });
  replica.node.compact({ index: 2, state: STATE });
  assert.equal(replica.status.firstIndex, 4);
});

test("§7 the leader may keep some entries before its snapshot, so that slightly late followers need no snapshot", () => {
  const replica = leaderAheadOfC(5, { keepEntries: 5 });
  assert.equal(replica.status.firstIndex, 2);
  const next = one(refusalOfC(replica), "AppendEntries", "C");
  assert.equal(next.prevLogIndex, 1);
  assert.equal(next.entries.length, 5);
});

test("§7 the leader sends its snapshot when it has discarded the next entry a follower needs", () => {
  const replica = leaderAheadOfC(5);
  const first = one(refusalOfC(replica), "InstallSnapshot", "C");
  assert.deepEqual([first.lastIncludedIndex, first.lastIncludedTerm, first.offset], [6, 1, 0]);
  assert.equal(replica.status.progress.get("C")?.state, "snapshot");
});

test("§7 also when the follower's log has as many entries, of terms that the leader has overwritten", () => {
  const replica = new TestReplica({ past: pastOf([1, 1, 3, 3, 3], { commitIndex: 4 }) });
  replica.drain();
  replica.node.compact({ index: 4, state: STATE });
  const probe = one(elect(replica), "AppendEntries", "C");
  const answer = replica.step(refused(probe, { lastIndex: 5, lastTerm: 2 }));
  assert.equal(one(answer, "InstallSnapshot", "C").lastIncludedIndex, 4);
});

test("§7 chunks are sent in order, the next one when the last was taken", () => {
  const replica = leaderAheadOfC(5);
  const all = settle(replica, refusalOfC(replica), ["C"]);
  const chunks = only(all, "InstallSnapshot");
  assert.deepEqual(
    chunks.map((message) => message.offset),
    [0, 8, 16],
  );
  assert.deepEqual(Buffer.concat(chunks.map((message) => message.chunk)), Buffer.from(STATE));
});

test("§7 after the last chunk the leader goes on with the entries that follow the snapshot", () => {
  const replica = leaderAheadOfC(5);
  settle(replica, replica.propose("after the snapshot"), ["B"]);
  const all = settle(replica, refusalOfC(replica), ["C"]);
  const last = only(all, "AppendEntries")
    .filter((message) => message.to === "C")
    .at(-1);
  assert.equal(last?.prevLogIndex, 6);
  assert.deepEqual(replica.status.progress.get("C"), { matchIndex: 7, nextIndex: 8, state: "replicate", misses: 0 });
});

test("§7 a lost chunk is sent again", () => {
  const replica = leaderAheadOfC(5, { heartbeatTicks: 4, resendTicks: 2 });
  const first = one(replica.tick(2), "InstallSnapshot", "C");
  const again = one(replica.tick(2), "InstallSnapshot", "C");
  assert.deepEqual([again.offset, again.chunk], [first.offset, first.chunk]);
});

test("§7 a follower that restarted in the middle gets the snapshot from its beginning", () => {
  const replica = leaderAheadOfC(5);
  const first = one(refusalOfC(replica), "InstallSnapshot", "C");
  const second = one(replica.step(friendlyAnswer(first) ?? first), "InstallSnapshot", "C");
  const answer = friendlyAnswer({ ...second, chunk: bytes(""), offset: 0 }) ?? second;
  assert.equal(one(replica.step(answer), "InstallSnapshot", "C").offset, 0);
});

test("§7 a doubled answer does not double the stream of chunks", () => {
  const replica = leaderAheadOfC(5);
  const first = one(refusalOfC(replica), "InstallSnapshot", "C");
  const answer = friendlyAnswer(first) ?? first;
  assert.equal(only(replica.step(answer), "InstallSnapshot").length, 1);
  assert.equal(only(replica.step(answer), "InstallSnapshot").length, 0);
});

test("§7 while a chunk is under way the heartbeats do not carry it again", () => {
  const replica = leaderAheadOfC(5);
  refusalOfC(replica);
  assert.equal(one(replica.tick(), "InstallSnapshot", "C").chunk.byteLength, 0);
});

test("§7 a follower that is silent for long gets empty chunks, and the next full one when it answers", () => {
  const replica = leaderAheadOfC(5);
  const all = refusalOfC(replica);
  for (let tick = 0; tick < 60; tick++) all.push(...settle(replica, replica.tick(), ["B"]));
  const chunks = only(all, "InstallSnapshot").slice(-10);
  assert.ok(chunks.every((message) => message.chunk.byteLength === 0));
  const last = chunks.at(-1);
  assert.ok(last !== undefined);
  assert.equal(one(replica.step(friendlyAnswer(last) ?? last), "InstallSnapshot", "C").chunk.byteLength, 8);
});

test("§7 what a follower says about its log, or about another snapshot, meanwhile does not end the snapshot", () => {
  const replica = leaderAheadOfC(5);
  const probe = one(replica.tick(), "AppendEntries", "C");
  const zeroth = one(replica.step(refused(probe, { lastIndex: 1, lastTerm: 1 })), "InstallSnapshot", "C");
  const first = one(replica.step(friendlyAnswer(zeroth) ?? zeroth), "InstallSnapshot", "C");
  assert.deepEqual(replica.step(refused(probe, { lastIndex: 1, lastTerm: 1 })), []);
  assert.deepEqual(replica.step(friendlyAnswer({ ...first, lastIncludedIndex: 3 }) ?? first), []);
  const others = only(replica.step(accepted(probe, { matchIndex: 2 })), "InstallSnapshot");
  assert.ok(others.every((message) => message.offset === first.offset));
  assert.equal(replica.status.progress.get("C")?.state, "snapshot");
  assert.equal(one(replica.step(friendlyAnswer(first) ?? first), "InstallSnapshot", "C").offset, 16);
});

test("§7 a follower puts the chunks together and replaces its log by the snapshot", () => {
  const replica = new TestReplica({ past: pastOf([1, 1]) });
  const half = { chunk: STATE.subarray(0, 10) };
  const rest = { offset: 10, chunk: STATE.subarray(10) };
  assert.equal(one(replica.step(chunk({ term: 2, ...half })), "InstallSnapshotResponse").nextOffset, 10);
  const answer = one(replica.step(chunk({ term: 2, ...rest })), "InstallSnapshotResponse");
  assert.deepEqual([answer.done, answer.matchIndex], [true, 5]);
  assert.deepEqual(replica.disk.snapshot?.state, new Uint8Array(STATE));
  const { firstIndex, lastIndex, commitIndex, lastApplied } = replica.status;
  assert.deepEqual([firstIndex, lastIndex, commitIndex, lastApplied], [6, 5, 5, 5]);
});

test("§7 a chunk that does not continue what has arrived is not taken, and the answer says where to go on", () => {
  const replica = new TestReplica({});
  replica.step(chunk({ term: 2, chunk: STATE.subarray(0, 4) }));
  const doubled = one(replica.step(chunk({ term: 2, chunk: STATE.subarray(0, 4) })), "InstallSnapshotResponse");
  assert.deepEqual([doubled.done, doubled.nextOffset], [false, 4]);
  const early = one(replica.step(chunk({ term: 2, offset: 8, chunk: STATE.subarray(8) })), "InstallSnapshotResponse");
  assert.deepEqual([early.done, early.nextOffset], [false, 4]);
});

test("§7 chunks of different snapshots, or of different leaders, are never mixed", () => {
  const replica = new TestReplica({});
  replica.step(chunk({ term: 2, chunk: STATE.subarray(0, 4) }));
  const other = chunk({ term: 2, lastIncludedIndex: 6, offset: 4, chunk: STATE.subarray(4) });
  assert.equal(one(replica.step(other), "InstallSnapshotResponse").nextOffset, 0);
  replica.step(chunk({ term: 2, chunk: STATE.subarray(0, 4) }));
  const newLeader = chunk({ term: 3, from: "C", offset: 4, chunk: STATE.subarray(4) });
  assert.equal(one(replica.step(newLeader), "InstallSnapshotResponse").nextOffset, 0);
  assert.equal(replica.status.commitIndex, 0);
});

test("§7 chunks of snapshots of different sizes are not mixed either", () => {
  const replica = new TestReplica({});
  replica.step(chunk({ term: 2, chunk: STATE.subarray(0, 4) }));
  const other = chunk({ term: 2, offset: 4, chunk: STATE.subarray(4), totalBytes: 99 });
  assert.equal(one(replica.step(other), "InstallSnapshotResponse").nextOffset, 0);
});

test("§7 a candidate that receives a snapshot follows its sender, and a follower begins a new election timeout", () => {
  const replica = new TestReplica({ past: pastOf([1]) });
  replica.tick(20);
  replica.step(chunk({ term: 1, chunk: STATE.subarray(0, 4) }));
  assert.deepEqual([replica.status.role, replica.status.leader], ["follower", "B"]);
  assert.deepEqual(replica.tick(9), []);
});

test("§7 a snapshot that ends at the commit index is finished with its first chunk", () => {
  const replica = new TestReplica({ past: pastOf([1, 1, 2, 2, 2], { commitIndex: 5 }) });
  const answer = one(replica.step(chunk({ term: 2, chunk: STATE.subarray(0, 4) })), "InstallSnapshotResponse");
  assert.deepEqual([answer.done, answer.matchIndex], [true, 5]);
});

test("§7 a message that begins before the snapshot's end is taken from there on", () => {
  const replica = new TestReplica({});
  replica.step(chunk({ term: 2 }));
  const old = append({ term: 2, prevLogIndex: 3, prevLogTerm: 2, entries: log([2, 2, 2, 2], 4) });
  const answer = one(replica.step(old), "AppendEntriesResponse");
  assert.deepEqual([answer.success, answer.matchIndex], [true, 7]);
  assert.deepEqual(replica.disk.entries, log([2, 2], 6));
});

test("§7 a snapshot that ends at an entry the follower has keeps the entries after it", () => {
  const replica = new TestReplica({ past: pastOf([1, 1, 2, 2, 2, 2, 2]) });
  replica.step(chunk({ term: 2 }));
  assert.deepEqual([replica.status.lastIndex, replica.status.commitIndex], [7, 5]);
  assert.equal(replica.disk.snapshot, undefined);
  assert.equal(replica.applied.length, 5);
});

test("§7 entries that follow an entry of another term than the snapshot's are discarded with the rest", () => {
  const replica = new TestReplica({ past: pastOf([1, 1, 1, 1, 1, 1, 1]) });
  replica.step(chunk({ term: 2 }));
  assert.deepEqual([replica.status.firstIndex, replica.status.lastIndex], [6, 5]);
});

test("§7 a snapshot that is older than what is committed here is never loaded", () => {
  const replica = new TestReplica({ past: pastOf([1, 1, 2, 2, 2, 2, 2], { commitIndex: 6 }) });
  const answer = one(replica.step(chunk({ term: 2 })), "InstallSnapshotResponse");
  assert.deepEqual([answer.done, answer.matchIndex, replica.status.lastIndex], [true, 6, 7]);
  assert.equal(replica.disk.snapshot, undefined);
});

test("§7 the last term of the snapshot is not the follower's term", () => {
  const replica = new TestReplica({});
  replica.step(chunk({ term: 9 }));
  assert.equal(replica.status.term, 9);
});

test("§7 entries connect to the end of a snapshot", () => {
  const replica = new TestReplica({});
  replica.step(chunk({ term: 2 }));
  const next = append({ term: 2, prevLogIndex: 5, prevLogTerm: 2, entries: log([2], 6) });
  assert.equal(one(replica.step(next), "AppendEntriesResponse").success, true);
});

test("§7 after a restart a snapshot and the entries after it are enough", () => {
  const before = new TestReplica({});
  before.step(chunk({ term: 2 }));
  before.step(append({ term: 2, prevLogIndex: 5, prevLogTerm: 2, entries: log([2, 2], 6), leaderCommit: 6 }));
  const after = new TestReplica({ past: before.past });
  after.drain();
  assert.deepEqual([after.status.firstIndex, after.status.lastIndex, after.status.commitIndex], [6, 7, 6]);
  assert.deepEqual(
    after.applied.map((entry) => entry.index),
    [6],
  );
});

test("§7 a snapshot brings the membership of its last entry", () => {
  const replica = new TestReplica({ voters: [] });
  replica.step(chunk({ term: 2, membership: membershipOf(["A", "B", "D"]) }));
  assert.deepEqual(replica.status.membership.voters, ["A", "B", "D"]);
});

test("§7 a follower does not campaign before it has handed its new snapshot to the shell", () => {
  const replica = new TestReplica({});
  replica.node.step(chunk({ term: 2 }), 0);
  replica.node.campaign(10_000);
  assert.equal(replica.status.role, "follower");
});

test("§7 an acknowledgement that arrives during a snapshot, and reaches it, ends the snapshot", () => {
  const replica = leaderAheadOfC(5);
  const probe = one(replica.tick(), "AppendEntries", "C");
  replica.step(refused(probe, { lastIndex: 1, lastTerm: 1 }));
  replica.step(accepted(probe, { matchIndex: 6 }));
  assert.equal(replica.status.progress.get("C")?.state, "replicate");
});
