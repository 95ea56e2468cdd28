// docs/reliability.md is computed from reports: parts add up to the whole, and the page shows what its reports hold.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { mergeReports, reliabilityRows } from "../../src/cli/simulate/reliability.ts";
import type { CampaignReport } from "../../src/cli/simulate/report.ts";
import { NO_TOTALS, Tally } from "../../src/cli/simulate/tally.ts";

/** The report of a campaign over `from` .. `to`, with made-up runs; seed 13 violates a rule. */
function report({ from, to, commit = "0123456789ab" }: { from: number; to: number; commit?: string }): CampaignReport {
  const tally = new Tally({ counters: ["elections won", "torn tails cut off"] });
  for (let seed = from; seed <= to; seed++) {
    const sound = {
      virtualMs: 36_000 + seed,
      safetyMs: 20_000 + seed,
      events: 100,
      operations: 200 + seed,
      coverage: { "elections won": 2, [`seed ${seed % 2}`]: 1 },
      traceHash: `${seed}`,
      recovery: { probeAfterMs: seed * 10, convergedAfterMs: seed * 20 },
    };
    const failure = { oracle: "ghost", rule: "R0", detail: "made up" };
    tally.add({ seed: `${seed}`, config: 0 }, { report: seed === 13 ? { ...sound, failure } : sound, busyMs: 50 });
  }
  return {
    format: "keelson-simulation-report",
    version: 1,
    passed: tally.failing === 0,
    interrupted: false,
    command: `keelson simulate --seeds ${from}..${to}`,
    provenance: { version: "1.2.3", commit, node: "v24.0.0", platform: "linux x64", cores: 2 },
    startedAt: "2026-01-01T00:00:00.000Z",
    wallMs: (to - from + 1) * 25,
    job: { kind: "cluster", twice: false },
    seeds: [{ from, to }],
    totals: tally.totals,
    figures: { virtualHours: 0, timesRealTime: 0, timesRealTimePerCore: 0, eventsPerSecond: 0, runsPerSecond: 0 },
  };
}

test("the parts of a campaign add up to what it would have been in one", () => {
  const [parts, none] = mergeReports([report({ from: 5, to: 20 }), report({ from: 1, to: 4 })]);
  const [whole] = mergeReports([report({ from: 1, to: 20 })]);
  assert.equal(none, undefined);
  assert.deepEqual(parts?.totals, whole?.totals);
  assert.deepEqual(parts?.seeds.ranges, [{ from: 1, to: 20 }]);
  assert.equal(parts?.wallMs, whole?.wallMs);
  assert.notDeepEqual(whole?.totals, NO_TOTALS);
});

test("a seed is never counted twice, and different code is never added up", () => {
  assert.throws(
    () => mergeReports([report({ from: 1, to: 9 }), report({ from: 9, to: 10 })]),
    /two reports hold seeds of 9\.\.10/,
  );
  assert.equal(mergeReports([report({ from: 1, to: 9 }), report({ from: 1, to: 9, commit: "other" })]).length, 2);
});

test("the tables tell the seeds, the violations, the least that each seed had, and the counters that stand at zero", () => {
  const rows = reliabilityRows(mergeReports([report({ from: 1, to: 12 })]));
  assert.match(rows, /^### 12 seeds\n/);
  assert.match(rows, /\| violations \| \*\*0\*\* in 12 seeds; fewer than 1 in 4 of all seeds fail, 95 % sure/);
  assert.match(rows, /\| each seed \| at least 20\.0 virtual seconds and 201 operations /);
  assert.match(rows, /\| elections won \| 24 \|/);
  assert.match(rows, /\| torn tails cut off \| \*\*0: nothing is claimed about it\*\* \|/);
  const failed = reliabilityRows(mergeReports([report({ from: 13, to: 14 })]));
  assert.match(failed, /\| violations \| \*\*1\*\* in 2 seeds \|/);
});

test("docs/reliability.md shows what docs/reliability/ holds", () => {
  const script = fileURLToPath(new URL("../../scripts/reliability.ts", import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
});
