import assert from "node:assert/strict";
import { test } from "node:test";
import { clientIds, isClientId, isReplicaId, parseDatagram, replicaIds } from "./protocol.ts";

const MID = "0123456789ABCDEF";

test("ids are four hex digits: replicas from 0000, clients from replicas + 16", () => {
  assert.deepEqual(replicaIds(5), ["0000", "0001", "0002", "0003", "0004"]);
  assert.deepEqual(clientIds(5), ["0015", "0016", "0017", "0018", "0019", "001A", "001B", "001C"]);
  assert.deepEqual(replicaIds(21).at(-1), "0014");
  assert.ok(isReplicaId("0004", 5) && !isReplicaId("0005", 5) && !isReplicaId("FFFF", 5));
  assert.ok(isClientId("0015", 5) && isClientId("001C", 5) && !isClientId("001D", 5) && !isClientId("0014", 5));
});

test("well-formed messages are told apart by destination and type", () => {
  assert.equal(kindOf({ dst: "FFFF", type: "hello" }), "hello");
  assert.equal(kindOf({ dst: "0001", type: "append", anything: [1, { deep: true }] }), "peer");
  assert.equal(kindOf({ dst: "FFFF", type: "append" }), "peer");
  assert.equal(kindOf({ dst: "0015", type: "ok", MID }), "answer");
  assert.equal(kindOf({ dst: "0015", type: "ok", MID, value: "v" }), "answer");
  assert.equal(kindOf({ dst: "0015", type: "redirect", MID }), "answer");
});

test("lower-case ids mean the same", () => {
  const parsed = parseDatagram(JSON.stringify({ src: "0000", dst: "001a", leader: "ffff", type: "fail", MID }), WORLD);
  assert.ok(parsed.kind === "answer");
  assert.equal(parsed.message.dst, "001A");
  assert.equal(parsed.message.leader, "FFFF");
});

for (const [name, text, reason] of [
  ["no JSON", "hello", /not JSON: hello/],
  ["a list", "[]", /not a JSON object/],
  ["null", "null", /not a JSON object/],
  ["no src", JSON.stringify({ dst: "FFFF", leader: "FFFF", type: "hello" }), /"src" is missing/],
  ["a short dst", message({ dst: "1" }), /"dst" is "1"; it must be a string of 4 hex digits/],
  ["a numeric leader", message({ leader: 0 }), /"leader" is 0/],
  ["no type", message({ type: undefined }), /"type" is missing/],
  ["a foreign src", message({ src: "0001" }), /"src" is "0001", but the sender is 0000/],
  ["an unknown dst", message({ dst: "0009" }), /"dst" is "0009", which is neither a replica nor a client/],
  ["a client's answer of no known type", message({ dst: "0015", type: "done", MID }), /only ok, fail and redirect/],
  ["an answer without MID", message({ dst: "0015", type: "ok" }), /"MID" is missing/],
  ["an answer with a value that is no text", message({ dst: "0015", type: "ok", MID, value: 7 }), /"value" is 7/],
] as const) {
  test(`incorrect: ${name}`, () => {
    const parsed = parseDatagram(text, WORLD);
    assert.ok(parsed.kind === "incorrect", JSON.stringify(parsed));
    assert.match(parsed.reason, reason);
  });
}

const WORLD = { from: "0000", replicas: 5 };

function message(fields: object): string {
  return JSON.stringify({ src: "0000", dst: "0001", leader: "FFFF", type: "append", ...fields });
}

function kindOf(fields: object): string {
  return parseDatagram(message(fields), WORLD).kind;
}
