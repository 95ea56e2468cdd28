// The real course replica under the real runner, in virtual time: the 17 configs, and worlds that are harsher than they.
//
//   KEELSON_SEED=17       runs one seed of each
//   KEELSON_SEEDS=1..500  runs a range instead of the default ones
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type CourseConfig, parseConfig, type RunResult } from "../../src/course/runner/index.ts";
import { harshWorld, type Kills } from "./virtual/harsh-worlds.ts";
import { type Memory, runReplicas } from "./virtual/replicas.ts";

const folder = fileURLToPath(new URL("../../configs/", import.meta.url));
const names = readdirSync(folder).filter((file) =>
  /^(simple|unreliable|crash|partition|advanced)-\d\.json$/.test(file),
);

test("the course's 17 configs are all here", () => assert.equal(names.length, 17));

for (const name of names.sort()) {
  test(`${name}: every check passes, within the message bonus, without duplicates where nothing gets lost`, () => {
    const config = configOf(readFileSync(`${folder}${name}`, "utf8"), name);
    for (const seed of seeds({ from: 1, to: 5 })) {
      explain({ name, seed }, () => judgeConfig(config, runReplicas(config, { seed, memory: "lost" })));
    }
  });
}

test("shared keys: nobody reads what another client's put has replaced, through a partition and the loss of two leaders", () => {
  const settings = JSON.parse(readFileSync(`${folder}crash-4.json`, "utf8"));
  const { events } = JSON.parse(readFileSync(`${folder}partition-4.json`, "utf8"));
  const text = JSON.stringify({ ...settings, mix: 0.5, shared_keys: 5, events: [...settings.events, ...events] });
  for (const seed of seeds({ from: 1, to: 3 })) {
    explain({ name: "shared keys", seed }, () => {
      assert.deepEqual(failedChecks(runReplicas(configOf(text, "shared"), { seed, memory: "lost" })), []);
    });
  }
});

const worlds: readonly { readonly what: string; readonly kills: Kills; readonly memory: Memory }[] = [
  { what: "nobody is killed: every request is answered", kills: "nobody", memory: "kept" },
  { what: "anybody is killed and finds its state again", kills: "anybody", memory: "kept" },
  { what: "a minority is killed and has forgotten everything", kills: "a-minority", memory: "lost" },
];
for (const { what, kills, memory } of worlds) {
  test(`loss, delay, disorder, duplicates, partitions, pauses; ${what}`, () => {
    for (const seed of seeds({ from: 1, to: 25 })) {
      explain({ name: what, seed }, () => {
        judgeHarshWorld(runReplicas(harshWorld(seed, { kills }), { seed, memory }), { kills });
      });
    }
  });
}

test("a replica that forgot does not give a minority the majority to lose acknowledged puts", () => {
  for (const seed of seeds({ from: 1, to: 3 })) {
    for (const memory of ["kept", "lost"] as const) {
      explain({ name: `forgotten majority, memory ${memory}`, seed }, () => {
        const result = runReplicas(configOf(JSON.stringify(forgottenMajority()), "forgotten"), { seed, memory });
        assert.deepEqual(failedChecks(result), []);
        assert.equal(unanswered(result), 0);
      });
    }
  }
});

/** A config of the course, judged as on its page. A perfect system fails "gets generated" now and then, as the page explains. */
function judgeConfig({ name, drops, tests }: CourseConfig, result: RunResult): void {
  assert.deepEqual(
    failedChecks(result).filter((check) => !check.startsWith("gets generated")),
    [],
  );
  const { totalMessages, duplicates } = result.statistics;
  const [bonus = 0] = tests.benchmarks.total_msgs ?? [];
  if (!name.startsWith("advanced"))
    assert.ok(totalMessages < bonus, `${totalMessages} messages; the bonus is below ${bonus}`);
  if (drops > 0) return;
  assert.equal(duplicates, 0);
  assert.equal(unanswered(result), 0);
}

/** The floor of messages and the supply of gets are the course's notions; what holds here is correctness. */
function judgeHarshWorld(result: RunResult, { kills }: { kills: Kills }): void {
  assert.deepEqual(
    failedChecks(result).filter((check) => !/^(message floor|gets generated)/.test(check)),
    [],
  );
  if (kills === "nobody") assert.equal(unanswered(result), 0);
}

/** Three of five know the puts; one of the three is killed, and wakes up among the two that do not. */
function forgottenMajority(): object {
  const ids = ["0000", "0001", "0002", "0003", "0004"];
  const split = (time: number, side: readonly string[]) => {
    const rest = ids.filter((id) => !side.includes(id));
    return [side, rest].map((from) => ({ type: "part_oneway", time, from, to: from === side ? rest : side }));
  };
  const events = [
    ...split(4, ["0003", "0004"]),
    { type: "kill", time: 10, replica: "0002" },
    { type: "part_end", time: 10.01 },
    ...split(10.01, ["0000", "0001"]),
    { type: "restart", time: 10.1 },
    { type: "part_end", time: 20 },
  ];
  return { lifetime: 30, end_wait: 10, replicas: 5, requests: 300, mix: 0.5, events, tests: { benchmarks: {} } };
}

function failedChecks(result: RunResult): string[] {
  return result.checks.filter(({ passed }) => !passed).map(({ name, detail }) => `${name}: ${detail}`);
}

function unanswered({ statistics }: RunResult): number {
  return statistics.unansweredGets + statistics.unansweredPuts;
}

function configOf(text: string, file: string): CourseConfig {
  const result = parseConfig(text, { file });
  assert.ok(result.ok, JSON.stringify(result));
  return result.config;
}

/** Names the seed in whatever goes wrong. */
function explain({ name, seed }: { name: string; seed: string }, judge: () => void): void {
  try {
    judge();
  } catch (error) {
    const replay = `KEELSON_SEED=${seed} node --test test/course/replica-in-virtual-time.test.ts`;
    throw new Error(`${name}, seed ${seed}: ${error instanceof Error ? error.message : error}\nreplay: ${replay}`, {
      cause: error,
    });
  }
}

/** KEELSON_SEED, or the range KEELSON_SEEDS, or the given one. */
function seeds({ from, to }: { from: number; to: number }): string[] {
  const { KEELSON_SEED: one, KEELSON_SEEDS: range = `${from}..${to}` } = process.env;
  if (one !== undefined) return [one];
  const match = /^(\d+)\.\.(\d+)$/.exec(range);
  if (match === null) throw new RangeError(`KEELSON_SEEDS is ${range}; it must be two numbers, for example 1..500`);
  const [first, last] = [Number(match[1]), Number(match[2])];
  return Array.from({ length: last - first + 1 }, (_, at) => `${first + at}`);
}
