// Whole clusters under random faults. Each seed is one world: size, settings, load and faults all differ (swarm.ts); after every event
// the cluster-wide properties are checked (safety.ts); in the end everything heals and the cluster must prove that it lives.
//
//   KEELSON_SEED=17       runs one seed, and KEELSON_TRACE=1 prints every event of it
//   KEELSON_SEEDS=1..500  runs a range instead of the default one
import assert from "node:assert/strict";
import test from "node:test";
import { runSeed } from "../../src/simulator/chaos.ts";
import { Coverage, situations } from "../../src/simulator/index.ts";
import { drawLeaseSwarm, drawSwarm, type Swarm } from "../../src/simulator/swarm.ts";

const { KEELSON_SEED: seed, KEELSON_SEEDS: range, KEELSON_TRACE: traced } = process.env;
const trace = traced === undefined ? undefined : (line: string) => process.stdout.write(`${line}\n`);
const isWholeDefault = seed === undefined && range === undefined;

test("a cluster keeps every property of the paper under random faults, and lives again when they end", () => {
  const coverage = runSeeds("a cluster keeps", drawSwarm, { from: 1, to: 1500 });
  const missing = situations.filter((situation) => coverage.of(situation) === 0);
  if (isWholeDefault) assert.deepEqual(missing, [], "the seeds must reach every situation, or they do not test it");
});

test("no lease outlives its leadership, however far apart the clocks run within the stated bound", () => {
  const coverage = runSeeds("no lease outlives", drawLeaseSwarm, { from: 1, to: 300 });
  if (isWholeDefault) assert.ok(coverage.of("reads by lease") > 0 && coverage.of("leaders cut off and read from") > 0);
});

test("one seed is one execution: run twice, it gives the same events", () => {
  const run = () => {
    const lines: string[] = [];
    runSeed(drawSwarm(seed ?? "7"), (line) => lines.push(line));
    return lines;
  };
  const first = run();
  assert.ok(first.length > 1000, "a run has many events");
  assert.deepEqual(run(), first);
});

/** Runs the chosen seeds, prints what happened in them, and gives it back. `name` is how the test's name begins. */
function runSeeds(name: string, draw: (seed: string) => Swarm, byDefault: { from: number; to: number }): Coverage {
  const coverage = new Coverage();
  let slowest = { seed: "", convergedAfterMs: 0 };
  const seeds = chosenSeeds(byDefault);
  for (const each of seeds) {
    const report = runOrExplain(name, draw(each));
    coverage.add(report.coverage);
    if (report.convergedAfterMs > slowest.convergedAfterMs) slowest = { seed: each, ...report };
  }
  console.log(`${seeds.length} seeds; what happened in them:\n${coverage.lines().join("\n")}`);
  console.log(
    `slowest to converge: seed ${slowest.seed}, ${Math.round(slowest.convergedAfterMs)} virtual ms after healing`,
  );
  return coverage;
}

function runOrExplain(name: string, swarm: Swarm): ReturnType<typeof runSeed> {
  try {
    return runSeed(swarm, trace);
  } catch (error) {
    const command = `node --test --test-name-pattern="${name}" test/simulation/random-cluster.test.ts`;
    const replay = `KEELSON_SEED=${swarm.seed} KEELSON_TRACE=1 ${command}`;
    const what = error instanceof Error ? error.message : error;
    throw new Error(`seed ${swarm.seed}: ${what}\nreplay: ${replay}`, { cause: error });
  }
}

function chosenSeeds(byDefault: { from: number; to: number }): string[] {
  if (seed !== undefined) return [seed];
  if (range === undefined) return numbers(byDefault);
  const match = /^(\d+)\.\.(\d+)$/.exec(range);
  if (match === null) throw new RangeError(`KEELSON_SEEDS is ${range}; it must be two numbers, for example 1..500`);
  return numbers({ from: Number(match[1]), to: Number(match[2]) });
}

function numbers({ from, to }: { from: number; to: number }): string[] {
  return Array.from({ length: to - from + 1 }, (_, at) => `${from + at}`);
}
