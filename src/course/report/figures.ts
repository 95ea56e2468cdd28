// How figures are written in tables. Pure.

import type { Metric, Tier } from "../runner/result.ts";
import type { Paint, Style } from "../terminal/index.ts";

/** Stands for a figure that does not exist. */
export const NO_FIGURE = "-";

/** A count, or a mean of counts with at most one decimal. */
export function formatCount(value: number | undefined): string {
  if (value === undefined) return NO_FIGURE;
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

/** Milliseconds with as many decimals as are worth reading. */
export function formatMs(value: number | undefined): string {
  if (value === undefined) return NO_FIGURE;
  const decimals = value < 1 ? 3 : value < 100 ? 2 : 0;
  return value.toFixed(decimals);
}

/** A metric's value as people read it: latencies, which configs give in seconds, in ms. */
export function formatMetric(metric: Metric, value: number | undefined): string {
  return metric === "median_latency" ? formatMs(value === undefined ? undefined : value * 1000) : formatCount(value);
}

/** A threshold of a metric, in the same unit and without needless zeros. */
export function formatThreshold(metric: Metric, value: number): string {
  return metric === "median_latency" ? String(Number((value * 1000).toPrecision(6))) : String(value);
}

/** What a metric is called in tables, with its unit. */
export const METRIC_NAMES: Readonly<Record<Metric, string>> = {
  total_msgs: "messages",
  failures: "failures",
  duplicates: "duplicates",
  median_latency: "hop ms",
};

const TIER_STYLES: Readonly<Record<Tier, Style>> = { bonus: "good", full: "good", partial: "fair", none: "bad" };

/** A tier in its colour. */
export function paintTier(tier: Tier, paint: Paint): string {
  return paint(TIER_STYLES[tier], tier);
}

/** A share as a percentage without decimals. */
export function formatShare(share: number): string {
  return `${Math.round(share * 100)}`;
}
