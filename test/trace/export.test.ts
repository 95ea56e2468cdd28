// `keelson trace export`: each output is held against the rules of its format, over whole runs with crashes and partitions.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { SendEvent, TraceEvent } from "../../src/trace/index.ts";
import { courseRun, keelsonTrace, SMALL, temporaryDirectory, writeTrace } from "./traces.ts";

const directory = temporaryDirectory();
const events = courseRun("advanced-2", "9");
const long = writeTrace(path.join(directory, "run.jsonl.gz"), events);
const small = writeTrace(path.join(directory, "small.jsonl"), SMALL);

function exported(file: string, ...words: readonly string[]): string {
  const { status, stdout, stderr } = keelsonTrace(["export", file, ...words]);
  assert.deepEqual([status, stderr], [0, ""]);
  return stdout;
}

function sends(of: readonly TraceEvent[]): readonly SendEvent[] {
  return of.filter((event) => event.type === "send");
}

test("--mermaid draws each message when it arrives or is lost, and what happens to replicas", () => {
  assert.deepEqual(exported(small, "--mermaid", "--from", "150ms", "--to", "220ms").trimEnd().split("\n"), [
    "sequenceDiagram",
    "  participant p0 as n1",
    "  participant p1 as n2",
    "  participant p2 as n3",
    "  participant p3 as c1",
    "  Note over p0: candidate, t1, voted n1",
    "  p0->>p1: RequestVote",
    "  Note over p1: follower, t1, voted n1",
    "  p0-xp2: RequestVote (loss)",
    "  p1->>p0: RequestVoteResponse",
    "  Note over p0: leader, leader n1 (votes of n1 n2)",
    "  Note over p3: c1 put x=1",
    "  Note over p0: log +1 t1 put x=1",
    "  p0->>p1: AppendEntries",
    "  p1->>p0: AppendEntriesResponse",
    "  Note over p0: commit 1, applied 1",
    "  Note over p3: c1 put x ok, 8.0 ms",
    "  Note over p3: c1 get y",
    "  Note over p0,p2: partition n1 | n2 n3",
    "  Note over p0: kill",
  ]);
});

