// `keelson trace print` as a user calls it: what it shows, what filters leave, and what it says to mistakes.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { tracePrintCommand } from "../../src/cli/commands/trace-print.ts";
import { ConfigError } from "../../src/cli/flags.ts";
import { type FilterOptions, filterOf } from "../../src/cli/trace/flags.ts";
import { readTrace } from "../../src/cli/trace/open-trace.ts";
import { printTrace, type TextOutput } from "../../src/cli/trace/print.ts";
import { courseRun, keelsonTrace, RUN, SMALL, temporaryDirectory, writeTrace } from "./traces.ts";

const directory = temporaryDirectory();
const small = writeTrace(path.join(directory, "small.jsonl"), SMALL);

/** The rows without heading and frame: "number time | cell | cell". */
function rows(text: string): readonly string[] {
  return text
    .trimEnd()
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .map((line) => line.replaceAll(/ +/g, " ").trim());
}

/** What these flags show, without a process of its own. */
async function print(words: readonly string[]): Promise<readonly string[]> {
  const command = tracePrintCommand();
  command.action(() => {});
  command.parse([small, ...words], { from: "user" });
  const { around, context, ...flags } = command.opts<FilterOptions & { around?: number; context: number }>();
  const output = new TextCollector();
  await printTrace(small, {
    filter: filterOf(flags),
    around: around === undefined ? undefined : { number: around, context },
    width: 120,
    colors: false,
    output,
  });
  return rows(output.text).slice(1);
}

class TextCollector implements TextOutput {
  text = "";

  write(text: string): boolean {
    this.text += text;
    return true;
  }

  once(): this {
    return this;
  }
}

test("shows a run in columns, one for each replica and one for the clients, heartbeats folded", () => {
  const { status, stdout, stderr } = keelsonTrace(["print", small, "--width", "130"]);
  assert.deepEqual([status, stderr], [0, ""]);
  assert.ok(stdout.startsWith("# small, seed 7, by by hand\n"));
  assert.deepEqual(rows(stdout), [
    "event seconds │ n1 │ n2 │ n3 │ clients",
    "3 0.150 │ ⏱ election fires │ │ │",
    "4 │ candidate, t1, voted n1 │ │ │",
    "5 │ RequestVote →all │ │ │",
    "7 0.155 │ │ ← RequestVote n1 │ │",
    "8 │ │ follower, t1, voted n1 │ │",
    "10 0.156 │ │ disk done: t1, voted n1 │ │",
    "11 │ │ RequestVoteResponse │ │",
    "│ │ →n1: granted │ │",
    "12 0.158 │ │ │ ✗ RequestVote n1 (loss) │",
    "13 0.160 │ ← RequestVoteResponse │ │ │",
    "│ n2: granted │ │ │",
    "14 │ leader, leader n1 │ │ │",
    "│ (votes of n1 n2) │ │ │",
    "21 ♥3 0.200 │ │ │ │ c1 put x=1",
    "22 │ log +1 t1 put x=1 │ │ │",
    "23 │ AppendEntries →n2 │ │ │",
    "24 0.204 │ │ ← AppendEntries n1 │ │",
    "25 │ │ AppendEntriesResponse │ │",
    "│ │ →n1 │ │",
    "26 0.208 │ ← AppendEntriesResponse │ │ │",
    "│ n2 │ │ │",
    "27 │ commit 1, applied 1 │ │ │",
    "28 │ │ │ │ c1 put x ok, 8.0 ms",
    "29 0.210 │ │ │ │ c1 get y",
    "30 0.211 ══ partition n1 | n2 n3, n2 cannot reach n3",
    "31 0.220 │ kill SIGKILL │ │ │",
    "32 0.230 │ │ │ │ c1 get y unknown, 20.0",
    "│ │ │ │ ms: nobody answered",
    "33 0.240 ══ heal",
    "34 0.250 │ restart │ │ │",
    "35 0.255 ══ phase: liveness",
    "36 0.260 ══ VIOLATION (ghost) linearizable: a stale read",
  ]);
});

const numbers = (lines: readonly string[]): readonly number[] =>
  lines.flatMap((line) => (/^\d/.test(line) && !/^\d+\.\d/.test(line) ? [Number.parseInt(line, 10)] : []));

for (const [what, words, expected] of [
  ["--all shows what is quiet, too", ["--all", "--to", "162ms"], [2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15]],
  ["--node", ["--node", "n3", "--to", "0.2"], [12]],
  ["--node of a client", ["--node", "c1"], [21, 28, 29, 30, 32, 33, 35, 36]],
  ["--type takes kinds of events and of messages", ["--type", "kill,heal,RequestVote"], [5, 7, 12, 31, 33]],
  ["--message", ["--message", "RequestVoteResponse"], [11, 13]],
  ["--term leaves what has no term yet", ["--term", "1", "--to", "0.155"], [4, 5, 7, 8]],
  ["--term of no event", ["--term", "0"], []],
  ["--from and --to include both ends", ["--from", "0.204", "--to", "208ms"], [24, 25, 26, 27, 28]],
  ["--key follows an operation to its messages and its entry", ["--key", "x"], [21, 22, 23, 24, 25, 26, 28]],
  ["--key of another operation", ["--key", "y"], [29, 32]],
  ["--around counts what passes the other filters", ["--around", "22", "--context", "2"], [14, 21, 23, 24]],
  ["--around marks its event, also a quiet one", ["--around", "16", "--context", "1"], [14, 21]],
] as const) {
  test(what, async () => {
    assert.deepEqual(numbers(await print(words)), expected);
  });
}

