// The command as a user types it: exit statuses, messages, reports, traces, and what Ctrl-C leaves.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { simulateCommand } from "../../src/cli/commands/simulate.ts";
import type { CampaignReport } from "../../src/cli/simulate/report.ts";

const PROGRAM = fileURLToPath(new URL("../../bin/keelson", import.meta.url));
const directory = mkdtempSync(path.join(tmpdir(), "keelson-simulate-"));
after(() => rmSync(directory, { recursive: true }));

const BENCHMARKS = {
  total_msgs: [100, 200, 300],
  failures: [1, 2, 3],
  duplicates: [1, 2, 3],
  median_latency: [1, 2, 3],
};
const TESTS = { benchmarks: BENCHMARKS, maximum_get_generation_fail_fraction: 1 };

/** A config whose runs are short. */
const SHORT = { lifetime: 8, end_wait: 1, replicas: 3, requests: 60, mix: 0.5, tests: TESTS };

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function simulate(...words: readonly string[]): Outcome {
  const env = { ...process.env, NO_COLOR: "1" };
  return spawnSync(PROGRAM, ["simulate", ...words], { encoding: "utf8", cwd: directory, env });
}

function reportSize(file: string): number {
  return statSync(path.join(directory, file)).size;
}

function reportIn(file: string): CampaignReport {
  return JSON.parse(readFileSync(path.join(directory, file), "utf8")) as CampaignReport;
}

for (const [words, message] of [
  [["--seeds", "9..3"], /--seeds.*'9\.\.3'.*ends before it begins\. Allowed: 3\.\.9/],
  [["--seeds", "many"], /--seeds.*Allowed: a range as 1\.\.1000/],
  [["--minutes", "0"], /--minutes.*Allowed: minutes, more than 0/],
  [["--jobs", "0"], /--jobs.*Allowed: an integer from 1 to 256/],
  [["--replicas", "10"], /--replicas.*Allowed: an integer from 1 to 9/],
  [["--seed", "1", "--seeds", "1..2"], /--seed and --seeds exclude each other/],
  [["--seed", "1", "--minutes", "1"], /--seed and --minutes exclude each other/],
  [["--trace", "t.jsonl"], /--trace needs --seed/],
  [["--seed", "1", "--trace", "/dev/null/t.jsonl"], /--trace: .*\/dev\/null/],
  [["--seed", "1", "--config", "all", "--trace", "t.jsonl"], /--trace needs a single config/],
  [["--config", "crash-9"], /there is no config "crash-9"; give a file, all, or one of simple-1/],
  [["--config", "crash-1", "--replicas", "3"], /--replicas is for clusters/],
  [["--resume"], /--resume needs --report/],
  [["--report", "/dev/null/r.json"], /--report \/dev\/null\/r\.json: /],
  [["surplus"], /too many arguments/],
] as const) {
  test(`one clear line: ${words.join(" ")}`, async () => {
    const command = simulateCommand().configureOutput({ outputError: () => {} });
    await assert.rejects(
      command.exitOverride().parseAsync(words, { from: "user" }),
      ({ message: line }: Error) => message.test(line) && !line.includes("\n"),
    );
  });
}

for (const [words, message] of [
  [["--sed", "3"], /^keelson: unknown option '--sed' .*; allowed: --seeds, .*\n$/],
  [["--seed", "1", "--seeds", "1..2"], /^keelson: --seed and --seeds exclude each other\n$/],
] as const) {
  test(`exit status 2: ${words.join(" ")}`, () => {
    const { status, stdout, stderr } = simulate(...words);
    assert.match(stderr, message);
    assert.deepEqual([status, stdout], [2, ""]);
  });
}

test("its help names every flag, shows examples, and fits a terminal", () => {
  const { status, stdout } = simulate("--help");
  assert.equal(status, 0);
  for (const { long } of simulateCommand().options) assert.ok(stdout.includes(long ?? "none"), long);
  assert.match(stdout, /Examples:\n {2}keelson simulate --seeds/);
  assert.deepEqual(
    stdout.split("\n").filter((line) => line.length > 80),
    [],
  );
});

