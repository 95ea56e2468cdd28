// The merged log: its lines, what a replica's output becomes, floods, and the files of a run.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import type { TraceEvent } from "../../trace/index.ts";
import { DEFAULT_FLOOD_LIMITS, FloodGate, type FloodLimits } from "./flood-gate.ts";
import { formatLogLine, type LogLine, logEventOf, parseLogLine, RunLogWriter, readRunLog } from "./index.ts";
import { LINE_CHARACTERS_MAX, LineSplitter } from "./line-splitter.ts";

const SEED = Number(process.env["KEELSON_SEED"] ?? 20260718);

function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "keelson-log-"));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** The lines of a run's merged log without its heading. */
function mergedLines(directory: string): readonly string[] {
  return readFileSync(join(directory, "run.log"), "utf8").trimEnd().split("\n").slice(1);
}

test("a line names time, replica, role and source in fixed columns", () => {
  assert.equal(
    formatLogLine({ at: 5012.345, replica: "0001", role: "leader", source: "out", text: "hello  world" }),
    "  5.012345 0001 leader   out hello  world",
  );
  assert.equal(
    formatLogLine({ at: 100_000, replica: undefined, role: undefined, source: "run", text: "heal" }),
    "100.000000 -    -        run heal",
  );
});

test("every line comes back as it was written, save control characters", () => {
  const line: fc.Arbitrary<LogLine> = fc.record({
    at: fc.integer({ min: 0, max: 10 ** 9 }).map((micros) => micros / 1000),
    replica: fc.constantFrom("0000", "00A1", undefined),
    role: fc.constantFrom("leader" as const, "follower" as const, "paused" as const, "dead" as const, undefined),
    source: fc.constantFrom("out" as const, "err" as const, "run" as const),
    text: fc.string({ unit: "binary" }),
  });
  fc.assert(
    fc.property(line, (written) => {
      const text = formatLogLine(written);
      assert.ok(!/[^\P{Cc}\t]|[\u2028\u2029\u202e]/u.test(text));
      const read = parseLogLine(text);
      assert.deepEqual({ ...read, text: "" }, { ...written, text: "" });
      if (!/[\p{Cc}\u2028-\u2069]/u.test(written.text)) assert.equal(read?.text, written.text);
    }),
    { seed: SEED },
  );
});

test("what is no line of a merged log is not taken for one", () => {
  for (const text of ["", "hello", "5.0 0001 leader out x", "  5.012345 0001 king     out x"]) {
    assert.equal(parseLogLine(text), undefined, text);
  }
});

test("pieces are put together into lines, however they are cut", () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[ab\n]{0,6}$/)), (pieces) => {
      const splitter = new LineSplitter();
      const lines = pieces.flatMap((piece) => splitter.push(piece));
      const rest = splitter.end();
      const expected = pieces.join("").split("\n");
      assert.deepEqual([...lines, rest ?? ""], expected);
    }),
    { seed: SEED },
  );
});

test("a carriage return before the end of a line is dropped", () => {
  assert.deepEqual(new LineSplitter().push("a\r\nb\r\n"), ["a", "b"]);
});

test("a line without an end keeps its beginning only, in bounded memory", () => {
  const splitter = new LineSplitter();
  for (let piece = 0; piece < 100; piece++) assert.deepEqual(splitter.push("x".repeat(1000)), []);
  const [line = ""] = splitter.push("\n");
  assert.equal(line, `${"x".repeat(LINE_CHARACTERS_MAX)} ... (96000 characters left out)`);
  assert.deepEqual(splitter.push("next\n"), ["next"]);
});

test("a flood gate bounds lines and characters, of a second and of the run, and counts what it leaves out", () => {
  const loose = { linesPerSecondMax: 99, linesPerRunMax: 99, charactersPerSecondMax: 99, charactersPerRunMax: 99 };
  const admitted = (limits: Partial<FloodLimits>): string => {
    const gate = new FloodGate({ ...loose, ...limits });
    const marks = [0, 10, 20, 999, 1000, 1001, 2000].map((at) => (gate.admits({ at, characters: 2 }) ? "+" : "-"));
    assert.equal(gate.takeLeftOut(), marks.filter((mark) => mark === "-").length);
    assert.equal(gate.takeLeftOut(), 0);
    return marks.join("");
  };
  assert.equal(admitted({}), "+++++++");
  assert.equal(admitted({ linesPerSecondMax: 2 }), "++--+++");
  assert.equal(admitted({ linesPerRunMax: 3 }), "+++----");
  assert.equal(admitted({ charactersPerSecondMax: 3 }), "+---+-+");
  assert.equal(admitted({ charactersPerRunMax: 8 }), "++++---");
});

