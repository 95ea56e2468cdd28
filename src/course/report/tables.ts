// The report for people: one run in full, many runs as one row for each config. Pure: results in, text out.

import Table from "cli-table3";
import { METRICS, type Metric, type RunResult, type Score, type Statistics } from "../runner/result.ts";
import { type Paint, paintFor } from "../terminal/index.ts";
import {
  formatCount,
  formatMetric,
  formatMs,
  formatShare,
  formatThreshold,
  METRIC_NAMES,
  NO_FIGURE,
  paintTier,
} from "./figures.ts";
import { type ConfigSummary, summarize } from "./summary.ts";

/** Keeps the tables of one run within 80 columns. */
const DETAIL_WIDTH = 44;

/** More leaders than this are only counted. */
const LEADERS_SHOWN = 16;

/** How a table looks. */
export interface TableOptions {
  readonly colors: boolean;
}

/** Everything about one run: statistics, scores, checks and verdicts. Several lines, ends without an end of line. */
export function formatRun(run: RunResult, { colors }: TableOptions): string {
  const paint = paintFor({ colors });
  const outcome = run.passed ? paint("good", "passed") : paint("bad", "FAILED");
  const seconds = (run.durationMs / 1000).toFixed(1);
  return [
    `${paint("strong", run.config)}  seed ${run.seed}  ${outcome}  ${seconds} s  ${run.replica}`,
    statisticsTable(run.statistics),
    scoresTable(run.scores, paint),
    checksTable(run, paint),
    ...verdictLines(run, paint),
    ...(run.directory === undefined ? [] : [`logs: ${run.directory}`]),
    ...(run.replay === undefined ? [] : [`again: ${run.replay}`]),
  ].join("\n");
}

/** One row for each config, then the seeds that failed. Several lines, ends without an end of line. */
export function formatSummary(results: readonly RunResult[], { colors }: TableOptions): string {
  const paint = paintFor({ colors });
  const summaries = summarize(results);
  const metrics = METRICS.filter((metric) => summaries.some((one) => one.metrics.some((of) => of.metric === metric)));
  const table = plainTable([
    "config",
    "passed",
    "95 % sure",
    ...metrics.map((metric) => METRIC_NAMES[metric]),
    "e2e ms",
  ]);
  for (const summary of summaries) table.push(summaryRow(summary, metrics, paint));
  const passes = results.filter(({ passed }) => passed).length;
  return [
    table.toString(),
    `${passes} of ${results.length} runs passed. Counts are means, latencies medians, tiers the worst of all runs.`,
    ...summaries.flatMap((summary) => failureLines(summary, paint)),
  ].join("\n");
}

function summaryRow(summary: ConfigSummary, metrics: readonly Metric[], paint: Paint): string[] {
  const { config, runs, passes, passRate, endToEndMedianMs } = summary;
  return [
    config,
    paint(passes === runs ? "good" : "bad", `${passes}/${runs}`),
    `${formatShare(passRate.low)}..${formatShare(passRate.high)} %`,
    ...metrics.map((metric) => {
      const scored = summary.metrics.find((one) => one.metric === metric);
      if (scored === undefined) return NO_FIGURE;
      return `${formatMetric(metric, scored.value)} ${paintTier(scored.worstTier, paint)}`;
    }),
    formatMs(endToEndMedianMs),
  ];
}

function failureLines({ config, failed }: ConfigSummary, paint: Paint): readonly string[] {
  return failed.flatMap(({ seed, reason, replay }) => [
    `${paint("bad", "failed")} ${config} seed ${seed}: ${printable(reason)}`,
    ...(replay === undefined ? [] : [`  again: ${replay}`]),
  ]);
}

function statisticsTable(statistics: Statistics): string {
  const table = plainTable(["statistics", ""]);
  for (const [name, value] of statisticsFigures(statistics)) table.push([name, value]);
  return table.toString();
}

