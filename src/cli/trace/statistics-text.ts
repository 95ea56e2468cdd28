// The statistics of a trace as text for people. Pure.
import type { MessageCounts, TraceStatistics } from "./statistics.ts";

/** Rows of a table; --json has them all. */
const ROWS_MAX = 40;

/** The text, without a last end of line. */
export function formatStatistics(statistics: TraceStatistics): string {
  const { run, events, durationMs, eventsPerSecond, messages, violations } = statistics;
  const { sent, delivered, dropped, heartbeats, bytes } = messages;
  const title = run === undefined ? [] : [`${run.name}, seed ${run.seed}, by ${run.producer ?? "?"}`];
  return [
    ...title,
    `${events} events in ${seconds(durationMs)} s, ${eventsPerSecond} a second`,
    `${sent} messages (${heartbeats} heartbeats and answers to them), ${delivered} delivered, ${dropped} dropped, ${bytes} bytes`,
    ...section("events", ["type", "count"], numbers(statistics.types)),
    ...section("messages", ["type", "sent", "delivered", "dropped"], counts(statistics.messageTypes)),
    ...section("links", ["from/to", "sent", "delivered", "dropped"], linkRows(statistics)),
    ...section("drops", ["reason", "count"], numbers(statistics.drops)),
    "",
    `elections: ${statistics.elections}, pre-votes: ${statistics.preElections}, highest term: ${statistics.highestTerm ?? "not told"}`,
    ...leaders(statistics),
    ...operations(statistics),
    ...section(
      "violations",
      ["seconds", "rule", "detail"],
      violations.map(({ atMs, rule, detail }) => [seconds(atMs), rule, detail]),
    ),
  ].join("\n");
}

/** Links between replicas come first; those of clients are many, and each says little. */
function linkRows({ links, run }: TraceStatistics): string[][] {
  const isBetween = (link = ""): boolean => link.split("/").every((id) => run?.replicas.includes(id) === true);
  const rows = counts(links);
  return [...rows.filter(([link]) => isBetween(link)), ...rows.filter(([link]) => !isBetween(link))];
}

function leaders({ leaders: reigns, durationMs }: TraceStatistics): readonly string[] {
  const rows = reigns.map(({ replica, term, fromMs, toMs }) => [
    replica,
    term === undefined ? "?" : String(term),
    seconds(fromMs),
    seconds(toMs ?? durationMs),
  ]);
  return section("leaders", ["replica", "term", "from s", "to s"], rows);
}

function operations({ operations: byName }: TraceStatistics): readonly string[] {
  const rows = Object.entries(byName).map(([name, { ok, fail, unknown, open, latencyMs }]) => [
    name,
    ...[ok, fail, unknown, open].map(String),
    ...[latencyMs?.median, latencyMs?.p95, latencyMs?.p99, latencyMs?.max].map((ms) => ms?.toFixed(1) ?? "-"),
  ]);
  return section("operations", ["name", "ok", "fail", "unknown", "open", "median ms", "p95", "p99", "max"], rows);
}

function numbers(byName: Readonly<Record<string, number>>): string[][] {
  return Object.entries(byName).map(([name, count]) => [name, String(count)]);
}

function counts(byName: Readonly<Record<string, MessageCounts>>): string[][] {
  return Object.entries(byName).map(([name, { sent, delivered, dropped }]) => [
    name,
    ...[sent, delivered, dropped].map(String),
  ]);
}

/** A heading and a table, the first column to the left; nothing when there are no rows. */
function section(
  title: string,
  headings: readonly string[],
  allRows: readonly (readonly string[])[],
): readonly string[] {
  if (allRows.length === 0) return [];
  const rows = allRows.slice(0, ROWS_MAX);
  const more = allRows.length - rows.length;
  const all = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const isNumeric = headings.map((_, column) => rows.every((row) => /^[\d.?-]*$/.test(row[column] ?? "")));
  const lines = all.map((row) =>
    row
      .map((text, column) =>
        isNumeric[column] ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
  const rest = more === 0 ? [] : [`  and ${more} more; --json has them all`];
  return ["", title, ...lines.map((line) => `  ${line}`), ...rest];
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
