// One replica by itself: when it speaks, and what it makes of nonsense. Clusters are in test/course/.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type ClientRequest, type JsonObject, parseMessage } from "../protocol.ts";
import { CourseReplica, type CourseReplicaOptions, type Outgoing } from "./course-replica.ts";
import { courseSettings } from "./settings.ts";

const seed = Number(process.env["KEELSON_SEED"] ?? 20260718);
const { silenceMs, firstElectionMs } = courseSettings;
const { tickMs } = courseSettings.raft;

test("its first message is hello, to everybody, and knows no leader", () => {
  const { heard } = started();
  assert.deepEqual(heard, [{ src: "0001", dst: "FFFF", leader: "FFFF", type: "hello" }]);
});

test("it is silent towards the others for 2 s, whoever speaks to it", () => {
  const { replica, heard, passTo } = started({ id: "0000", others: ["0001", "0002"] });
  heard.length = 0;
  for (let now = 0; now < silenceMs; now += 100) {
    passTo(now);
    replica.receive(preVote({ from: "0001", to: "0000" }), now);
    replica.receive(put({ MID: `M${now}` }), now);
    replica.receive({ src: "0002", dst: "0000", leader: "0002", type: "Answered", ask: 5 }, now);
  }
  assert.deepEqual(heard, []);
});

test("the lowest id campaigns first, before clients come; the others leave it the time", () => {
  for (const [id, campaigns] of [
    ["0000", true],
    ["0001", false],
  ] as const) {
    const { heard, passTo } = started({ id, others: ["0000", "0001", "0002"].filter((other) => other !== id) });
    passTo(firstElectionMs + tickMs);
    assert.equal(
      heard.some(({ type }) => type === "PreVote"),
      campaigns,
      id,
    );
    assert.ok(firstElectionMs < 5_000);
  }
});

test("the ids of the others come in any order", () => {
  const { heard, passTo } = started({ id: "0000", others: ["0002", "0001"] });
  passTo(firstElectionMs + tickMs);
  assert.deepEqual(
    heard.filter(({ type }) => type === "PreVote").map(({ dst }) => dst),
    ["0001", "0002"],
  );
});

test("a replica with a past speaks at once: the others know it already", () => {
  const { replica, heard } = started({
    restored: { hardState: { currentTerm: 4, votedFor: undefined, commitIndex: 0 } },
  });
  replica.receive(append({ from: "0000", to: "0001", term: 4 }), 10);
  assert.deepEqual(
    heard.map(({ type }) => type),
    ["hello", "AppendEntriesResponse"],
  );
});

test("a replica much younger than the others, and without a past, takes no part: it forgot what it may have promised", () => {
  const { replica, heard, passTo } = started({ bornAt: 100_000 });
  passTo(firstElectionMs);
  heard.length = 0;
  const elder = { eldest: 90_000 };
  replica.receive({ ...preVote({ from: "0002", to: "0001" }), ...elder }, firstElectionMs);
  replica.receive({ ...requestVote({ from: "0002", to: "0001" }), ...elder }, firstElectionMs);
  replica.receive({ ...append({ from: "0002", to: "0001", term: 7 }), ...elder }, firstElectionMs);
  passTo(firstElectionMs + 10_000);
  assert.equal(replica.isMute, true);
  assert.deepEqual(heard, []);
});

test("a mute replica sends clients to the leader and passes on what others have chained through it", () => {
  const { replica, heard, passTo } = started({ bornAt: 100_000 });
  passTo(firstElectionMs);
  const first = append({ from: "0000", to: "0001", term: 7 });
  const { src: _src, dst: _dst, type: _type, ...fields } = append({ from: "0000", to: "0002", term: 7 });
  heard.length = 0;
  replica.receive({ ...first, eldest: 90_000, onward: { ...fields, to: "0002" } }, firstElectionMs);
  replica.receive(put({ MID: "M" }), firstElectionMs);
  assert.deepEqual(
    heard.map(({ type, dst, leader }) => [type, dst, leader]),
    [
      ["AppendEntries", "0002", "0000"],
      ["redirect", "0015", "0000"],
    ],
  );
  assert.equal(heard[0]?.["reply"], undefined);
});

test("a replica with a past takes part however young its process is", () => {
  const { replica, heard } = started({
    bornAt: 100_000,
    restored: { hardState: { currentTerm: 4, votedFor: undefined, commitIndex: 0 } },
  });
  replica.receive({ ...append({ from: "0000", to: "0001", term: 4 }), eldest: 90_000 }, 10);
  assert.deepEqual(
    heard.map(({ type }) => type),
    ["hello", "AppendEntriesResponse"],
  );
});

