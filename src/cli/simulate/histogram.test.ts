// Quantiles from buckets against quantiles of the times themselves.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Prng } from "../../base/index.ts";
import { addTime, type Histogram, quantile } from "./histogram.ts";

test("nothing has no quantiles", () => assert.equal(quantile({}, 0.5), undefined));

test("a quantile is the time at its rank, rounded up to a bucket", () => {
  const seed = process.env["KEELSON_SEED"] ?? "1";
  const prng = new Prng(seed);
  const times = Array.from({ length: 1_000 }, () => Math.floor(prng.float() * 20_000));
  const histogram = times.reduce<Histogram>((sum, time) => addTime(sum, time), {});
  const sorted = times.toSorted((one, other) => one - other);
  for (const share of [0.001, 0.5, 0.9, 0.99, 1]) {
    const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
    const found = quantile(histogram, share) ?? Number.NaN;
    assert.ok(found >= exact && found < exact + 50, `KEELSON_SEED=${seed}: ${share} is ${exact}, found ${found}`);
  }
});
