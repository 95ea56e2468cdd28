// Distributions of made-up runs: quantiles, tiers, pass rates, and how they print.
import assert from "node:assert/strict";
import { test } from "node:test";
import { distributionsOf, formatDistributions, type RunSample } from "./index.ts";

/** Run number `seed` of ten and more: as many messages as its seed times ten. */
function sample(seed: number, more: Partial<RunSample> = {}): RunSample {
  const values = { messages: seed * 10, failures: 0, duplicates: seed % 2, "hop median ms": 0.5 };
  return {
    config: "calm",
    seed: `${seed}`,
    passed: true,
    values,
    tiers: { messages: seed > 15 ? "none" : "bonus" },
    ...more,
  };
}

const RUNS = Array.from({ length: 20 }, (_, at) => sample(at + 1));

test("each quantile is the value of a run, and the worst seed is named, whatever the order of the runs", () => {
  for (const runs of [RUNS, RUNS.toReversed()]) {
    const [calm, none] = distributionsOf(runs);
    assert.equal(none, undefined);
    const [messages, failures, duplicates] = calm?.measures ?? [];
    assert.deepEqual(messages, {
      measure: "messages",
      count: 20,
      min: 10,
      p10: 20,
      median: 100,
      p90: 180,
      max: 200,
      worstSeed: "20",
      tiers: { bonus: 15, full: 0, partial: 0, none: 5 },
    });
    assert.deepEqual([failures?.worstSeed, failures?.tiers], ["1", undefined]);
    assert.deepEqual([duplicates?.min, duplicates?.median, duplicates?.p90], [0, 0, 1]);
    assert.equal(calm?.fullScores, 15);
  }
});

test("a measure that no run has is left out, and one that some have counts those", () => {
  const [first, ...others] = RUNS;
  assert.ok(first !== undefined);
  const { "hop median ms": _, ...values } = first.values;
  const [calm] = distributionsOf([{ ...first, values }, ...others]);
  assert.deepEqual(
    calm?.measures.map(({ measure, count }) => [measure, count]),
    [
      ["messages", 20],
      ["failures", 20],
      ["duplicates", 20],
      ["hop median ms", 19],
    ],
  );
});

test("runs that failed are counted, named and shown with their replay command; configs stay apart", () => {
  const failed = sample(3, { config: "rough", passed: false, reason: "linearizable: no order" });
  const distributions = distributionsOf([...RUNS, failed, sample(4, { config: "rough" })]);
  const rough = distributions.find(({ config }) => config === "rough");
  assert.deepEqual(
    [rough?.runs, rough?.passes, rough?.failed],
    [2, 1, [{ seed: "3", reason: "linearizable: no order" }]],
  );
  const text = formatDistributions(distributions, {
    colors: false,
    replay: (config, seed) => `again ${config} ${seed}`,
  });
  assert.match(text, /^calm {2}20 of 20 passed \(95 % sure: 84\.\.100 %\); full or better in everything: 15\n/);
  assert.match(text, /│ messages +│ +10 │ +20 │ +100 │ +180 │ +200 │ +15 │ +0 │ +0 │ +5 │ +seed 20 │/);
  assert.match(text, /\nrough {2}1 of 2 passed/);
  assert.match(text, /\nfailed rough seed 3: linearizable: no order\n {2}again: again rough 3$/);
});