test("a campaign of clusters: result, coverage and report; the same seeds again give the same digest", () => {
  const first = simulate("--seeds", "1..3", "--report", "cluster.json");
  assert.equal(first.status, 0, first.stdout + first.stderr);
  assert.match(first.stdout, /^seeds 1\.\.3: 3 runs, none failed, in /);
  assert.match(first.stdout, /virtual hours per hour, \d+ times real time per core/);
  assert.match(first.stdout, /^ +\d+ {2}elections won$/m);
  const report = reportIn("cluster.json");
  assert.deepEqual([report.passed, report.interrupted, report.seeds], [true, false, [{ from: 1, to: 3 }]]);
  assert.equal(report.command, "keelson simulate --seeds 1..3 --report cluster.json");
  const { virtualMs, operations, events, coverage, traceDigest } = report.totals;
  assert.ok(virtualMs >= 3 * 20_000 && operations >= 3 * 200 && events > operations, JSON.stringify(report.totals));
  assert.ok((coverage["elections won"] ?? 0) > 0);

  const twice = simulate("--seeds", "2..3", "--twice", "--json", "--jobs", "1");
  assert.equal(twice.status, 0, twice.stdout);
  const one = simulate("--seed", "1", "--json");
  const parsed = JSON.parse(twice.stdout) as CampaignReport;
  assert.equal(parsed.totals.runs, 2);
  assert.notEqual(parsed.totals.traceDigest, traceDigest, "other seeds");
  assert.match(one.stdout, /"traceHash": "[0-9a-f]+"/);

  const rest = simulate("--seeds", "1..4", "--report", "cluster.json", "--resume");
  assert.equal(rest.status, 0, rest.stderr);
  const whole = simulate("--seeds", "1..4", "--json");
  const { totals: resumed, seeds } = reportIn("cluster.json");
  const { totals: straight } = JSON.parse(whole.stdout) as CampaignReport;
  assert.deepEqual(seeds, [{ from: 1, to: 4 }]);
  assert.deepEqual({ ...resumed, busyMs: 0 }, { ...straight, busyMs: 0 }, "in two parts or in one");
  const other = simulate("--seeds", "1..4", "--twice", "--report", "cluster.json", "--resume");
  assert.match(other.stderr, /^keelson: --resume: cluster\.json is of another campaign .*\n$/);
  assert.equal(other.status, 2);
});

test("one seed tells what happened in it, and its trace can be kept, gzipped", () => {
  const { status, stdout } = simulate("--seed", "1", "--trace", "seed.jsonl.gz", "--replicas", "3");
  assert.equal(status, 0, stdout);
  assert.match(stdout, /^seed 1 {2}passed {2}[\d.]+ s of virtual time, \d+ events, \d+ operations checked\n/);
  const lines = gunzipSync(readFileSync(path.join(directory, "seed.jsonl.gz")))
    .toString("utf8")
    .trimEnd()
    .split("\n");
  assert.match(lines[0] ?? "", /"type":"run".*"seed":"1"/);
  assert.ok(lines.length > 1_000, `${lines.length} events`);
});

test("a config with many seeds gives the distribution of its score", () => {
  writeFileSync(path.join(directory, "short.json"), JSON.stringify({ ...SHORT, drops: 0.2 }));
  const { status, stdout } = simulate("--config", "short.json", "--seeds", "1..6", "--json");
  assert.equal(status, 0, stdout);
  const [distribution] = (JSON.parse(stdout) as CampaignReport).distributions ?? [];
  assert.deepEqual([distribution?.config, distribution?.runs, distribution?.passes], ["short", 6, 6]);
  const messages = distribution?.measures.find(({ measure }) => measure === "messages");
  assert.ok(messages !== undefined && messages.min > 20);
  assert.ok(messages.min < messages.max, "seeds differ");
  assert.deepEqual(
    Object.values(messages.tiers ?? {}).reduce((sum, times) => sum + times, 0),
    6,
  );
  const one = simulate("--config", "short.json", "--seed", messages.worstSeed, "--json");
  assert.equal(JSON.parse(one.stdout)[0].statistics.totalMessages, messages.max, "the seed replays its run");
});

test("a config that cannot pass: its seeds are named with a reason and a replay command, exit status 1", () => {
  const cut = { type: "part_oneway", time: 0, from: ["0000", "0001", "0002"], to: "others" };
  const events = [["0000"], ["0001"], ["0002"]].map((from) => ({ ...cut, from }));
  writeFileSync(path.join(directory, "hopeless.json"), JSON.stringify({ ...SHORT, events }));
  writeFileSync(path.join(directory, "calm.json"), JSON.stringify(SHORT));
  const { status, stdout } = simulate("--config", "hopeless.json", "calm.json", "--seeds", "3..4");
  assert.equal(status, 1, stdout);
  assert.match(stdout, /^hopeless {2}0 of 2 passed \(95 % sure: 0\.\.66 %\)/);
  assert.match(stdout, /^failed hopeless seed 3: .+\n {2}again: .*keelson simulate --config hopeless\.json --seed 3$/m);
  assert.match(stdout, /^calm {2}2 of 2 passed/m);
  assert.ok(stdout.indexOf("hopeless") < stdout.indexOf("calm"), "in the order that was asked for");
  assert.equal(simulate("--config", "hopeless.json", "--seed", "3").status, 1);
});

test("Ctrl-C prints what is there, leaves a report to go on from, and no worker behind", async () => {
  const words = ["simulate", "--config", "simple-1", "--seeds", "1..100000", "--report", "cut.json"];
  const child = spawn(PROGRAM, words, { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  while (!existsSync(path.join(directory, "cut.json")) || reportSize("cut.json") === 0) await sleep(50);
  child.kill("SIGINT");
  const [status] = await once(child, "close");
  assert.equal(status, 130, stdout);
  assert.match(stdout, /interrupted, \d+ runs/);
  assert.equal(reportIn("cut.json").interrupted, true);
  assert.ok(!existsSync(path.join(directory, "cut.json.part")));
});
