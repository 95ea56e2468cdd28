// Summaries of measured times.
import type { Latency } from "./result.ts";

/** Count, mean, median, 99th percentile and maximum of times in ms. */
export function summarizeLatencies(timesMs: readonly number[]): Latency {
  const sorted = timesMs.toSorted((one, other) => one - other);
  const sum = sorted.reduce((total, time) => total + time, 0);
  return {
    count: sorted.length,
    mean: sorted.length === 0 ? undefined : sum / sorted.length,
    median: median(sorted),
    p99: sorted[Math.ceil(sorted.length * 0.99) - 1],
    max: sorted.at(-1),
  };
}

/** The middle value, or the mean of the two middle ones. */
function median(sorted: readonly number[]): number | undefined {
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return lower === undefined || upper === undefined ? undefined : (lower + upper) / 2;
}
