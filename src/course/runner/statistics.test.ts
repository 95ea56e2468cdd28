import assert from "node:assert/strict";
import { test } from "node:test";
import { type CourseConfig, parseConfig } from "./config.ts";
import { summarizeLatencies } from "./latency.ts";
import { scoreRun } from "./scoring.ts";
import { Counts } from "./statistics.ts";
import { TimedQueue } from "./timed-queue.ts";

test("the median of an even number of times is the mean of the middle two", () => {
  assert.equal(summarizeLatencies([4, 1, 3, 2]).median, 2.5);
  assert.equal(summarizeLatencies([3, 1, 2]).median, 2);
  assert.equal(summarizeLatencies([]).median, undefined);
});

test("p99 is the smallest time that 99 % do not exceed", () => {
  const times = Array.from({ length: 200 }, (_, at) => at + 1);
  assert.equal(summarizeLatencies(times).p99, 198);
  assert.equal(summarizeLatencies([7]).p99, 7);
});

test("a tier is reached below its threshold, not at it", () => {
  const tierAt = (count: number) => {
    const counts = new Counts();
    counts.totalMessages = count;
    return tiersOf(counts).total_msgs;
  };
  assert.deepEqual([9, 10, 19, 20, 29, 30].map(tierAt), ["bonus", "full", "full", "partial", "partial", "none"]);
});

test("a first threshold of 0 is never reached, so that full is the best", () => {
  assert.equal(tiersOf(new Counts()).duplicates, "full");
});

test("failures are fail answers and unanswered requests, redirects are not", () => {
  const counts = new Counts();
  counts.getFailures = 1;
  counts.putFailures = 2;
  counts.redirects = 50;
  const statistics = counts.summarize({ unansweredGets: 3, unansweredPuts: 4 });
  assert.equal(scoreRun(config(), statistics).find(({ metric }) => metric === "failures")?.value, 10);
});

test("median latency is the hops', in seconds, and without answers reaches no tier", () => {
  const counts = new Counts();
  assert.equal(tiersOf(counts).median_latency, "none");
  counts.hopLatenciesMs.push(0.3);
  assert.equal(tiersOf(counts).median_latency, "bonus");
});

test("a timed queue gives what is due by time, and by order of adding at equal times", () => {
  const queue = new TimedQueue<string>();
  for (const [due, item] of [
    [3, "d"],
    [1, "a"],
    [2, "b"],
    [2, "c"],
  ] as const)
    queue.add({ due, item });
  assert.equal(queue.nextDue(), 1);
  assert.deepEqual(
    [1, 1, 2, 2, 2, 3].map((now) => queue.takeDue(now)?.item),
    ["a", undefined, "b", "c", undefined, "d"],
  );
  assert.equal(queue.nextDue(), Number.POSITIVE_INFINITY);
});

function tiersOf(counts: Counts): Record<string, string> {
  const scores = scoreRun(config(), counts.summarize({ unansweredGets: 0, unansweredPuts: 0 }));
  return Object.fromEntries(scores.map(({ metric, tier }) => [metric, tier]));
}

function config(): CourseConfig {
  const benchmarks = {
    total_msgs: [10, 20, 30],
    failures: [0, 1, 2],
    duplicates: [0, 2, 5],
    median_latency: [0.0004, 0.002, 0.05],
  };
  const text = JSON.stringify({ lifetime: 30, replicas: 5, requests: 1, tests: { benchmarks } });
  const parsed = parseConfig(text, { file: "test.json" });
  assert.ok(parsed.ok);
  return parsed.config;
}
