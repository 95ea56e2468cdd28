// Decisions that are recorded, thinned out, shrunk, written down and replayed.
//
//   KEELSON_SEED=17   begins with this seed
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { Prng } from "../../src/base/index.ts";
import { formatScenarioFile, parseScenarioFile } from "../../src/cli/replay/scenario-file.ts";
import { defaultSettings, runScenario, type Scenario, scenarioOf, simulateSeed } from "../../src/simulator/index.ts";
import { plantedBugs } from "../mutations/catalogue/index.ts";
import type { Patch } from "../mutations/planted-bug.ts";
import type { ScenarioNews, ScenarioTask } from "./scenario-worker.ts";
import type { ShrinkNews, ShrinkTask } from "./shrink-worker.ts";

const PROGRAM = fileURLToPath(new URL("../../bin/keelson", import.meta.url));
const firstSeed = Number(process.env["KEELSON_SEED"] ?? 1);
const seeds = Array.from({ length: 12 }, (_, at) => String(firstSeed + at));
const directory = mkdtempSync(path.join(tmpdir(), "keelson-replay-"));
after(() => rmSync(directory, { recursive: true }));

test("a run that is replayed from its decisions is the run that was drawn", () => {
  for (const seed of seeds) {
    const drawn = simulateSeed(seed, { record: true });
    assert.equal(runScenario(scenarioOf(drawn)).traceHash, drawn.traceHash, `seed ${seed}; KEELSON_SEED=${seed}`);
  }
});

test("any part of the decisions is a run, always the same, and breaks no rule", () => {
  for (const seed of seeds.slice(0, 4)) {
    const whole = scenarioOf(simulateSeed(seed, { record: true }));
    const prng = new Prng(`sublists of ${seed}`);
    for (const share of [0.2, 0.5, 0.9]) {
      const part = { ...whole, decisions: whole.decisions.filter(() => prng.chance(share)) };
      const report = runScenario(part);
      assert.equal(report.violation, undefined, `seed ${seed}, share ${share}; KEELSON_SEED=${seed}`);
      assert.equal(runScenario(part).traceHash, report.traceHash, `seed ${seed}, share ${share}`);
    }
  }
});

test("a scenario file says the same as its scenario", () => {
  const scenario = scenarioOf(simulateSeed(String(firstSeed), { record: true }));
  const expect = { oracle: "ghost", rule: "R9 own-term commit" } as const;
  const text = formatScenarioFile({ scenario, expect }, { keelson: "0.1.0", remarks: ["one", "two"] });
  const read = parseScenarioFile(text, "x.scenario");
  assert.deepEqual(read.expect, expect);
  assert.deepEqual(read.scenario.decisions, scenario.decisions);
  assert.equal(runScenario(read.scenario).traceHash, runScenario(scenario).traceHash);
});

test("a planted bug is shrunk to a few decisions, and the file fails the same way", async () => {
  const { patches } = plantedBug("vote-not-reloaded");
  const task: ShrinkTask = { patches, seeds: Array.from({ length: 20 }, (_, at) => `${at + 1}`), limitMs: 60_000 };
  const { shrunk } = await inWorker<ShrinkNews>("shrink-worker.ts", task);
  assert.ok(shrunk !== undefined, "none of the seeds finds the bug");
  assert.ok(shrunk.complete && shrunk.scenario.decisions.length <= 10, `${shrunk.scenario.decisions.length} decisions`);
  const { scenario } = parseScenarioFile(fileOf(shrunk.scenario), "shrunk.scenario");
  const again = await withPatches(patches, scenario);
  assert.deepEqual(again, shrunk.violation);
  assert.equal(runScenario(scenario).violation, undefined, "without the bug it passes");
});

const kept = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".scenario"));
for (const name of kept) {
  test(`${name} passes, and fails with the bug that it is named after`, async () => {
    const { scenario, expect } = parseScenarioFile(readFileSync(path.join(import.meta.dirname, name), "utf8"), name);
    assert.equal(expect, "passes");
    assert.equal(runScenario(scenario).violation, undefined);
    const violation = await withPatches(plantedBug(path.parse(name).name).patches, scenario);
    assert.ok(violation !== undefined, "node scripts/shrink-bugs.ts --keep test/replay NAME makes it anew");
  });
}

