// The trace's lines: written, read back, refused.

import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeTraceEvent, parseTraceLine, type RunEvent, type TraceEvent, TraceWriter } from "./index.ts";

const RUN: RunEvent = {
  type: "run",
  at: 0,
  format: "keelson-trace",
  version: 1,
  producer: "keelson 0.1.0",
  name: "crash-3",
  seed: "42",
  replicas: ["0000", "0001"],
  clients: ["0015"],
  config: { requests: 400, events: [{ type: "kill_leader", time: 10 }] },
};

/** One event of every kind. The record makes the compiler ask for a new kind's example. */
const EXAMPLES: { readonly [Type in TraceEvent["type"]]: Extract<TraceEvent, { type: Type }> } = {
  run: RUN,
  send: { type: "send", at: 1, id: 1, from: "0015", to: "0000", message: "put", bytes: 99, body: { key: "k" } },
  deliver: { type: "deliver", at: 2, id: 1, from: "0015", to: "0000", message: "put" },
  timer: { type: "timer", at: 2, replica: "0000", timer: "election", action: "set", due: 152.5 },
  persist: { type: "persist", at: 2, replica: "0000", phase: "done", term: 3, votedFor: null, lastIndex: 9 },
  clock: { type: "clock", at: 2, replica: "0000", rate: 1.01, jumpMs: -20 },
  drop: { type: "drop", at: 2, id: 2, from: "0000", to: "0001", message: "append", reason: "loss" },
  "client-invoke": { type: "client-invoke", at: 3, operation: 1, client: "0015", name: "put", key: "k", value: "v" },
  "client-return": { type: "client-return", at: 4, operation: 1, client: "0015", outcome: "ok" },
  kill: { type: "kill", at: 5, replica: "0000", signal: "SIGTERM" },
  crash: { type: "crash", at: 5, replica: "0000", detail: "exit status 1" },
  restart: { type: "restart", at: 6, replica: "0000" },
  pause: { type: "pause", at: 7, replica: "0000" },
  resume: { type: "resume", at: 8, replica: "0000" },
  partition: { type: "partition", at: 9, groups: [["0000"], ["0001"]], oneWay: [{ from: "0000", to: "0001" }] },
  heal: { type: "heal", at: 10 },
  state: {
    type: "state",
    at: 11,
    replica: "0000",
    role: "leader",
    leader: "0000",
    term: 2,
    votedFor: "0000",
    progress: { "0001": { match: 4, next: 5 } },
    membership: { voters: ["0000", "0001"], learners: ["0002"] },
    log: [
      { kind: "truncate", from: 4 },
      { kind: "append", entries: [{ index: 4, term: 2, kind: "noop" }] },
      { kind: "compact", to: 3, term: 1 },
    ],
    why: "votes of 0000 and 0001",
    extra: { lease: 12 },
  },
  "replica-output": { type: "replica-output", at: 12, replica: "0000", stream: "stderr", text: 'a\nb \u2028 "c"' },
  annotation: { type: "annotation", at: 13, text: "here it went wrong" },
  violation: { type: "violation", at: 14, rule: "linearizable", detail: "a stale read" },
};

/** The fields that the examples have and need not have, in whatever kind of event. */
const OPTIONAL = new Set([
  ...["config", "producer", "body", "bytes", "value", "signal", "oneWay", "due", "why", "extra", "log", "progress"],
  ...["leader", "term", "role", "votedFor", "lastIndex", "membership", "rate", "jumpMs"],
]);

for (const event of Object.values(EXAMPLES)) {
  test(`a ${event.type} event comes back as it was written, from one line`, () => {
    const line = encodeTraceEvent(event);
    assert.ok(!line.includes("\n"));
    assert.deepEqual(parseTraceLine(line), { kind: "event", event });
  });

  test(`a ${event.type} event without one of its fields is an error or means less, never something else`, () => {
    for (const field of Object.keys(event)) {
      const { [field]: _, ...rest } = JSON.parse(encodeTraceEvent(event)) as Record<string, unknown>;
      const result = parseTraceLine(JSON.stringify(rest));
      if (OPTIONAL.has(field)) assert.deepEqual(result, { kind: "event", event: rest }, field);
      else assert.match(result.kind === "error" ? result.reason : result.kind, new RegExp(`^field "${field}"`));
    }
  });

  test(`a ${event.type} event with a field of a wrong type is an error that names the field`, () => {
    for (const field of Object.keys(event).filter((name) => !["config", "body", "value", "type"].includes(name))) {
      const wrong = { ...event, [field]: [[-1]] };
      const result = parseTraceLine(JSON.stringify(wrong));
      const reason = result.kind === "error" ? result.reason : result.kind;
      assert.match(reason, new RegExp(`"${field}"|format is|version`), field);
    }
  });
}

test("times are written to the microsecond", () => {
  assert.equal(encodeTraceEvent({ type: "heal", at: 1234.56789 }), '{"type":"heal","at":1234.568}');
});

test("an unknown kind of event is skipped, for it may come from a later version", () => {
  assert.deepEqual(parseTraceLine('{"type":"teleport","at":3,"replica":"0000"}'), { kind: "skip", at: 3 });
  assert.deepEqual(parseTraceLine(""), { kind: "skip" });
  assert.deepEqual(parseTraceLine('{"type":"toString","at":3}'), { kind: "skip", at: 3 });
});

test("what is no event is an error that names the reason", () => {
  const reasons = ["{", "[]", "7", "null", '{"at":1}', '{"type":"heal"}', '{"type":"heal","at":"1"}'].map((line) => {
    const result = parseTraceLine(line);
    return result.kind === "error" ? result.reason : result.kind;
  });
  assert.deepEqual(reasons, [
    "not JSON",
    "not a JSON object",
    "not a JSON object",
    "not a JSON object",
    'field "type" is missing or not a string',
    'field "at" is missing or not a number',
    'field "at" is missing or not a number',
  ]);
});

test("a trace of another format or version is refused", () => {
  const refused = [
    { ...RUN, format: "other" },
    { ...RUN, version: 99 },
  ].map((run) => parseTraceLine(JSON.stringify(run)));
  assert.deepEqual(refused, [
    { kind: "error", reason: 'format is "other", expected "keelson-trace"' },
    { kind: "error", reason: "version 99 is not readable, expected 0 or 1" },
  ]);
});

test("a trace of version 0 is read", () => {
  const old = { ...RUN, version: 0 };
  assert.deepEqual(parseTraceLine(JSON.stringify(old)), { kind: "event", event: old });
});

test("a writer keeps the order of time: what comes late gets the time of the event before", () => {
  const lines: string[] = [];
  const writer = new TraceWriter((line) => lines.push(line));
  writer.write(RUN);
  writer.write({ type: "heal", at: 5 });
  writer.write({ type: "pause", at: 4.5, replica: "0000" });
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).at),
    [0, 5, 5],
  );
  assert.equal(writer.eventCount, 3);
});

test("a trace begins with its one run event", () => {
  const writer = new TraceWriter(() => {});
  assert.throws(() => writer.write({ type: "heal", at: 5 }), RangeError);
  writer.write(RUN);
  assert.throws(() => writer.write(RUN), RangeError);
});