function statisticsFigures(of: Statistics): readonly (readonly [string, string])[] {
  const hop = of.hopLatency;
  const endToEnd = of.endToEndLatency;
  return [
    ["leaders seen", leadersText(of.leaders)],
    ["replicas died / killed / restarted", `${of.died} / ${of.killed} / ${of.restarted}`],
    ["messages sent", formatCount(of.totalMessages)],
    ["messages dropped / blocked", `${of.droppedMessages} / ${of.blockedMessages}`],
    ["bytes between replicas", formatCount(of.bytesBetweenReplicas)],
    ["messages by type", byType(of.messagesByType)],
    ["lost: chance / partition / to dead", lost(of.messagesLost)],
    ["messages duplicated / reordered", `${of.messagesDuplicated} / ${of.messagesReordered}`],
    ["client gets / puts", `${of.gets} / ${of.puts}`],
    ["gets that could not be made", formatCount(of.getsNotGenerated)],
    ["incorrect (of these, gets)", `${of.incorrect} (${of.incorrectGets})`],
    ["duplicate answers", formatCount(of.duplicates)],
    ["unanswered gets / puts", `${of.unansweredGets} / ${of.unansweredPuts}`],
    ["failed gets / puts", `${of.getFailures} / ${of.putFailures}`],
    ["redirects", formatCount(of.redirects)],
    ["hop latency ms: mean / median / p99", [hop.mean, hop.median, hop.p99].map(formatMs).join(" / ")],
    ["end-to-end ms: mean / median / p99", [endToEnd.mean, endToEnd.median, endToEnd.p99].map(formatMs).join(" / ")],
  ];
}

function lost({ byChance, byPartition, toDead }: Statistics["messagesLost"]): string {
  return `${byChance} / ${byPartition} / ${toDead}`;
}

/** The most frequent types with their counts, on lines short enough for a cell. */
function byType(counts: Readonly<Record<string, number>>): string {
  const sorted = Object.entries(counts).sort(([, left], [, right]) => right - left);
  const shown = sorted.slice(0, 6).map(([type, count]) => `${count} ${shorten(type, 24)}`);
  if (sorted.length > shown.length) shown.push(`${sorted.length - shown.length} other types`);
  return shown.join("\n") || NO_FIGURE;
}

function scoresTable(scores: readonly Score[], paint: Paint): string {
  const table = plainTable(["score", "value", "tier", "bonus below", "full below", "partial below"]);
  for (const { metric, value, tier, thresholds } of scores) {
    const bounds = [thresholds.bonus, thresholds.full, thresholds.partial].map((bound) =>
      formatThreshold(metric, bound),
    );
    table.push([METRIC_NAMES[metric], formatMetric(metric, value), paintTier(tier, paint), ...bounds]);
  }
  return table.toString();
}

function checksTable({ checks }: RunResult, paint: Paint): string {
  const table = plainTable(["check", "", "detail"]);
  for (const { name, passed, detail } of checks) {
    table.push([name, passed ? paint("good", "ok") : paint("bad", "FAILED"), wrap(detail, DETAIL_WIDTH)]);
  }
  return table.toString();
}

function verdictLines({ verdicts }: RunResult, paint: Paint): readonly string[] {
  return verdicts.map(({ severity, replica, at, text, times }) => {
    const where = replica === undefined ? "" : ` ${replica}`;
    const often = times > 1 ? ` (${times} times)` : "";
    const label = paint(severity === "failure" ? "bad" : "fair", severity);
    return `${label}${where} at ${(at / 1000).toFixed(3)} s: ${printable(text)}${often}`;
  });
}

/** A table whose only colours are those of its texts. */
function plainTable(head: readonly string[]): Table.Table {
  return new Table({ head: [...head], style: { head: [], border: [], compact: true } });
}

/** The first leaders, and how many more times messages named another. */
function leadersText(leaders: readonly string[]): string {
  if (leaders.length === 0) return NO_FIGURE;
  const more = leaders.length - LEADERS_SHOWN;
  return wrap(leaders.slice(0, LEADERS_SHOWN).join(" ") + (more > 0 ? ` and ${more} more changes` : ""), DETAIL_WIDTH);
}

/** Cuts long lines at spaces, and where there are none anywhere. */
function wrap(text: string, width: number): string {
  return text
    .split("\n")
    .map((line) =>
      printable(line)
        .replace(new RegExp(`(.{1,${width}})(?: +|$)|(.{${width}})`, "gu"), "$1$2\n")
        .trimEnd(),
    )
    .join("\n");
}

function shorten(text: string, width: number): string {
  const shown = printable(text);
  return shown.length <= width ? shown : `${shown.slice(0, width - 3)}...`;
}

/** Replicas choose some of these texts: what would steer the terminal is shown as "?". */
function printable(text: string): string {
  return text.replace(/[^\P{C}\n]/gu, "?");
}
