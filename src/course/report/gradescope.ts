// The report for Gradescope's autograder: results.json. Pure.

import type { Metric, RunResult, Tier } from "../runner/result.ts";
import { formatMetric, METRIC_NAMES } from "./figures.ts";
import { failureReason } from "./summary.ts";

/** Points for passing every check of a config. */
const CORRECTNESS_POINTS = 4;

/** Points for one metric of a config by its tier; "full" is the maximum, "bonus" exceeds it as extra credit. */
const TIER_POINTS: Readonly<Record<Tier, number>> = { bonus: 1.25, full: 1, partial: 0.5, none: 0 };

interface GradescopeTest {
  readonly name: string;
  readonly score: number;
  readonly max_score: number;
  readonly status: "passed" | "failed";
  readonly output: string;
  readonly visibility: "visible";
}

/**
 * The results.json as text: for each config one test for correctness and one for each metric. Of several runs the points are the
 * mean; a run that fails correctness earns nothing for its metrics, as in the course.
 */
export function formatGradescope(results: readonly RunResult[]): string {
  const configs = [...new Set(results.map(({ config }) => config))];
  const passes = results.filter(({ passed }) => passed).length;
  const report = {
    output: `${passes} of ${results.length} runs passed.`,
    execution_time: Math.round(results.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000),
    visibility: "visible",
    stdout_visibility: "visible",
    tests: configs.flatMap((config) => configTests(results.filter((run) => run.config === config))),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function configTests(runs: readonly RunResult[]): readonly GradescopeTest[] {
  const metrics = new Set(runs.flatMap(({ scores }) => scores.map(({ metric }) => metric)));
  return [correctnessTest(runs), ...[...metrics].map((metric) => metricTest(metric, runs))];
}

function correctnessTest(runs: readonly RunResult[]): GradescopeTest {
  return test({
    name: `${nameOf(runs)}: correctness`,
    points: runs.map(({ passed }) => (passed ? CORRECTNESS_POINTS : 0)),
    maximum: CORRECTNESS_POINTS,
    lines: runs.map((run) => `seed ${run.seed}: ${run.passed ? "passed" : `failed, ${failureReason(run)}`}`),
  });
}

function metricTest(metric: Metric, runs: readonly RunResult[]): GradescopeTest {
  const scored = runs.map((run) => ({ run, score: run.scores.find((score) => score.metric === metric) }));
  return test({
    name: `${nameOf(runs)}: ${METRIC_NAMES[metric]}`,
    points: scored.map(({ run, score }) => (run.passed ? TIER_POINTS[score?.tier ?? "none"] : 0)),
    maximum: TIER_POINTS.full,
    lines: scored.map(({ run, score }) => {
      const earned = run.passed ? (score?.tier ?? "none") : `${score?.tier ?? "none"}, but correctness failed`;
      return `seed ${run.seed}: ${formatMetric(metric, score?.value)} (${earned})`;
    }),
  });
}

function test(of: {
  readonly name: string;
  readonly points: readonly number[];
  readonly maximum: number;
  readonly lines: readonly string[];
}): GradescopeTest {
  const mean = of.points.reduce((sum, points) => sum + points, 0) / of.points.length;
  const score = Math.round(mean * 1000) / 1000;
  return {
    name: of.name,
    score,
    max_score: of.maximum,
    status: score > 0 ? "passed" : "failed",
    output: of.lines.join("\n"),
    visibility: "visible",
  };
}

function nameOf(runs: readonly RunResult[]): string {
  return runs[0]?.config ?? "";
}
