// What travels must arrive unchanged, and whatever else arrives must be refused, not believed and not fatal.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Entry, Message } from "../../raft/index.ts";
import type { JsonObject } from "../protocol.ts";
import { decodeEntry, decodeMembership, decodeMessage, encodeEntry, encodeMessage } from "./raft-codec.ts";

const seed = Number(process.env["KEELSON_SEED"] ?? 20260718);
const replay = { seed, numRuns: 300 };

const from = "0003";
const to = "0001";
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const id = fc.constantFrom("0000", "0001", "0002");
const ids = fc.array(id, { maxLength: 5 });
const plain = { noNullPrototype: true };
const membership = fc.record({ voters: ids, votersOutgoing: ids, learners: ids, learnersNext: ids }, plain);
const place = { index: count, term: count };
const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({ ...place, type: fc.constant("no-op" as const) }, plain),
  fc.record({ ...place, type: fc.constant("command" as const), command: fc.uint8Array() }, plain),
  fc.record({ ...place, type: fc.constant("membership" as const), membership }, plain),
);
// JSON has no negative zero, and no clock gives one.
const clock = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const common = { from: fc.constant(from), to: fc.constant(to), term: count };
const proof = { sentAt: clock, round: count };
const vote = { lastLogIndex: count, lastLogTerm: count };

/** Every type of message; a new type without a line here is a type error. */
const messages: { readonly [Type in Message["type"]]: fc.Arbitrary<Extract<Message, { type: Type }>> } = {
  PreVote: record("PreVote", vote),
  PreVoteResponse: record("PreVoteResponse", { voteGranted: fc.boolean() }),
  RequestVote: record("RequestVote", { ...vote, leadershipTransfer: fc.boolean() }),
  RequestVoteResponse: record("RequestVoteResponse", { voteGranted: fc.boolean() }),
  TimeoutNow: record("TimeoutNow", {}),
  AppendEntries: record("AppendEntries", {
    ...proof,
    prevLogIndex: count,
    prevLogTerm: count,
    entries: fc.array(entry, { maxLength: 4 }),
    leaderCommit: count,
    replyWanted: fc.boolean(),
  }),
  AppendEntriesResponse: record("AppendEntriesResponse", {
    ...proof,
    success: fc.boolean(),
    matchIndex: count,
    conflictIndex: count,
    conflictTerm: count,
  }),
  InstallSnapshot: record("InstallSnapshot", {
    ...proof,
    lastIncludedIndex: count,
    lastIncludedTerm: count,
    membership,
    offset: count,
    chunk: fc.uint8Array(),
    totalBytes: count,
  }),
  InstallSnapshotResponse: record("InstallSnapshotResponse", {
    ...proof,
    lastIncludedIndex: count,
    nextOffset: count,
    done: fc.boolean(),
    matchIndex: count,
  }),
  ReadIndexRequest: record("ReadIndexRequest", { context: fc.string({ unit: "binary" }) }),
  ReadIndexResponse: record("ReadIndexResponse", { context: fc.string({ unit: "binary" }), readIndex: count }),
};

for (const [type, message] of Object.entries(messages)) {
  test(`${type} arrives as it was sent`, () => {
    fc.assert(
      fc.property(message, (sent) => assert.deepEqual(arrived(sent), sent)),
      replay,
    );
  });

  test(`${type} with any field missing or of a wrong kind is refused`, () => {
    const wrong: readonly unknown[] = [
      undefined,
      null,
      -1,
      0.5,
      1e300,
      2 ** 53,
      [],
      {},
      "\u{1F600}",
      [null],
      { voters: "0" },
    ];
    fc.assert(
      fc.property(message, fc.constantFrom(...wrong), fc.nat(), (sent, value, at) => {
        const datagram = onTheWire(sent);
        const names = Object.keys(datagram).filter((name) => !["src", "dst", "type"].includes(name));
        const name = names[at % names.length] ?? "term";
        const isFine = fits(name, value);
        const decoded = decodeMessage({ ...datagram, [name]: value } as never);
        assert.equal(decoded === undefined, !isFine, `${name}: ${JSON.stringify(value)}`);
      }),
      replay,
    );
  });
}

test("whatever JSON arrives, with whatever type: it is refused or understood, and nothing is thrown", () => {
  const types = [...Object.keys(messages), "__proto__", "constructor", "toString", "hasOwnProperty", "", "hello"];
  const fields = fc.dictionary(fc.constantFrom("__proto__", "term", "entries", "round", "membership"), fc.jsonValue());
  fc.assert(
    fc.property(fc.constantFrom(...types), fields, fc.jsonValue(), (type, some, other) => {
      const hostile = { ...some, ...(typeof other === "object" ? other : {}), src: from, dst: to, type } as never;
      const message = decodeMessage(hostile);
      assert.ok(message === undefined || Object.hasOwn(messages, message.type));
      decodeEntry(other);
      decodeMembership(other);
    }),
    { ...replay, numRuns: 2000 },
  );
});

test("names that every object has are no types", () => {
  for (const type of ["__proto__", "constructor", "toString", "valueOf"]) {
    assert.equal(decodeMessage({ src: from, dst: to, type }), undefined);
  }
});

test("a key __proto__ in a datagram stays a key", () => {
  const datagram = JSON.parse(
    `{"src":"${from}","dst":"${to}","type":"TimeoutNow","__proto__":{"term":7}}`,
  ) as JsonObject;
  assert.equal(decodeMessage({ ...datagram, src: from, dst: to, type: "TimeoutNow" }), undefined);
});

test("a message without a term is refused, even if the type needs nothing else", () => {
  assert.equal(decodeMessage({ src: from, dst: to, type: "TimeoutNow" }), undefined);
});

test("entries keep their order and their kinds on the wire", () => {
  const command = Uint8Array.of(0, 127, 128, 255);
  assert.deepEqual(encodeEntry({ index: 4, term: 2, type: "command", command }), [4, 2, "\0\x7f\x80\xff"]);
  assert.deepEqual(encodeEntry({ index: 5, term: 2, type: "no-op" }), [5, 2]);
});

test("an entry that holds a character beyond a byte, or nothing like an entry, is refused", () => {
  const voters = ["0000"];
  for (const value of [null, {}, [], [1], [1, 1, "\u0100"], [1, 1, null], [1, 1, 5], [1, 1, { voters }], ["1", 1]]) {
    assert.equal(decodeEntry(value), undefined, JSON.stringify(value));
  }
});

function record<Type extends Message["type"]>(
  type: Type,
  fields: { readonly [name: string]: fc.Arbitrary<unknown> },
): fc.Arbitrary<Extract<Message, { type: Type }>> {
  return fc.record({ ...common, ...fields, type: fc.constant(type) }, plain) as never;
}

function onTheWire(message: Message): JsonObject {
  const datagram = { ...encodeMessage(message), src: message.from, dst: message.to, type: message.type };
  return JSON.parse(JSON.stringify(datagram)) as JsonObject;
}

function arrived(message: Message): Message | undefined {
  return decodeMessage(onTheWire(message) as never);
}

/** Which of the wrong values are right in some field. */
function fits(name: string, value: unknown): boolean {
  if (name === "sentAt") return typeof value === "number";
  if (name === "entries") return Array.isArray(value) && value.length === 0;
  if (name === "context") return typeof value === "string";
  return false;
}