test("all replicas' output is merged in order of time, and kept for each replica as it was printed", (t) => {
  const directory = temporaryDirectory(t);
  const log = new RunLogWriter({ directory: join(directory, "new", "run") });
  log.output({ replica: "0000", role: "follower", stream: "stdout", text: "one\ntw", at: 10 });
  log.output({ replica: "0001", role: "follower", stream: "stderr", text: "oops\n", at: 20 });
  log.output({ replica: "0000", role: "leader", stream: "stdout", text: "o\n", at: 30 });
  log.event({ type: "partition", text: "0000 | 0001", at: 40 });
  log.event({ type: "kill", text: "", at: 50, about: { replica: "0000", role: "dead" } });
  log.output({ replica: "0001", role: "leader", stream: "stdout", text: "unfinished", at: 60 });
  log.output({ replica: "0001", role: "leader", stream: "stderr", text: "\u001b[2Jgone\n", at: 59.9 });
  log.close();
  assert.equal(log.failure, undefined);
  const run = join(directory, "new", "run");
  assert.deepEqual(mergedLines(run), [
    "  0.010000 0000 follower out one",
    "  0.020000 0001 follower err oops",
    "  0.030000 0000 leader   out two",
    "  0.040000 -    -        run partition 0000 | 0001",
    "  0.050000 0000 dead     run kill",
    "  0.059900 0001 leader   err \\x1b[2Jgone",
    "  0.059900 0001 leader   out unfinished",
  ]);
  assert.equal(readFileSync(join(run, "0000.log"), "utf8"), "one\ntwo\n");
  assert.equal(readFileSync(join(run, "0001.log"), "utf8"), "oops\n\u001b[2Jgone\nunfinished\n");
});

test("a flood is bounded, and the log says how many lines were left out", (t) => {
  const directory = temporaryDirectory(t);
  const log = new RunLogWriter({ directory, limits: { ...DEFAULT_FLOOD_LIMITS, linesPerSecondMax: 3 } });
  for (let line = 0; line < 1000; line++) {
    log.output({ replica: "0000", role: "follower", stream: "stdout", text: `${line}\n`, at: 500 });
  }
  log.output({ replica: "0000", role: "follower", stream: "stdout", text: "calm again\n", at: 1500 });
  log.close();
  assert.deepEqual(
    mergedLines(directory).map((line) => line.slice(25)),
    ["out 0", "out 1", "out 2", "run flood 997 lines left out", "out calm again"],
  );
  assert.match(
    readFileSync(join(directory, "0000.log"), "utf8"),
    /^0\n1\n2\n\(flood 997 lines left out\)\ncalm again\n$/,
  );
});

test("a leader who is named again is told once, until another is named", (t) => {
  const directory = temporaryDirectory(t);
  const log = new RunLogWriter({ directory });
  ["0000", "0000", "0001", "0001", "0000"].forEach((replica, at) => {
    log.event({ type: "leader", text: "", at, about: { replica, role: "leader" } });
  });
  log.close();
  assert.deepEqual(
    mergedLines(directory).map((line) => line.slice(11, 15)),
    ["0000", "0001", "0000"],
  );
});

test("a disk that fails stops the log, not the run", (t) => {
  const directory = temporaryDirectory(t);
  const log = new RunLogWriter({ directory });
  log.output({ replica: "no/such/folder", role: "follower", stream: "stdout", text: "x\n", at: 1 });
  assert.match(log.failure ?? "", /ENOENT/);
  log.output({ replica: "0000", role: "follower", stream: "stdout", text: "x\n", at: 2 });
  log.close();
});

