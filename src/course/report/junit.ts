// The report for continuous integration: JUnit XML, a test suite for each config, a test case for each check and each metric. Pure.

import type { Check, RunResult, Score } from "../runner/result.ts";
import { formatMetric, formatThreshold, METRIC_NAMES } from "./figures.ts";

/**
 * The JUnit report as text. A failed check is a failure. A metric that reached no tier is marked as skipped, with the reason: it costs
 * points, but does not fail the run.
 */
export function formatJUnit(results: readonly RunResult[]): string {
  const configs = [...new Set(results.map(({ config }) => config))];
  const suites = configs.map((config) =>
    suite(
      config,
      results.filter((run) => run.config === config),
    ),
  );
  const totals = attributes({ name: "keelson course", ...counts(results), time: seconds(results) });
  return ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites${totals}>`, ...suites, "</testsuites>", ""].join("\n");
}

function suite(config: string, runs: readonly RunResult[]): string {
  const head = attributes({ name: config, ...counts(runs), time: seconds(runs) });
  return [`  <testsuite${head}>`, ...runs.flatMap(testCases), "  </testsuite>"].join("\n");
}

function testCases(run: RunResult): readonly string[] {
  return [...run.checks.map((check) => checkCase(run, check)), ...run.scores.map((score) => scoreCase(run, score))];
}

function checkCase(run: RunResult, { name, passed, detail }: Check): string {
  const head = caseAttributes(run, name);
  if (passed) return `    <testcase${head}>${output(detail)}</testcase>`;
  const text = [detail, ...(run.replay === undefined ? [] : [`again: ${run.replay}`])].join("\n");
  const failure = attributes({ message: detail.split("\n")[0] ?? "", type: "check" });
  return `    <testcase${head}><failure${failure}>${escapeXml(text)}</failure></testcase>`;
}

function scoreCase(run: RunResult, { metric, value, tier, thresholds }: Score): string {
  const bounds = [thresholds.bonus, thresholds.full, thresholds.partial].map((bound) => formatThreshold(metric, bound));
  const text = `${METRIC_NAMES[metric]} ${formatMetric(metric, value)}: ${tier} (bonus/full/partial below ${bounds.join("/")})`;
  const skipped = tier === "none" ? `<skipped${attributes({ message: text })}/>` : "";
  return `    <testcase${caseAttributes(run, metric)}>${skipped}${output(text)}</testcase>`;
}

function caseAttributes(run: RunResult, name: string): string {
  return attributes({ classname: `keelson.course.${run.config}`, name: `${name} (seed ${run.seed})`, time: "0" });
}

function output(text: string): string {
  return `<system-out>${escapeXml(text)}</system-out>`;
}

function counts(runs: readonly RunResult[]): Readonly<Record<"tests" | "failures" | "errors" | "skipped", string>> {
  const checks = runs.flatMap((run) => run.checks);
  const scores = runs.flatMap((run) => run.scores);
  return {
    tests: String(checks.length + scores.length),
    failures: String(checks.filter(({ passed }) => !passed).length),
    errors: "0",
    skipped: String(scores.filter(({ tier }) => tier === "none").length),
  };
}

function seconds(runs: readonly RunResult[]): string {
  return (runs.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000).toFixed(3);
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeXml(value).replaceAll("\n", "&#10;").replaceAll("\t", "&#9;")}"`)
    .join("");
}

/** A text for XML 1.0: what marks up is escaped, and characters that XML cannot hold at all become U+FFFD. */
export function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&apos;");
}
