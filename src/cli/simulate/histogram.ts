// Times as counts in buckets: quantiles of millions of runs in a few hundred numbers, which can be added up and continued. Pure.

/** Upper bounds of buckets in ms -> how many times fell into them. Plain JSON. */
export type Histogram = Readonly<Record<string, number>>;

/** Buckets are this wide, in ms: quantiles are true to this much, rounded up. */
const BUCKET_MS = 50;

/** The histogram with one time more. */
export function addTime(histogram: Histogram, ms: number): Histogram {
  const bucket = String(Math.ceil(ms / BUCKET_MS) * BUCKET_MS);
  return { ...histogram, [bucket]: (histogram[bucket] ?? 0) + 1 };
}

/** All times of both. */
export function addHistograms(one: Histogram, other: Histogram): Histogram {
  const sum: Record<string, number> = { ...one };
  for (const [bucket, count] of Object.entries(other)) sum[bucket] = (sum[bucket] ?? 0) + count;
  return sum;
}

/** The time in ms that this share (0 .. 1) of all did not exceed; undefined of nothing. */
export function quantile(histogram: Histogram, share: number): number | undefined {
  const buckets = Object.entries(histogram)
    .map(([bound, count]) => ({ bound: Number(bound), count }))
    .sort((one, other) => one.bound - other.bound);
  const rank = share * buckets.reduce((sum, { count }) => sum + count, 0);
  let seen = 0;
  for (const { bound, count } of buckets) {
    seen += count;
    if (seen >= rank) return bound;
  }
  return undefined;
}
