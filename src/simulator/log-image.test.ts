import assert from "node:assert/strict";
import test from "node:test";
import { type Entry, membershipOf } from "../raft/index.ts";
import { LogImage } from "./log-image.ts";

const first = membershipOf(["n1"]);
const noOp = (index: number, term: number): Entry => ({ index, term, type: "no-op" });
const change = (index: number, ...voters: string[]): Entry => {
  return { index, term: 1, type: "membership", membership: membershipOf(voters) };
};

function imageOf(...entries: Entry[]): LogImage {
  const image = new LogImage(first);
  image.store({ snapshot: undefined, entries }, 0);
  return image;
}

test("hashes are equal exactly where everything up to there is equal", () => {
  const one = imageOf(noOp(1, 1), noOp(2, 1), noOp(3, 2));
  const other = imageOf(noOp(1, 1), noOp(2, 2), noOp(3, 2));
  assert.equal(one.hashAt(1), other.hashAt(1));
  assert.notEqual(one.hashAt(2), other.hashAt(2));
  assert.notEqual(one.hashAt(3), other.hashAt(3), "the same entry after another log");
  other.store({ snapshot: undefined, entries: [noOp(2, 1), noOp(3, 2)] }, 0);
  assert.equal(one.hashAt(3), other.hashAt(3));
});

test("entries replace what stands from the first one's index on, memberships too", () => {
  const image = imageOf(noOp(1, 1), change(2, "n1", "n2"), noOp(3, 1), change(4, "n1", "n2", "n3"));
  assert.deepEqual(image.membershipAt(4).voters, ["n1", "n2", "n3"]);
  assert.deepEqual(image.membershipAt(3).voters, ["n1", "n2"]);
  assert.deepEqual(image.membershipAt(1), first);
  image.store({ snapshot: undefined, entries: [noOp(3, 2)] }, 0);
  assert.deepEqual([image.lastIndex, image.lastTerm, image.lastChange], [3, 2, 2]);
  assert.deepEqual(image.membershipAt(3).voters, ["n1", "n2"]);
});

test("compaction changes nothing about what stays, nor does a copy share it", () => {
  const image = imageOf(noOp(1, 1), change(2, "n1", "n2"), noOp(3, 1), noOp(4, 1));
  const whole = image.copy();
  const membership = image.membershipAt(3);
  image.compactTo({ lastIncludedIndex: 3, lastIncludedTerm: 1, membership, state: new Uint8Array(0) });
  assert.deepEqual([image.baseIndex, image.lastIndex, image.entries.length], [3, 4, 1]);
  assert.deepEqual(
    [3, 4].map((index) => image.hashAt(index)),
    [3, 4].map((index) => whole.hashAt(index)),
  );
  assert.deepEqual(image.membershipAt(4).voters, ["n1", "n2"]);
  assert.equal(whole.entries.length, 4);
});

test("a snapshot replaces the whole log", () => {
  const image = imageOf(noOp(1, 1), noOp(2, 1));
  const snapshot = { lastIncludedIndex: 9, lastIncludedTerm: 3, membership: first, state: new Uint8Array(0) };
  image.store({ snapshot, entries: [noOp(10, 3)] }, 77);
  assert.deepEqual([image.baseIndex, image.lastIndex, image.hashAt(9), image.hashAt(2)], [9, 10, 77, undefined]);
});
