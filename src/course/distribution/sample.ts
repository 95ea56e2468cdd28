// What a distribution keeps of one run: a few numbers, so that thousands of runs fit into memory and pass between processes.
import { failureReason } from "../report/summary.ts";
import type { Metric, RunResult, Score, Tier } from "../runner/result.ts";
import { failuresOf } from "../runner/scoring.ts";

/** What is spread out: the four graded metrics, and the latency that a client feels. Counts, and milliseconds. */
export const MEASURES = ["messages", "failures", "duplicates", "hop median ms", "end-to-end median ms"] as const;

/** One of the MEASURES. */
export type Measure = (typeof MEASURES)[number];

/** The measure that a graded metric shows as; `median_latency` is in seconds in configs, and in ms here. */
const GRADED: Readonly<Record<Metric, Measure>> = {
  total_msgs: "messages",
  failures: "failures",
  duplicates: "duplicates",
  median_latency: "hop median ms",
};

/** One run of one config with one seed. Plain JSON. */
export interface RunSample {
  readonly config: string;
  readonly seed: string;
  readonly passed: boolean;
  /** Why it failed, in one line. */
  readonly reason?: string;
  /** Absent: nothing was measured, for example no latency because nothing was answered. */
  readonly values: { readonly [measure in Measure]?: number };
  /** Only measures that the config has thresholds for. */
  readonly tiers: { readonly [measure in Measure]?: Tier };
}

/** The sample of a finished run. */
export function sampleOf(run: RunResult): RunSample {
  const { statistics, scores } = run;
  const hop = statistics.hopLatency.median;
  const endToEnd = statistics.endToEndLatency.median;
  return {
    config: run.config,
    seed: run.seed,
    passed: run.passed,
    ...(run.passed ? {} : { reason: failureReason(run) }),
    values: {
      messages: statistics.totalMessages,
      failures: failuresOf(statistics),
      duplicates: statistics.duplicates,
      ...(hop !== undefined && { "hop median ms": hop }),
      ...(endToEnd !== undefined && { "end-to-end median ms": endToEnd }),
    },
    tiers: Object.fromEntries(scores.map(({ metric, tier }: Score) => [GRADED[metric], tier])),
  };
}
