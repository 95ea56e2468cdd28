// Tiers: how well a run did in each graded metric.
import type { CourseConfig } from "./config.ts";
import { METRICS, type Metric, type Score, type Statistics, type Tier } from "./result.ts";

/** The scores of all metrics that the config has thresholds for. */
export function scoreRun(config: CourseConfig, statistics: Statistics): Score[] {
  return METRICS.flatMap((metric) => {
    const thresholds = config.tests.benchmarks[metric];
    if (thresholds === undefined) return [];
    const value = metricValue(metric, statistics);
    const [bonus, full, partial] = thresholds;
    return { metric, value, thresholds: { bonus, full, partial }, tier: tierOf(value, { bonus, full, partial }) };
  });
}

/** Fail answers and unanswered requests; a redirect is no failure. */
export function failuresOf(statistics: Statistics): number {
  const { getFailures, putFailures, unansweredGets, unansweredPuts } = statistics;
  return getFailures + putFailures + unansweredGets + unansweredPuts;
}

/** A value reaches a tier when it is below its threshold. */
function tierOf(value: number | undefined, { bonus, full, partial }: Score["thresholds"]): Tier {
  if (value === undefined) return "none";
  if (value < bonus) return "bonus";
  if (value < full) return "full";
  return value < partial ? "partial" : "none";
}

function metricValue(metric: Metric, statistics: Statistics): number | undefined {
  switch (metric) {
    case "total_msgs":
      return statistics.totalMessages;
    case "failures":
      return failuresOf(statistics);
    case "duplicates":
      return statistics.duplicates;
    case "median_latency":
      return statistics.hopLatency.median === undefined ? undefined : statistics.hopLatency.median / 1000;
  }
}
