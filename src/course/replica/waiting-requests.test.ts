import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClientRequest } from "../protocol.ts";
import { WaitingRequests } from "./waiting-requests.ts";

test("requests are taken out in the order in which they came, once", () => {
  const waiting = new WaitingRequests();
  for (const MID of ["A", "B", "C"]) waiting.add(get(MID), 0);
  assert.deepEqual(mids(waiting.takeAll()), ["A", "B", "C"]);
  assert.deepEqual(waiting.takeAll(), []);
});

test("only what has waited since the moment or longer is due; the rest goes on waiting", () => {
  const waiting = new WaitingRequests();
  for (const [at, MID] of ["A", "B", "C"].entries()) waiting.add(get(MID), at * 100);
  assert.deepEqual(mids(waiting.takeSince(-1)), []);
  assert.deepEqual(mids(waiting.takeSince(100)), ["A", "B"]);
  assert.deepEqual(mids(waiting.takeSince(100)), []);
  assert.deepEqual(mids(waiting.takeAll()), ["C"]);
});

function get(MID: string): ClientRequest {
  return { src: "0015", dst: "0000", leader: "FFFF", type: "get", MID, key: "K" };
}

function mids(requests: readonly ClientRequest[]): string[] {
  return requests.map(({ MID }) => MID);
}
