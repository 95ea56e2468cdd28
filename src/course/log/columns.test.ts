// The column view: entries of logs and traces, filters, and exact drawings.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { TraceEvent } from "../../trace/index.ts";
import { paintFor, wantsColors } from "../terminal/index.ts";
import { entryOfLine } from "./entries.ts";
import { drawColumns, type Entry, type LogLine, type LogSelection, select } from "./index.ts";
import { entriesOfTrace } from "./trace-entries.ts";

const REPLICAS = ["0000", "0001", "0002"];

function line(at: number, replica: string | undefined, text: string, rest: Partial<LogLine> = {}): LogLine {
  return { at, replica, role: replica === undefined ? undefined : "follower", source: "out", text, ...rest };
}

function draw(entries: readonly Entry[], { width = 60, colors = false, replicas = REPLICAS } = {}): readonly string[] {
  return [...drawColumns(entries, { replicas, width, paint: paintFor({ colors }) })];
}

function send(
  at: number,
  id: number,
  from: string,
  to: string,
  message = "append",
): Extract<TraceEvent, { type: "send" }> {
  return { type: "send", at, id, from, to, message, bytes: 10 };
}

function deliver(at: number, id: number, from: string, to: string, message = "append"): TraceEvent {
  return { type: "deliver", at, id, from, to, message };
}

test("each replica has its column; what concerns the whole run goes across", () => {
  const entries = [
    line(10.4, "0000", "up"),
    line(10.4, "0001", "up too"),
    line(2000, undefined, "partition 0000 | 0001 0002", { source: "run" }),
    line(3000, "0002", "Traceback", { source: "err" }),
    line(4000, "0001", "kill SIGTERM", { source: "run", role: "dead" }),
  ].map(entryOfLine);
  assert.deepEqual(draw(entries), [
    "  seconds │ 0000           │ 0001           │ 0002",
    "    0.010 │ up             │                │",
    "          │                │ up too         │",
    "    2.000 ══ partition 0000 | 0001 0002",
    "    3.000 │                │                │ ! Traceback",
    "    4.000 │                │ kill SIGTERM   │",
  ]);
});

test("long texts are cut at spaces, words longer than a column anywhere, very long texts at six lines", () => {
  const text = `became leader of term 12 ${"x".repeat(20)} ${"word ".repeat(40)}`;
  assert.deepEqual(draw([entryOfLine(line(1, "0001", text))], { width: 57 }), [
    "  seconds │ 0000          │ 0001          │ 0002",
    "    0.001 │               │ became leader │",
    "          │               │ of term 12    │",
    "          │               │ xxxxxxxxxxxxx │",
    "          │               │ xxxxxxx word  │",
    "          │               │ word word     │",
    "          │               │ word word wo… │",
  ]);
});

test("a long name is cut between its words", () => {
  const trace = [
    send(1, 1, "0000", "0001", "AppendEntriesResponse"),
    deliver(1, 1, "0000", "0001", "AppendEntriesResponse"),
  ];
  assert.deepEqual(draw(entriesOfTrace(trace, { replicas: REPLICAS, events: false }), { width: 63 }).slice(1), [
    "    0.001 │ AppendEntries   │ ← AppendEntries │",
    "          │ Response →0001  │ Response        │",
  ]);
});

for (const width of [80, 120, 200]) {
  test(`no line is longer than ${width} columns when that is the width`, () => {
    const replicas = ["0000", "0001", "0002", "0003", "0004"];
    const entries = replicas.map((replica) => entryOfLine(line(1, replica, "abc def ".repeat(100))));
    const lengths = draw(entries, { width, replicas }).map((text) => text.length);
    assert.ok(Math.max(...lengths) <= width);
    assert.ok(Math.max(...lengths) > width - 10, "and the width is used");
  });
}

test("a broadcast stands in one row: the sender's receivers, and beside it who got it and who did not", () => {
  const trace: TraceEvent[] = [
    send(1, 1, "0000", "0001"),
    deliver(1.1, 1, "0000", "0001"),
    send(1.2, 2, "0000", "0002"),
    { type: "drop", at: 1.2, id: 2, from: "0000", to: "0002", message: "append", reason: "loss" },
    send(7, 3, "0001", "0000", "ack"),
    deliver(7.1, 3, "0001", "0000", "ack"),
  ];
  assert.deepEqual(draw(entriesOfTrace(trace, { replicas: REPLICAS, events: false }), { width: 72 }).slice(1), [
    "    0.001 │ append →all        │ ← append           │ ✗ append (loss)",
    "    0.007 │ ← ack              │ ack →0000          │",
  ]);
});

