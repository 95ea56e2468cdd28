// Whole clusters under random faults, each seed one world: size, settings, load and faults all differ, every rule is held against every
// event, and in the end everything heals and the cluster must prove that it lives.
//
//   KEELSON_SEED=17       runs one seed
//   KEELSON_SEEDS=1..500  runs a range instead of the default one
import assert from "node:assert/strict";
import test from "node:test";
import { addCoverage, type Coverage, simulateSeed, situations, unwanted } from "../../src/simulator/index.ts";

const { KEELSON_SEED: seed, KEELSON_SEEDS: range } = process.env;
const isWholeDefault = seed === undefined && range === undefined;

test("a cluster keeps every rule under random faults, and lives again when they end", () => {
  let coverage: Coverage = {};
  const seeds = chosenSeeds();
  for (const each of seeds) {
    const report = simulateSeed(each);
    coverage = addCoverage(coverage, report.coverage);
    const { violation } = report;
    if (violation !== undefined) {
      assert.fail(`seed ${each}, ${violation.oracle}: ${violation.rule}: ${violation.detail}\n${replayOf(each)}`);
    }
    assert.ok(report.virtualMs >= 20_000, `seed ${each} lasts long enough`);
  }
  const lines = situations.map((situation) => `${String(coverage[situation] ?? 0).padStart(9)}  ${situation}`);
  console.log(`${seeds.length} seeds; what happened in them:\n${lines.join("\n")}`);
  const missing = situations.filter((situation) => coverage[situation] === undefined && !unwanted.includes(situation));
  if (isWholeDefault) assert.deepEqual(missing, [], "the seeds must reach every situation, or they do not test it");
});

test("one seed is one execution: run twice, it gives the same events", () => {
  for (const each of seed === undefined ? ["1", "2", "3"] : [seed]) {
    const first = simulateSeed(each);
    assert.ok(first.events > 1000, "a run has many events");
    const again = simulateSeed(each, { record: true, trace: () => undefined });
    assert.equal(again.traceHash, first.traceHash, `seed ${each} gives the same events, recorded and traced or not`);
  }
});

test("a recorded run replays from its decisions", () => {
  for (const each of seed === undefined ? ["4", "5", "6", "7"] : [seed]) {
    const { settings, safetyMs, decisions = [], traceHash, violation } = simulateSeed(each, { record: true });
    assert.equal(violation, undefined);
    const schedule = JSON.parse(JSON.stringify(decisions));
    const replayed = simulateSeed(each, { settings: JSON.parse(JSON.stringify(settings)), schedule, safetyMs });
    assert.equal(
      replayed.traceHash,
      traceHash,
      `seed ${each} gives the same events from ${decisions.length} decisions`,
    );
  }
});

function replayOf(each: string): string {
  return `replay: KEELSON_SEED=${each} node --test test/simulation/random-cluster.test.ts`;
}

function chosenSeeds(): string[] {
  if (seed !== undefined) return [seed];
  if (range === undefined) return numbers({ from: 1, to: 200 });
  const match = /^(\d+)\.\.(\d+)$/.exec(range);
  if (match === null) throw new RangeError(`KEELSON_SEEDS is ${range}; it must be two numbers, for example 1..500`);
  return numbers({ from: Number(match[1]), to: Number(match[2]) });
}

function numbers({ from, to }: { from: number; to: number }): string[] {
  return Array.from({ length: to - from + 1 }, (_, at) => `${from + at}`);
}
