// Many runs of the same configs in a few numbers. Pure.

import type { Metric, RunResult, Tier } from "../runner/result.ts";

/** A share in 0 .. 1 with the bounds that hold it with 95 % confidence. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** One metric over all runs of a config. */
export interface MetricSummary {
  readonly metric: Metric;
  /** Mean over the runs that have a value; for median_latency the median of the medians, in seconds. */
  readonly value: number | undefined;
  /** The worst that any run reached. */
  readonly worstTier: Tier;
}

/** A run that did not pass, and how to see it again. */
export interface FailedRun {
  readonly seed: string;
  /** The first check that failed, in one line. */
  readonly reason: string;
  readonly replay: string | undefined;
}

/** All runs of one config. */
export interface ConfigSummary {
  readonly config: string;
  readonly runs: number;
  readonly passes: number;
  /** Wilson's score interval for the share of runs that pass. */
  readonly passRate: Interval;
  /** In the order of the runs' scores. */
  readonly metrics: readonly MetricSummary[];
  /** Median over the runs of their median end-to-end latency, in ms. */
  readonly endToEndMedianMs: number | undefined;
  readonly failed: readonly FailedRun[];
}

/** Sums up runs by config, in order of first appearance. */
export function summarize(results: readonly RunResult[]): readonly ConfigSummary[] {
  const configs = new Map<string, RunResult[]>();
  for (const result of results) configs.set(result.config, [...(configs.get(result.config) ?? []), result]);
  return [...configs].map(([config, runs]) => summarizeConfig(config, runs));
}

function summarizeConfig(config: string, runs: readonly RunResult[]): ConfigSummary {
  const passes = runs.filter(({ passed }) => passed).length;
  const metrics = new Set(runs.flatMap(({ scores }) => scores.map(({ metric }) => metric)));
  return {
    config,
    runs: runs.length,
    passes,
    passRate: wilsonInterval({ successes: passes, trials: runs.length }),
    metrics: [...metrics].map((metric) => summarizeMetric(metric, runs)),
    endToEndMedianMs: median(runs.map(({ statistics }) => statistics.endToEndLatency.median)),
    failed: runs.filter(({ passed }) => !passed).map(failedRun),
  };
}

function summarizeMetric(metric: Metric, runs: readonly RunResult[]): MetricSummary {
  const scores = runs.flatMap((run) => run.scores.filter((score) => score.metric === metric));
  const values = scores.map(({ value }) => value);
  return {
    metric,
    value: metric === "median_latency" ? median(values) : mean(values),
    worstTier: worstOf(scores.map(({ tier }) => tier)),
  };
}

function failedRun(run: RunResult): FailedRun {
  return { seed: run.seed, reason: failureReason(run), replay: run.replay };
}

/** Why a run failed, in one line: its first failed check, and how many more there are. */
export function failureReason({ checks }: RunResult): string {
  const failed = checks.filter(({ passed }) => !passed);
  const first = failed[0];
  if (first === undefined) return "failed without a failed check";
  const others = failed.length === 1 ? "" : ` (and ${failed.length - 1} more)`;
  return `${first.name}: ${first.detail.split("\n")[0]}${others}`;
}

/**
 * Wilson's score interval with 95 % confidence for a share seen as `successes` of `trials`; 0 .. 1 when there were none. Unlike the
 * normal approximation it says something useful about 10 passes of 10.
 */
export function wilsonInterval({ successes, trials }: { successes: number; trials: number }): Interval {
  if (trials === 0) return { low: 0, high: 1 };
  const z = 1.959963984540054;
  const share = successes / trials;
  const center = share + (z * z) / (2 * trials);
  const spread = z * Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials));
  const scale = 1 + (z * z) / trials;
  return { low: Math.max(0, (center - spread) / scale), high: Math.min(1, (center + spread) / scale) };
}

const TIERS_FROM_WORST: readonly Tier[] = ["none", "partial", "full", "bonus"];

function worstOf(tiers: readonly Tier[]): Tier {
  return TIERS_FROM_WORST.find((tier) => tiers.includes(tier)) ?? "none";
}

function mean(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
}

function median(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined).sort((left, right) => left - right);
  const middle = known.length / 2;
  const upper = known[Math.floor(middle)];
  if (upper === undefined || !Number.isInteger(middle)) return upper;
  return ((known[middle - 1] ?? upper) + upper) / 2;
}
