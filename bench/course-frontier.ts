// Where the course replica could stand between messages and latency: variants of its settings over the same configs and seeds, in virtual time.
// Usage: node bench/course-frontier.ts [seeds per config, default 10]
import { readFileSync } from "node:fs";
import Table from "cli-table3";
import { CourseReplica, courseSettings, type ReplicaSettings } from "../src/course/replica/index.ts";
import { parseConfig, type RunResult, runVirtually } from "../src/course/runner/index.ts";

const configs = ["simple-1", "simple-2", "unreliable-3", "crash-3", "partition-3", "advanced-3"];
const { raft } = courseSettings;
const parallel = { ...courseSettings, relay: false };
const silent = { noticeCopies: 0 };

const variants: readonly (readonly [string, ReplicaSettings])[] = [
  ["as shipped: chain, 2 notices", courseSettings],
  ["chain, the leader answers", { ...courseSettings, chainsEndAnswers: false }],
  ["chain, 3 notices", { ...courseSettings, noticeCopies: 3 }],
  ["chain, 1 notice", { ...courseSettings, noticeCopies: 1 }],
  ["chain, no notice", { ...courseSettings, ...silent }],
  ["parallel appends, 2 notices", { ...parallel }],
  ["parallel appends, no notice", { ...parallel, ...silent }],
  ["eager (all four at once)", { ...parallel, ...silent, raft: { ...raft, replication: "eager" } }],
  ["as shipped, timeouts / 2", timeouts(60, 25)],
  ["as shipped, timeouts / 4", timeouts(30, 12)],
  ["as shipped, timeouts x 2", timeouts(240, 100)],
  ["as shipped, resend after 20 ms", { ...courseSettings, raft: { ...raft, resendTicks: 2 } }],
  ["as shipped, resend after 80 ms", { ...courseSettings, raft: { ...raft, resendTicks: 8 } }],
];

const seeds = Number(process.argv[2] ?? 10);
if (!Number.isInteger(seeds) || seeds < 1) {
  process.stderr.write(`course-frontier: "${process.argv[2]}" is not a number of seeds (1 or more)\n`);
  process.exit(2);
}
const table = new Table({ head: ["variant", ...configs] });
for (const [name, settings] of variants) {
  process.stderr.write(`${name}\n`);
  table.push([name, ...configs.map((config) => cell(config, settings))]);
}
process.stdout.write(`${seeds} seeds a cell, virtual time, 0.1 ms a hop; median messages\n`);
process.stdout.write("end-to-end ms median / p99, mean duplicates, mean failures, wrong runs if any\n");
process.stdout.write(`${table}\n`);

function cell(config: string, settings: ReplicaSettings): string {
  const results = Array.from({ length: seeds }, (_, at) => run(config, String(at + 1), settings));
  const messages = median(results.map(({ statistics }) => statistics.totalMessages));
  const latency = (of: "median" | "p99") =>
    median(results.map(({ statistics }) => statistics.endToEndLatency[of] ?? Number.NaN));
  const duplicates = mean(results.map(({ statistics }) => statistics.duplicates));
  const failures = mean(results.map(failuresOf));
  const wrong = results.filter((result) => !result.passed).length;
  const lines = [`${messages}`, `${latency("median").toFixed(2)} / ${latency("p99").toFixed(0)} ms`];
  return [...lines, `${duplicates} dup, ${failures} fail`, ...(wrong > 0 ? [`${wrong} WRONG`] : [])].join("\n");
}

function run(config: string, seed: string, settings: ReplicaSettings): RunResult {
  const file = new URL(`../configs/${config}.json`, import.meta.url);
  const parsed = parseConfig(readFileSync(file, "utf8"), { file: file.pathname });
  if (!parsed.ok) throw new Error(parsed.problems.join("\n"));
  const { tickMs } = settings.raft;
  return runVirtually({
    config: parsed.config,
    seed,
    tickMs,
    makeReplica: (options) => new CourseReplica({ ...options, settings }),
  });
}

function timeouts(electionTimeoutTicks: number, heartbeatTicks: number): ReplicaSettings {
  return { ...courseSettings, raft: { ...raft, electionTimeoutTicks, heartbeatTicks } };
}

function failuresOf({ statistics }: RunResult): number {
  const { getFailures, putFailures, unansweredGets, unansweredPuts } = statistics;
  return getFailures + putFailures + unansweredGets + unansweredPuts;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function mean(values: readonly number[]): number {
  return Number((values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(2));
}