test("keelson replay tells what happens, and says by its exit status whether that was expected", () => {
  const scenario: Scenario = {
    seed: "1",
    liveness: true,
    settings: { ...defaultSettings, safetyMs: 3000 },
    decisions: [
      { at: 1500, type: "operation", client: "c1", node: "n1", request: { kind: "put", key: 0, value: "v" } },
      { at: 2000, type: "crash", node: "n1", downMs: 100 },
      { type: "message", link: "n2>n1", n: 1, arrivesAfter: [] },
    ],
  };
  const passes = write("passes.scenario", fileOf(scenario, "passes"));
  const trace = path.join(directory, "trace.jsonl");
  const passed = replay("--trace", trace, passes);
  assert.equal(passed.status, 0, passed.stderr);
  assert.match(passed.stdout, /1\.500 s {2}c1 +put k0=v/);
  assert.match(passed.stdout, /2\.000 s {2}n1 +crash/);
  assert.match(passed.stdout, /message 1 of n2>n1: it is lost/);
  assert.match(passed.stdout, /as expected: no rule was broken/);
  assert.match(readFileSync(trace, "utf8"), /"type":"run"/);
  const fails = write("fails.scenario", fileOf(scenario));
  assert.equal(replay("--quiet", passes, fails).status, 1);
});

test("a malformed file is one line and exit status 2", () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ["{", /is not JSON/],
    ['{"format":"keelson-scenario","version":2,"seed":"1","expect":"passes"}', /version: must be 1/],
    [scenarioText('{"type":"crash","at":5,"node":"n9","downMs":1}'), /decisions\[0\]: there is no n9/],
    [scenarioText('{"type":"crush"}'), /decisions\[0\]\.type: must have a known type/],
    [scenarioText("", '{"raft":{"heartbeatTicks":9}}'), /settings\.raft: heartbeatTicks is 9/],
  ];
  for (const [text, reason] of wrong) {
    const { status, stderr } = replay(write("wrong.scenario", text));
    assert.equal(status, 2, stderr);
    assert.match(stderr, reason);
    assert.equal(stderr.trim().split("\n").length, 1, stderr);
  }
});

test("keelson shrink wants a seed that fails", () => {
  const output = path.join(directory, "none.scenario");
  const { status, stderr } = spawnSync(PROGRAM, ["shrink", "--seed", String(firstSeed), "-o", output], {
    encoding: "utf8",
  });
  assert.equal(status, 2, stderr);
  assert.match(stderr, /nothing fails with this seed/);
});

function plantedBug(name: string): { readonly patches: readonly Patch[] } {
  const bug = plantedBugs.find((each) => each.name === name);
  assert.ok(bug !== undefined, `no planted bug is called ${name}`);
  return bug;
}

function fileOf(
  scenario: Scenario,
  expect: "passes" | { oracle: "ghost"; rule: string } = { oracle: "ghost", rule: "R2" },
): string {
  return formatScenarioFile({ scenario, expect }, { keelson: "0.1.0" });
}

function scenarioText(decision: string, settings = "{}"): string {
  return `{"format":"keelson-scenario","version":1,"seed":"1","expect":"passes","settings":${settings},"decisions":[${decision}]}`;
}

function write(name: string, text: string): string {
  const file = path.join(directory, name);
  writeFileSync(file, text);
  return file;
}

function replay(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(PROGRAM, ["replay", ...args], { encoding: "utf8" });
}

async function withPatches(patches: readonly Patch[], scenario: Scenario): Promise<ScenarioNews["violation"]> {
  const task: ScenarioTask = { patches, scenario };
  return (await inWorker<ScenarioNews>("scenario-worker.ts", task)).violation;
}

async function inWorker<News>(file: string, workerData: unknown): Promise<News> {
  const worker = new Worker(new URL(file, import.meta.url), { workerData });
  try {
    return await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  } finally {
    await worker.terminate();
  }
}