test("nonsense is ignored: it throws nothing, sends nothing that breaks the protocol, and the replica still votes", () => {
  const types = [
    "AppendEntries",
    "AppendEntriesResponse",
    "Answered",
    "get",
    "put",
    "hello",
    "__proto__",
    "constructor",
  ];
  const address = fc.constantFrom("0000", "0001", "0002", "0015", "FFFF", "", "zzzz");
  const known = fc.record(
    {
      src: fc.oneof(address, fc.jsonValue()),
      dst: address,
      type: fc.oneof(fc.constantFrom(...types), fc.jsonValue()),
      from: address,
      term: fc.oneof(fc.nat({ max: 2 }), fc.jsonValue()),
      onward: fc.oneof(fc.jsonValue(), fc.record({ to: address, term: fc.nat({ max: 2 }) })),
      reply: fc.oneof(fc.jsonValue(), fc.record({ from: address })),
      ask: fc.oneof(fc.constant(true), fc.jsonValue()),
      answered: fc.constantFrom("1", null, true, {}),
      eldest: fc.constantFrom("1", null, true, {}),
      MID: fc.jsonValue(),
      key: fc.jsonValue(),
      value: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(known, fc.dictionary(fc.string(), fc.jsonValue()))), (datagrams) => {
      const { replica, heard, passTo } = started();
      passTo(firstElectionMs);
      for (const datagram of datagrams) replica.receive(datagram as JsonObject, firstElectionMs);
      for (const message of heard) {
        assert.notEqual(
          parseMessage(message, { from: "0001", replicas: 3 }).kind,
          "incorrect",
          JSON.stringify(message),
        );
      }
      heard.length = 0;
      replica.receive(requestVote({ from: "0002", to: "0001", term: 5 }), firstElectionMs);
      assert.deepEqual(
        heard.map(({ type, voteGranted }) => [type, voteGranted]),
        [["RequestVoteResponse", true]],
      );
    }),
    { seed, numRuns: 300 },
  );
});

test("messages that claim to be of somebody who is not in the group, or to go on to one, are not believed", () => {
  const { replica, heard, passTo } = started();
  passTo(firstElectionMs);
  heard.length = 0;
  const message = append({ from: "0000", to: "0001", term: 7 });
  for (const from of ["0001", "0007", "nobody"]) replica.receive({ ...message, from }, firstElectionMs);
  assert.deepEqual(heard, []);
  const { src: _src, dst: _dst, type: _type, ...fields } = message;
  for (const to of ["0001", "0015", "nobody"])
    replica.receive({ ...message, onward: { ...fields, to } }, firstElectionMs);
  assert.deepEqual(new Set(heard.map(({ dst }) => dst)), new Set());
});

test("a get of a key that nobody put is answered with an empty value, by a leader that must ask nobody", () => {
  const { replica, heard, passTo } = started({ id: "0000", others: ["0001", "0002"] });
  passTo(firstElectionMs + tickMs);
  answerLikeAFollower(replica, heard, firstElectionMs + tickMs);
  heard.length = 0;
  replica.receive(
    { src: "0015", dst: "0000", leader: "0000", type: "get", MID: "M", key: "unknown" },
    firstElectionMs + tickMs,
  );
  assert.deepEqual(heard, [{ src: "0000", dst: "0015", leader: "0000", type: "ok", MID: "M", value: "" }]);
});

/** A replica of three that has said hello; `heard` is all that it sent, `passTo` lets its ticks come. */
function started(options: Partial<CourseReplicaOptions> = {}) {
  const inner = new CourseReplica({ id: "0001", others: ["0000", "0002"], seed: "1", now: 0, ...options });
  const heard: Outgoing[] = [];
  let now = 0;
  const collect = () => heard.push(...inner.takeMessages());
  const replica = {
    get isMute() {
      return inner.isMute;
    },
    receive(datagram: JsonObject | ClientRequest, at: number) {
      inner.receive({ ...datagram }, at);
      collect();
    },
  };
  const passTo = (until: number) => {
    while (now + tickMs <= until) {
      now += tickMs;
      inner.tick(now);
      collect();
    }
  };
  inner.start(0);
  collect();
  return { replica, heard, passTo };
}

/** Lets 0001 grant every vote and acknowledge every append that 0000 asks for. */
function answerLikeAFollower(
  replica: { receive(d: JsonObject, at: number): void },
  heard: readonly Outgoing[],
  now: number,
): void {
  for (let at = 0; at < heard.length; at++) {
    const message = heard[at];
    if (message?.dst !== "0001") continue;
    const { term = 0, sentAt = 0, round = 0, prevLogIndex, entries } = message;
    const envelope = { src: "0001", dst: "0000", leader: "FFFF", term };
    if (message.type === "PreVote" || message.type === "RequestVote") {
      replica.receive({ ...envelope, type: `${message.type}Response`, voteGranted: true }, now);
    } else if (message.type === "AppendEntries") {
      const matchIndex = Number(prevLogIndex) + (Array.isArray(entries) ? entries.length : 0);
      const fields = { sentAt, round, success: true, matchIndex, conflictIndex: 0, conflictTerm: 0 };
      replica.receive({ ...envelope, type: "AppendEntriesResponse", ...fields }, now);
    }
  }
}

function put({ MID }: { MID: string }): JsonObject {
  return { src: "0015", dst: "0001", leader: "FFFF", type: "put", MID, key: "K", value: "V" };
}

function preVote({ from, to, term = 1 }: { from: string; to: string; term?: number }) {
  return { src: from, dst: to, leader: "FFFF", type: "PreVote", term, lastLogIndex: 0, lastLogTerm: 0 };
}

function requestVote(options: { from: string; to: string; term?: number }) {
  return { ...preVote(options), type: "RequestVote", leadershipTransfer: false };
}

function append({ from, to, term }: { from: string; to: string; term: number }) {
  const envelope = { src: from, dst: to, leader: from, type: "AppendEntries", term };
  const log = { prevLogIndex: 0, prevLogTerm: 0, entries: [[1, term]], leaderCommit: 0 };
  return { ...envelope, ...log, replyWanted: true, sentAt: 5, round: 0 };
}