test("--around marks the event", async () => {
  const shown = await print(["--around", "22", "--context", "0"]);
  assert.deepEqual(
    shown.map((line) => line.split(" ")[0]),
    [">22"],
  );
});

test("reads gzipped traces, whatever their name, and standard input", () => {
  const expected = keelsonTrace(["print", small]).stdout;
  const packed = path.join(directory, "packed");
  writeFileSync(packed, gzipSync(readFileSync(small)));
  assert.equal(keelsonTrace(["print", packed]).stdout, expected);
  assert.equal(keelsonTrace(["print", "-"], { input: readFileSync(small) }).stdout, expected);
  assert.equal(keelsonTrace(["print", "-"], { input: readFileSync(packed) }).stdout, expected);
});

test("a part of a long trace looks the same whether the reader seeks to it or reads to it", () => {
  const events = courseRun("advanced-1", "3");
  const indexed = writeTrace(path.join(directory, "long.jsonl.gz"), events, { keyframeEvents: 200 });
  const bare = path.join(directory, "long.jsonl");
  writeFileSync(bare, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  const words = ["--from", "19", "--to", "21", "--width", "200"];
  const [seeked, read] = [indexed, bare].map((file) => keelsonTrace(["print", file, ...words]).stdout);
  assert.equal(seeked, read);
  assert.ok((seeked ?? "").split("\n").length > 50, seeked);
});

test("colours tell roles and losses, and are there only on request", async () => {
  const output = new TextCollector();
  await printTrace(small, { filter: { all: false }, width: 120, colors: true, output });
  const lines = output.text.split("\n");
  const styled = (code: string, text: string): boolean => lines.some((line) => line.includes(`\u001b[${code}m${text}`));
  assert.ok(styled("33", "candidate"), "a candidate is yellow");
  assert.ok(styled("32", "leader"), "a leader is green");
  assert.ok(styled("31", "✗ RequestVote"), "a loss is red");
  assert.ok(styled("31", "══ VIOLATION"), "a violation is red");
  assert.ok(!keelsonTrace(["print", small]).stdout.includes("\u001b"), "none in a pipe");
});

for (const [what, text, message] of [
  ["nothing", "", ":1: not a trace: it is empty"],
  ["no trace", '{"a":1}\n', ':1: field "type" is missing or not a string'],
  ["no run line", '{"type":"heal","at":1}\n', ":1: not a trace: its first line must be the run line"],
  ["another version", `${JSON.stringify({ ...RUN, version: 9 })}\n`, ":1: version 9 is not readable, expected 0 or 1"],
  ["half a line in the middle", `${JSON.stringify(RUN)}\n{"type":\n{"type":"heal","at":1}\n`, ":2: not JSON"],
  [
    "a field that is missing",
    `${JSON.stringify(RUN)}\n{"type":"heal","at":1}\n{"type":"kill","at":2}\n`,
    ':3: field "replica" of a kill line is missing: it must be a string',
  ],
  ["two runs", `${JSON.stringify(RUN)}\n${JSON.stringify(RUN)}\n`, ":2: a second run line: a trace holds one run"],
  [
    "time that goes back",
    `${JSON.stringify(RUN)}\n{"type":"heal","at":5}\n{"type":"heal","at":4}\n`,
    ":3: time goes back: 4 ms comes after 5 ms",
  ],
] as const) {
  test(`${what} is a mistake that names file, line and reason`, async () => {
    const file = path.join(directory, "bad.jsonl");
    writeFileSync(file, text);
    const read = async () => {
      for await (const _ of readTrace(file));
    };
    await assert.rejects(read, new ConfigError(`${file}${message}`));
  });
}

test("a file that is no trace is one line, and exit status 2", () => {
  const file = path.join(directory, "worse.jsonl");
  writeFileSync(file, "x\n");
  for (const command of [["print"], ["stats"], ["export", "--perfetto"]]) {
    const { status, stdout, stderr } = keelsonTrace([...command, file]);
    assert.deepEqual([status, stdout, stderr], [2, "", `keelson: ${file}:1: not JSON\n`]);
  }
});

for (const [what, words, message] of [
  ["a file that does not exist", [path.join(directory, "none")], /none: ENOENT: no such file or directory/],
  ["a directory", [directory], /this is a directory; give the trace in it/],
  ["an unknown node", [small, "--node", "n9"], /--node n9: the trace has n1, n2, n3, c1$/],
  ["an event that does not exist", [small, "--around", "999"], /--around 999: the trace has 36 events$/],
  ["times in the wrong order", [small, "--from", "2", "--to", "1"], /--from 2000 ms is after --to 1000 ms$/],
  ["a time that is none", [small, "--from", "x"], /Allowed: seconds, 0 or more, or a number with its unit/],
  ["a term that is none", [small, "--term", "7..5"], /Allowed: a term, or two with \.\. between them/],
] as const) {
  test(`${what} is one clear line and exit status 2`, () => {
    const { status, stderr } = keelsonTrace(["print", ...words]);
    assert.match(stderr.trimEnd(), message);
    assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
    assert.equal(status, 2);
  });
}

test("says so when nothing matches", () => {
  const { status, stderr } = keelsonTrace(["print", small, "--type", "teleport"]);
  assert.deepEqual([status, stderr], [0, "keelson: nothing matches among 36 events\n"]);
});
