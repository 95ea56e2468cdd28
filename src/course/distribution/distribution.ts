// Many runs of a config as a distribution: what a student may expect of the next run, where one run is one draw. Pure.
import { type Interval, wilsonInterval } from "../report/summary.ts";
import type { Tier } from "../runner/result.ts";
import { MEASURES, type Measure, type RunSample } from "./sample.ts";

/** One measure over all runs of a config. Quantiles by nearest rank: each is the value of a run that was made. */
export interface MeasureDistribution {
  readonly measure: Measure;
  /** Runs in which it was measured. */
  readonly count: number;
  readonly min: number;
  readonly p10: number;
  readonly median: number;
  readonly p90: number;
  readonly max: number;
  /** A seed with the highest value: all measures are better when lower. */
  readonly worstSeed: string;
  /** How many runs reached each tier; absent where the config has no thresholds. */
  readonly tiers?: Readonly<Record<Tier, number>>;
}

/** A run that did not pass. */
export interface FailedSeed {
  readonly seed: string;
  readonly reason: string;
}

/** All runs of one config. */
export interface ConfigDistribution {
  readonly config: string;
  readonly runs: number;
  readonly passes: number;
  /** Bounds of the share of passing runs, 95 % sure. */
  readonly passRate: Interval;
  /** Passing runs with "full" or better in every graded measure; some thresholds of "bonus" are out of anybody's reach. */
  readonly fullScores: number;
  /** Those that were measured in at least one run. */
  readonly measures: readonly MeasureDistribution[];
  readonly failed: readonly FailedSeed[];
}

/** The distributions by config, in order of first appearance; runs may come in any order. */
export function distributionsOf(samples: readonly RunSample[]): readonly ConfigDistribution[] {
  const byConfig = Map.groupBy(samples, ({ config }) => config);
  return [...byConfig].map(([config, runs]) => distributionOf(config, runs.toSorted(bySeed)));
}

function distributionOf(config: string, runs: readonly RunSample[]): ConfigDistribution {
  const passing = runs.filter(({ passed }) => passed);
  return {
    config,
    runs: runs.length,
    passes: passing.length,
    passRate: wilsonInterval({ successes: passing.length, trials: runs.length }),
    fullScores: passing.filter(({ tiers }) => Object.values(tiers).every(isFull)).length,
    measures: MEASURES.flatMap((measure) => measureDistribution(measure, runs)),
    failed: runs.filter(({ passed }) => !passed).map(({ seed, reason }) => ({ seed, reason: reason ?? "failed" })),
  };
}

function measureDistribution(measure: Measure, runs: readonly RunSample[]): readonly MeasureDistribution[] {
  const measured = runs.flatMap(({ seed, values }) => {
    const value = values[measure];
    return value === undefined ? [] : { seed, value };
  });
  const sorted = measured.toSorted((one, other) => one.value - other.value).map(({ value }) => value);
  const max = sorted.at(-1);
  if (max === undefined) return [];
  const quantile = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? max;
  const tiers = tierCounts(measure, runs);
  return [
    {
      measure,
      count: sorted.length,
      min: quantile(0),
      p10: quantile(0.1),
      median: quantile(0.5),
      p90: quantile(0.9),
      max,
      worstSeed: measured.find(({ value }) => value === max)?.seed ?? "",
      ...(tiers && { tiers }),
    },
  ];
}

function tierCounts(measure: Measure, runs: readonly RunSample[]): Readonly<Record<Tier, number>> | undefined {
  const reached = runs.flatMap(({ tiers }) => tiers[measure] ?? []);
  if (reached.length === 0) return undefined;
  const count = (tier: Tier) => reached.filter((one) => one === tier).length;
  return { bonus: count("bonus"), full: count("full"), partial: count("partial"), none: count("none") };
}

function isFull(tier: Tier): boolean {
  return tier === "bonus" || tier === "full";
}

function bySeed(one: RunSample, other: RunSample): number {
  return Number(one.seed) - Number(other.seed);
}
