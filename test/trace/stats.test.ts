// `keelson trace stats`: figures that can be counted by hand, and that add up over whole runs.
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { StatisticsCounter, type TraceStatistics } from "../../src/cli/trace/statistics.ts";
import type { TraceEvent } from "../../src/trace/index.ts";
import { courseRun, keelsonTrace, SMALL, temporaryDirectory, writeTrace } from "./traces.ts";

const small = writeTrace(path.join(temporaryDirectory(), "small.jsonl"), SMALL);

function statisticsOf(events: readonly TraceEvent[]): TraceStatistics {
  const counter = new StatisticsCounter();
  for (const [index, event] of events.entries()) counter.add(event, index + 1);
  return counter.summarize();
}

test("--json tells everything that was counted", () => {
  const { status, stdout } = keelsonTrace(["stats", small, "--json"]);
  assert.equal(status, 0);
  const { types, run, ...told } = JSON.parse(stdout);
  assert.equal(run.name, "small");
  assert.deepEqual([types.send, types.state, types.kill], [8, 5, 1]);
  assert.deepEqual(told, {
    events: 36,
    durationMs: 260,
    eventsPerSecond: 138.5,
    messages: { sent: 8, delivered: 7, dropped: 1, heartbeats: 3, bytes: 0 },
    messageTypes: {
      AppendEntries: { sent: 3, delivered: 3, dropped: 0 },
      AppendEntriesResponse: { sent: 2, delivered: 2, dropped: 0 },
      RequestVote: { sent: 2, delivered: 1, dropped: 1 },
      RequestVoteResponse: { sent: 1, delivered: 1, dropped: 0 },
    },
    links: {
      "n1/n2": { sent: 3, delivered: 3, dropped: 0 },
      "n1/n3": { sent: 2, delivered: 1, dropped: 1 },
      "n2/n1": { sent: 3, delivered: 3, dropped: 0 },
    },
    drops: { loss: 1 },
    elections: 1,
    preElections: 0,
    highestTerm: 1,
    leaders: [{ replica: "n1", term: 1, fromMs: 160, toMs: 220 }],
    operations: {
      put: { ok: 1, fail: 0, unknown: 0, open: 0, latencyMs: { median: 8, p95: 8, p99: 8, max: 8 } },
      get: { ok: 0, fail: 0, unknown: 1, open: 0 },
    },
    violations: [{ atMs: 260, rule: "linearizable", detail: "a stale read" }],
  });
});

test("as text, every section is there", () => {
  const { status, stdout } = keelsonTrace(["stats", small]);
  assert.equal(status, 0);
  for (const line of [
    "36 events in 0.260 s, 138.5 a second",
    "  n1/n3       2          1        1",
    "elections: 1, pre-votes: 0, highest term: 1",
    "  n1          1   0.160  0.220",
    "  put    1     0        0     0        8.0  8.0  8.0  8.0",
    "    0.260  linearizable  a stale read",
  ]) {
    assert.ok(stdout.split("\n").includes(line), `${line}\n${stdout}`);
  }
});

test("over a whole run the counts add up to what happened", () => {
  for (const name of ["crash-2", "partition-2", "unreliable-2"]) {
    const events = courseRun(name, "4");
    const { types, messages, messageTypes, links, drops, operations, leaders } = statisticsOf(events);
    const sum = (counts: Iterable<number>): number => [...counts].reduce((total, count) => total + count, 0);
    assert.equal(sum(Object.values(types)), events.length, name);
    for (const by of [messageTypes, links]) {
      for (const fate of ["sent", "delivered", "dropped"] as const) {
        assert.equal(sum(Object.values(by).map((counts) => counts[fate])), messages[fate], `${name} ${fate}`);
      }
    }
    assert.equal(sum(Object.values(drops)), messages.dropped, name);
    const invoked = events.filter(({ type }) => type === "client-invoke").length;
    const ended = Object.values(operations).map(({ ok, fail, unknown, open }) => ok + fail + unknown + open);
    assert.equal(sum(ended), invoked, name);
    assert.ok(leaders.length > 0 && leaders.every(({ fromMs, toMs = Infinity }) => fromMs <= toMs), name);
  }
});

test("latencies are the nearest-rank percentiles", () => {
  const events: TraceEvent[] = Array.from({ length: 100 }, (_, index) => index + 1).flatMap(
    (operation): TraceEvent[] => [
      { type: "client-invoke", at: operation * 1000, operation, client: "c", name: "put", key: "k" },
      { type: "client-return", at: operation * 1000 + operation, operation, client: "c", outcome: "ok" },
    ],
  );
  const { operations } = statisticsOf([...SMALL.slice(0, 1), ...events]);
  assert.deepEqual(operations["put"]?.latencyMs, { median: 50, p95: 95, p99: 99, max: 100 });
});