test("the runner's events become lines of the log; messages and operations do not", () => {
  const events: TraceEvent[] = [
    { type: "kill", at: 1, replica: "0000", signal: "SIGTERM" },
    { type: "crash", at: 2, replica: "0001", detail: "exit status 1" },
    { type: "pause", at: 3, replica: "0002" },
    { type: "resume", at: 4, replica: "0002" },
    { type: "partition", at: 5, groups: [["0000", "0001"], ["0002"]], oneWay: [{ from: "0000", to: "0001" }] },
    { type: "violation", at: 6, rule: "one answer", detail: "two", replica: "0001" },
    { type: "state", at: 7, replica: "0001", role: "leader" },
    { type: "send", at: 8, id: 1, from: "0000", to: "0001", message: "x", bytes: 1 },
    { type: "client-invoke", at: 9, operation: 1, client: "0015", name: "get", key: "k" },
  ];
  assert.deepEqual(
    events.map((event) => {
      const told = logEventOf(event);
      return told === undefined ? undefined : [told.type, told.text, told.about?.role].filter(Boolean).join(" / ");
    }),
    [
      "kill / SIGTERM / dead",
      "crash / exit status 1 / dead",
      "pause / paused",
      "resume / follower",
      "partition / 0000 0001 | 0002, 0000 cannot reach 0001",
      "violation / 0001: one answer: two",
      "leader / leader",
      undefined,
      undefined,
    ],
  );
});

test("a run's directory, its log and its trace can each be read; with both, messages come from the trace", (t) => {
  const directory = temporaryDirectory(t);
  const log = new RunLogWriter({ directory });
  log.event({ type: "heal", text: "", at: 1 });
  log.output({ replica: "0001", role: "leader", stream: "stdout", text: "hello\n", at: 3 });
  log.close();
  const run = {
    type: "run",
    at: 0,
    format: "keelson-trace",
    version: 0,
    producer: "test",
    name: "x",
    seed: "1",
    replicas: ["0000", "0001"],
    clients: [],
  };
  const events = [
    run,
    { type: "heal", at: 1 },
    { type: "send", at: 2, id: 1, from: "0000", to: "0001", message: "ping", bytes: 9 },
  ];
  const tracePath = join(directory, "trace.jsonl");
  writeFileSync(tracePath, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  const types = (path: string): unknown => {
    const result = readRunLog(path);
    return result.kind === "log" ? [result.log.replicas, ...result.log.entries.map(({ type }) => type)] : result.reason;
  };
  assert.deepEqual(types(directory), [["0000", "0001"], "heal", "ping", "out"]);
  assert.deepEqual(types(join(directory, "run.log")), [["0001"], "heal", "out"]);
  assert.deepEqual(types(tracePath), [["0000", "0001"], "run", "heal", "ping"]);
});

test("what is no log is refused with file, line and reason", (t) => {
  const directory = temporaryDirectory(t);
  const reasonFor = (text: string): string => {
    writeFileSync(join(directory, "x"), text);
    const result = readRunLog(join(directory, "x"));
    return result.kind === "error" ? result.reason.replaceAll(directory, "DIR") : "no error";
  };
  const heading = "# keelson course log 1: seconds, replica, role, source, text";
  assert.match(reasonFor("hello\n"), /^DIR\/x:1: not a merged log: the first line must be /);
  assert.equal(
    reasonFor(`${heading}\nhello\n  0.001000 -    -        run heal\n`),
    "DIR/x:2: not a line of a merged log",
  );
  assert.equal(
    reasonFor(`${heading}\n  0.001000 -    -        run heal\n  0.00`),
    "no error",
    "a killed run's last line",
  );
  assert.equal(reasonFor('{"type":"heal","at":1}\n'), 'DIR/x:1: not a trace: the first event must be "run"');
  assert.equal(reasonFor('{"type":"heal"}\n'), 'DIR/x:1: field "at" is missing or not a number');
  const missing = readRunLog(join(directory, "y"));
  assert.match(missing.kind === "error" ? missing.reason : "", /y: no such file or directory$/);
  const empty = readRunLog(directory);
  assert.match(empty.kind === "error" ? empty.reason : "", /: holds neither run\.log nor trace\.jsonl$/);
});