test("a message that took long has a row of its own where it arrived, and a duplicate one more", () => {
  const trace: TraceEvent[] = [
    send(1, 1, "0000", "0001"),
    deliver(9, 1, "0000", "0001"),
    send(20, 2, "0000", "0001"),
    deliver(20.1, 2, "0000", "0001"),
    deliver(20.2, 2, "0000", "0001"),
  ];
  assert.deepEqual(draw(entriesOfTrace(trace, { replicas: REPLICAS, events: false }), { width: 72 }).slice(1), [
    "    0.001 │ append →0001       │                    │",
    "    0.009 │                    │ ← append 0000      │",
    "    0.020 │ append →0001       │ ← append           │",
    "          │                    │ ← append 0000      │",
  ]);
});

test("requests of clients show who asked, answers whom they go to, and both the beginning of the MID", () => {
  const trace: TraceEvent[] = [
    { ...send(1, 1, "0015", "0001", "put"), body: { MID: "ABCDEFGHIJKLMNOP" } },
    deliver(1, 1, "0015", "0001", "put"),
    { ...send(2, 2, "0001", "0015", "ok"), body: { MID: "ABCDEFGHIJKLMNOP" } },
    deliver(2, 2, "0001", "0015", "ok"),
  ];
  assert.deepEqual(draw(entriesOfTrace(trace, { replicas: REPLICAS, events: false })).slice(1), [
    "    0.001 │                │ ← put 0015     │",
    "          │                │ #ABCD          │",
    "    0.002 │                │ ok →0015 #ABCD │",
  ]);
});

test("filters keep replicas, types and times; banners pass the filter by replica", () => {
  const entries = [
    line(1000, "0000", "a"),
    line(2000, "0001", "b", { source: "err" }),
    line(3000, undefined, "heal", { source: "run" }),
    line(4000, "0002", "kill SIGTERM", { source: "run" }),
  ].map(entryOfLine);
  const types = (selection: LogSelection) => select(entries, selection).map(({ type }) => type);
  assert.deepEqual(types({}), ["out", "err", "heal", "kill"]);
  assert.deepEqual(types({ replicas: ["0001"] }), ["err", "heal"]);
  assert.deepEqual(types({ types: ["kill", "out"] }), ["out", "kill"]);
  assert.deepEqual(types({ fromSeconds: 2, toSeconds: 3 }), ["err", "heal"]);
  assert.deepEqual(types({ replicas: ["0000"], types: ["err"] }), []);
});

test("a broadcast seen through one replica keeps that replica's cell", () => {
  const trace = [send(1, 1, "0000", "0001"), deliver(1, 1, "0000", "0001"), send(1, 2, "0000", "0002")];
  const entries = entriesOfTrace(trace, { replicas: REPLICAS, events: false });
  assert.deepEqual(
    select(entries, { replicas: ["0001"], types: ["append"] }).map(({ cells }) => cells),
    [[{ replica: "0001", text: "← append" }]],
  );
});

test("colours name the role and what stands out, and there are none without them", () => {
  const entries = [
    line(1, "0000", "x", { role: "leader" }),
    line(2, "0000", "y", { source: "err" }),
    line(3, "0000", "z", { role: "dead", source: "run" }),
  ].map(entryOfLine);
  const colored = draw(entries, { colors: true, replicas: ["0000"], width: 22 }).slice(1);
  assert.deepEqual(
    colored.map((text) => /│ .\[(\d+)m/.exec(text)?.[1]),
    ["32", "31", "36"],
  );
  assert.ok(draw(entries).every((text) => !text.includes("\u001b")));
});

test("colours only on a terminal, and not with NO_COLOR", () => {
  assert.equal(wantsColors({ isTTY: true }, {}), true);
  assert.equal(wantsColors({ isTTY: true }, { NO_COLOR: "" }), true, "an empty one does not count");
  assert.equal(wantsColors({ isTTY: true }, { NO_COLOR: "1" }), false);
  assert.equal(wantsColors({}, {}), false);
});
