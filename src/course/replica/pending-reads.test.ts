// Which gets the leader may serve, and when.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClientRequest } from "../protocol.ts";
import { PendingReads } from "./pending-reads.ts";

test("a get is served once its read index is applied, and only once", () => {
  const reads = pending({ A: 0, B: 0 });
  assert.deepEqual(mids(reads.takeServable(5)), []);
  reads.confirm("B");
  assert.deepEqual(mids(reads.takeServable(5)), ["B"]);
  assert.deepEqual(mids(reads.takeServable(5)), []);
});

test("nor before the store has reached what somebody may have answered when the get came", () => {
  const reads = pending({ A: 6 });
  reads.confirm("A");
  assert.deepEqual(mids(reads.takeServable(5)), []);
  assert.deepEqual(mids(reads.takeServable(6)), ["A"]);
});

test("one that was refused, or taken back, is forgotten", () => {
  const reads = pending({ A: 0, B: 0, C: 0 });
  reads.remove("A");
  assert.deepEqual(mids(reads.takeAll()), ["B", "C"]);
  for (const MID of ["A", "B", "C"]) reads.confirm(MID);
  assert.deepEqual(reads.takeServable(5), []);
});

function pending(notBefore: Readonly<Record<string, number>>): PendingReads {
  const reads = new PendingReads();
  for (const [MID, index] of Object.entries(notBefore)) {
    reads.add({ src: "0015", dst: "0000", leader: "0000", type: "get", MID, key: "K" }, { notBefore: index });
  }
  return reads;
}

function mids(requests: readonly ClientRequest[]): string[] {
  return requests.map(({ MID }) => MID);
}
