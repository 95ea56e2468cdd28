// Whole clusters under random faults. Each seed is one world: size, settings, load and faults all differ (swarm.ts); after every event
// the cluster-wide properties are checked (safety.ts); in the end everything heals and the cluster must prove that it lives.
//
//   KEELSON_SEED=17       runs one seed, and KEELSON_TRACE=1 prints every event of it
//   KEELSON_SEEDS=1..500  runs a range instead of the default one
import assert from "node:assert/strict";
import test from "node:test";
import { runSeed } from "./chaos.ts";
import { Coverage, situations } from "./coverage.ts";

const defaultSeeds = { from: 1, to: 1500 };

const { KEELSON_SEED: seed, KEELSON_SEEDS: range, KEELSON_TRACE: traced } = process.env;
const trace = traced === undefined ? undefined : (line: string) => process.stdout.write(`${line}\n`);
const isWholeDefault = seed === undefined && range === undefined;

test("a cluster keeps every property of the paper under random faults, and lives again when they end", () => {
  const coverage = new Coverage();
  let slowest = { seed: "", convergedAfterMs: 0 };
  const seeds = chosenSeeds();
  for (const each of seeds) {
    const report = runOrExplain(each);
    coverage.add(report.coverage);
    if (report.convergedAfterMs > slowest.convergedAfterMs) slowest = { seed: each, ...report };
  }
  console.log(`${seeds.length} seeds; what happened in them:\n${coverage.lines().join("\n")}`);
  console.log(
    `slowest to converge: seed ${slowest.seed}, ${Math.round(slowest.convergedAfterMs)} virtual ms after healing`,
  );
  const missing = situations.filter((situation) => coverage.of(situation) === 0);
  if (isWholeDefault) assert.deepEqual(missing, [], "the seeds must reach every situation, or they do not test it");
});

test("one seed is one execution: run twice, it gives the same events", () => {
  const run = () => {
    const lines: string[] = [];
    runSeed(seed ?? "7", (line) => lines.push(line));
    return lines;
  };
  const first = run();
  assert.ok(first.length > 1000, "a run has many events");
  assert.deepEqual(run(), first);
});

function runOrExplain(each: string): ReturnType<typeof runSeed> {
  try {
    return runSeed(each, trace);
  } catch (error) {
    const replay = `KEELSON_SEED=${each} KEELSON_TRACE=1 node --test test/raft/random-cluster.test.ts`;
    throw new Error(`seed ${each}: ${error instanceof Error ? error.message : error}\nreplay: ${replay}`, {
      cause: error,
    });
  }
}

function chosenSeeds(): string[] {
  if (seed !== undefined) return [seed];
  if (range === undefined) return numbers(defaultSeeds);
  const match = /^(\d+)\.\.(\d+)$/.exec(range);
  if (match === null) throw new RangeError(`KEELSON_SEEDS is ${range}; it must be two numbers, for example 1..500`);
  return numbers({ from: Number(match[1]), to: Number(match[2]) });
}

function numbers({ from, to }: { from: number; to: number }): string[] {
  return Array.from({ length: to - from + 1 }, (_, at) => `${from + at}`);
}