test("--mermaid never lets a text end a statement or the diagram", () => {
  const hostile = 'a; b # c\nend\n<b>{x}</b> "q"';
  const file = writeTrace(path.join(directory, "hostile.jsonl"), [
    ...SMALL.slice(0, 1),
    { type: "annotation", at: 1, replica: "n1", text: hostile },
    { type: "send", at: 2, id: 1, from: "n1", to: "end", message: hostile },
    { type: "deliver", at: 3, id: 1, from: "n1", to: "end", message: hostile },
  ]);
  const lines = exported(file, "--mermaid").trimEnd().split("\n").slice(1);
  assert.equal(lines.length, 4);
  for (const line of lines) {
    assert.match(
      line,
      /^ {2}(?:participant p\d+ as |Note over p\d+(?:,p\d+)?: |p\d+(?:->>|-x)p\d+: )(?:[^;#<>{}"]|#\d+;)+$/,
    );
    assert.doesNotMatch(line, /\bend\b/);
  }
});

test("--mermaid refuses what nobody could read, and writes nothing", () => {
  const { status, stdout, stderr } = keelsonTrace(["export", long, "--mermaid"]);
  assert.deepEqual([status, stdout], [2, ""]);
  assert.match(stderr, /^keelson: more than 200 messages: .*narrow it by --from and --to.*\n$/);
});

type Line = Record<string, unknown> & { ph: string; pid: number; tid: number; ts: number; dur: number; name: string };

function perfetto(file: string): Line[] {
  const out = path.join(directory, "out.json");
  exported(file, "--perfetto", "-o", out);
  const parsed = JSON.parse(readFileSync(out, "utf8"));
  assert.equal(parsed.displayTimeUnit, "ms");
  return parsed.traceEvents;
}

test("--perfetto: every line is of a known kind and has what its kind needs", () => {
  const lines = perfetto(long);
  const allowed = new Set(["M", "X", "i", "C", "s", "f"]);
  for (const line of lines) {
    assert.ok(allowed.has(line.ph), line.ph);
    assert.equal(typeof line.name, "string");
    assert.ok(Number.isInteger(line.pid));
    if (line.ph === "M") continue;
    assert.ok(Number.isInteger(line.ts) && line.ts >= 0 && Number.isInteger(line.tid), JSON.stringify(line));
    if (line.ph === "X") assert.ok(Number.isInteger(line.dur) && line.dur >= 0, JSON.stringify(line));
    if (line.ph === "i") assert.ok(line["s"] === "t" || line["s"] === "g");
    if (line.ph === "C") assert.ok(Object.values(line["args"] as object).every((value) => typeof value === "number"));
  }
  const processes = lines
    .filter(({ name }) => name === "process_name")
    .map(({ args }) => (args as { name: string }).name);
  const [run] = events;
  assert.ok(run?.type === "run");
  assert.deepEqual(processes, [...run.replicas, "clients"]);
});

test("--perfetto: slices of a track do not overlap, and every one is on a track with a name", () => {
  const lines = perfetto(long);
  const named = new Set(lines.filter(({ name }) => name === "thread_name").map(({ pid, tid }) => `${pid}/${tid}`));
  const slices = new Map<string, Line[]>();
  for (const line of lines.filter(({ ph }) => ph === "X")) {
    const track = `${line.pid}/${line.tid}`;
    assert.ok(named.has(track), track);
    slices.set(track, [...(slices.get(track) ?? []), line]);
  }
  assert.ok(slices.size > 8);
  for (const [track, of] of slices) {
    const inOrder = of.toSorted((left, right) => left.ts - right.ts || left.dur - right.dur);
    for (const [index, { ts, dur }] of inOrder.entries()) {
      const next = inOrder[index + 1];
      assert.ok(next === undefined || next.ts >= ts + dur, `${track} at ${ts}`);
    }
  }
});

test("--perfetto: an arrow for every message between replicas that arrives, from a slice to a slice, never backwards", () => {
  const lines = perfetto(long);
  const replicas = new Set(events[0]?.type === "run" ? events[0].replicas : []);
  const isBetween = ({ from, to }: { from: string; to: string }) => replicas.has(from) && replicas.has(to);
  const delivered = events.filter((event) => event.type === "deliver").filter(isBetween);
  const starts = new Map(lines.filter(({ ph }) => ph === "s").map((line) => [line["id"], line]));
  const ends = lines.filter(({ ph }) => ph === "f");
  const slices = new Set(lines.flatMap(({ ph, pid, tid, ts }) => (ph === "X" ? [`${pid}/${tid}/${ts}`] : [])));
  const ids = new Set(delivered.map(({ id }) => id));
  assert.equal(ends.filter(({ id }) => ids.has(Number(id))).length, delivered.length);
  assert.ok(delivered.length > 100);
  for (const end of ends.filter(({ id }) => ids.has(Number(id)))) {
    const start = starts.get(end["id"]);
    assert.ok(start !== undefined, `message ${end["id"]} has a beginning`);
    assert.ok(end.ts >= start.ts && end["bp"] === "e");
    for (const { pid, tid, ts } of [start, end]) assert.ok(slices.has(`${pid}/${tid}/${ts}`));
  }
});

test("--perfetto: roles fill the time from when they are told, and operations last as long as they did", () => {
  const lines = perfetto(small);
  const slice = (name: string): readonly (readonly number[])[] =>
    lines.filter((line) => line.ph === "X" && line.name === name).map(({ ts, dur }) => [ts, ts + dur]);
  assert.deepEqual(slice("candidate t1"), [[150_000, 160_000]]);
  assert.deepEqual(slice("leader t1"), [[160_000, 220_000]]);
  assert.deepEqual(slice("put x=1"), [[200_000, 208_000]]);
  assert.deepEqual(slice("get y"), [[210_000, 230_000]]);
});

interface ShivizEvent {
  readonly host: string;
  readonly clock: Readonly<Record<string, number>>;
  readonly event: string;
}

/** Reads a log as ShiViz does: the first line is the expression, the second a delimiter, the rest the log. */
function shiviz(text: string): ShivizEvent[] {
  const [expression = "", delimiter, ...rest] = text.split("\n");
  assert.equal(delimiter, "");
  const log = rest.join("\n");
  const found = [...log.matchAll(new RegExp(expression, "g"))];
  assert.equal(found.length, rest.filter((line) => line !== "").length / 2, "the expression matches everything");
  return found.map(({ groups }) => ({
    host: groups?.["host"] ?? "",
    event: groups?.["event"] ?? "",
    clock: JSON.parse(groups?.["clock"] ?? ""),
  }));
}

test("--shiviz: clocks count each host's events from 1, and never go back", () => {
  const clocks = new Map<string, Readonly<Record<string, number>>>();
  const parsed = shiviz(exported(long, "--shiviz", "--max", "100000", "--all"));
  assert.ok(parsed.length > 1000);
  for (const { host, clock } of parsed) {
    const before = clocks.get(host) ?? {};
    assert.equal(clock[host], (before[host] ?? 0) + 1);
    for (const [other, count] of Object.entries(before)) assert.ok((clock[other] ?? 0) >= count, `${host}: ${other}`);
    for (const [other, count] of Object.entries(clock)) {
      assert.ok(count <= (other === host ? count : (clocks.get(other)?.[other] ?? 0)), "nobody knows the future");
    }
    clocks.set(host, clock);
  }
});

test("--shiviz: an event knows of another exactly if it comes after it by messages and by order at one host", () => {
  const part = events.slice(0, 600);
  const file = writeTrace(path.join(directory, "part.jsonl"), part);
  const parsed = shiviz(exported(file, "--shiviz", "--all", "--max", "100000"));
  const hosted = part.filter((event) => hostOf(event) !== undefined);
  assert.equal(parsed.length, hosted.length);
  // Happens-before, the slow way: each event's set of all events before it.
  const last = new Map<string, number>();
  const sentAt = new Map<number, number>();
  const pasts: Set<number>[] = [];
  for (const [index, event] of hosted.entries()) {
    const host = hostOf(event) ?? "";
    const causes = [last.get(host), event.type === "deliver" ? sentAt.get(event.id) : undefined];
    const past = new Set(causes.flatMap((cause) => (cause === undefined ? [] : [cause, ...(pasts[cause] ?? [])])));
    pasts.push(past);
    last.set(host, index);
    if (event.type === "send") sentAt.set(event.id, index);
  }
  for (const [index, { clock }] of parsed.entries()) {
    for (const [other, { host, clock: earlier }] of parsed.slice(0, index).entries()) {
      const knows = (clock[host] ?? 0) >= (earlier[host] ?? 0);
      assert.equal(knows, pasts[index]?.has(other) ?? false, `events ${other} and ${index}`);
    }
  }
  assert.ok(sends(part).length > 50);
});

function hostOf(event: TraceEvent): string | undefined {
  if (event.type === "send") return event.from;
  if (event.type === "deliver") return event.to;
  if ("client" in event) return event.client;
  return "replica" in event ? event.replica : undefined;
}

test("--shiviz refuses what ShiViz cannot show", () => {
  const { status, stdout, stderr } = keelsonTrace(["export", small, "--shiviz", "--max", "5"]);
  assert.deepEqual([status, stdout], [2, ""]);
  assert.match(stderr, /^keelson: more than 5 events: .*narrow it by .*\n$/);
});

for (const [what, words, message] of [
  ["no format", [], /name one format: --mermaid, --perfetto or --shiviz/],
  ["two formats", ["--mermaid", "--shiviz"], /name one format/],
  ["a limit without meaning", ["--perfetto", "--max", "3"], /--max has no meaning for --perfetto/],
  ["an output that cannot be", ["--perfetto", "-o", "/dev/null/x"], /--out \/dev\/null\/x: ENOTDIR/],
] as const) {
  test(`${what} is one clear line and exit status 2`, () => {
    const { status, stderr } = keelsonTrace(["export", small, ...words]);
    assert.match(stderr, message);
    assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
    assert.equal(status, 2);
  });
}
