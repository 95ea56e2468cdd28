// The command as a user types it: exit statuses, messages, files, and what happens on Ctrl-C.
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { configText, faulty, temporaryDirectory } from "./runs.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const directory = temporaryDirectory();
const config = path.join(directory, "short.json");
writeFileSync(config, configText());

for (const [name, args, message] of [
  ["an unknown flag", [config, "--sed", "3"], /unknown option '--sed'/],
  ["a seed that is no number", [config, "--seed", "abc"], /--seed.*abc.*Allowed: an integer from 0/],
  ["no jobs", [config, "--jobs", "0"], /--jobs.*Allowed: an integer from 1 to 64/],
  [
    "an unknown report format",
    [config, "--report", "xml=a"],
    /--report.*Allowed: json=FILE, junit=FILE, gradescope=FILE/,
  ],
  [
    "a report nowhere",
    [config, "--report", "json=/dev/null/a.json"],
    /--report \/dev\/null\/a\.json: directory \/dev\/null/,
  ],
  ["a replica that does not exist", [config, "--replica", "./no-such"], /--replica: there is no file "\.\/no-such"/],
  ["a replica that is not executable", [config, "--replica", MAIN], /main\.ts" is not executable; run chmod \+x/],
  ["a replica that is a directory", [config, "--replica", `${directory} x`], /" is a directory; give the replica's/],
  ["a replica without a name", [config, "--replica", '""'], /--replica: the replica's command is empty/],
  ["a trace without a name", [config, "--trace", ""], /--trace: the file has no name/],
  ["a config that does not exist", ["crash-9"], /there is no config "crash-9"; give a file, all, or one of simple-1/],
] as const) {
  test(`one clear line and exit status 2: ${name}`, () => {
    const { status, stdout, stderr } = keelson(args);
    assert.match(stderr, message);
    assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
    assert.equal(stdout, "");
    assert.equal(status, 2);
  });
}

test("one clear line and exit status 2: a directory that another run is writing to, or that cannot be made", () => {
  const out = path.join(directory, "unused");
  mkdirSync(path.join(out, "short-1"), { recursive: true });
  writeFileSync(path.join(out, "short-1", "running.pid"), String(process.pid));
  writeFileSync(path.join(out, "short-2"), "");
  for (const [seed, message] of [
    ["1", new RegExp(`keelson: .*short-1 is in use by a run of process ${process.pid}; name another with --out\n$`)],
    ["2", /keelson: .*short-2/],
  ] as const) {
    const { status, stderr } = keelson([config, "--seed", seed]);
    assert.match(stderr, message);
    assert.equal(stderr.split("\n").filter((line) => line.startsWith("keelson: ")).length, 1, stderr);
    assert.equal(status, 2);
  }
});

test("every problem of a config is a line of its own, exit status 2", () => {
  const bad = path.join(directory, "bad.json");
  writeFileSync(bad, configText({ drop: 0.1, mix: 2 }));
  const { status, stderr } = keelson([bad]);
  assert.match(stderr, /keelson: .*bad\.json: mix is 2; it must be a number from 0 to 1\n/);
  assert.match(stderr, /keelson: .*bad\.json: drop is not a setting here/);
  assert.equal(status, 2);
});

test("runs, reports, traces: all is written, and a failing run gives exit status 1", async () => {
  const out = path.join(directory, "runs");
  // What a killed runner left behind does not stand in the way.
  mkdirSync(path.join(out, "short-5"), { recursive: true });
  writeFileSync(path.join(out, "short-5", "running.pid"), "99999999");
  const reports = ["json", "junit", "gradescope"].map((format) => `--report=${format}=${path.join(directory, format)}`);
  const trace = path.join(directory, "trace.jsonl");
  const passing = run([config, "--replica", faulty("none"), "--seed=5", `--out=${out}`, `--trace=${trace}`]);
  const failing = run([
    config,
    `--replica=${faulty("answers-after-redirect")}`,
    "--seed=6",
    "--repeat=2",
    "--jobs=2",
    `--out=${out}`,
    ...reports,
  ]);
  const [passed, failed] = await Promise.all([passing, failing]);

  assert.equal(passed.status, 0, passed.stderr);
  assert.match(passed.stdout, /short {2}seed 5 {2}passed/);
  assert.match(passed.stderr, /short seed 5: started/);
  assert.match(readFileSync(trace, "utf8").split("\n")[0] ?? "", /"type":"run".*"seed":"5"/);
  for (const file of ["run.log", "result.json", "trace.jsonl"])
    assert.ok(existsSync(path.join(out, "short-5", file)), file);
  assert.ok(!existsSync(path.join(out, "short-5", "running.pid")));

  assert.equal(failed.status, 1, failed.stderr);
  assert.match(failed.stdout, /0 of 2 runs passed/);
  assert.match(failed.stdout, /keelson course .*short\.json --seed 6 --replica '.*faulty\.ts" answers-after-redirect'/);
  const report = JSON.parse(readFileSync(path.join(directory, "json"), "utf8"));
  assert.deepEqual(
    report.runs.map((one: { seed: string }) => one.seed),
    ["6", "7"],
  );
  assert.match(readFileSync(path.join(directory, "junit"), "utf8"), /incorrect answers/);
  assert.ok(Array.isArray(JSON.parse(readFileSync(path.join(directory, "gradescope"), "utf8")).tests));
});

test("Ctrl-C ends the replicas, even those that ignore SIGTERM", async () => {
  const out = path.join(directory, "interrupted");
  const replica = `--replica=${faulty("ignores-sigterm")}`;
  const child = start([config, replica, "--seed=1", `--out=${out}`]);
  const pids = await untilReplicasTell(path.join(out, "short-1", "run.log"));
  child.kill("SIGINT");
  const [, signal] = await once(child, "exit");
  assert.equal(signal, "SIGINT");
  for (const pid of pids) await untilGone(pid);
});

test("a runner that is killed without a chance to act leaves no replica behind", async () => {
  const out = path.join(directory, "killed");
  const child = start([config, `--replica=${faulty("ignores-sigterm")}`, "--seed=1", `--out=${out}`]);
  const pids = await untilReplicasTell(path.join(out, "short-1", "run.log"));
  child.kill("SIGKILL");
  for (const pid of pids) await untilGone(pid);
});

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function keelson(args: readonly string[]): Outcome {
  const out = path.join(directory, "unused");
  return spawnSync(process.execPath, [MAIN, "course", ...args, "--out", out], { encoding: "utf8" });
}

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [MAIN, "course", ...args], { stdio: ["ignore", "pipe", "pipe"] });
}

async function run(args: readonly string[]): Promise<Outcome> {
  const child = start(args);
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const [status] = await once(child, "close");
  return { status, stdout, stderr };
}

/** Waits until three replicas have printed their process ids. */
async function untilReplicasTell(log: string): Promise<number[]> {
  for (;;) {
    const text = existsSync(log) ? readFileSync(log, "utf8") : "";
    const pids = [...text.matchAll(/ out (\d+)$/gm)].map((match) => Number(match[1]));
    if (pids.length === 3) return pids;
    await sleep(50);
  }
}

/** Waits until a process has ended; the test's own limit ends the wait otherwise. */
async function untilGone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await sleep(20);
  }
}
