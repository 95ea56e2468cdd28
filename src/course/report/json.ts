// The report for programs: versioned JSON. Pure. The format is described in docs/course-reports.md.

import type { RunResult } from "../runner/result.ts";
import { type ConfigSummary, summarize } from "./summary.ts";

/** The whole report. `version` grows when a field changes its meaning or goes; new fields alone do not change it. */
export interface JsonReport {
  readonly format: "keelson-course-report";
  readonly version: 1;
  /** Whether every run passed. */
  readonly passed: boolean;
  readonly summary: readonly ConfigSummary[];
  /** Each run without its operations, which the trace holds. */
  readonly runs: readonly Omit<RunResult, "operations">[];
}

/** The JSON report as text, indented, with an end of line at its end. */
export function formatJson(results: readonly RunResult[]): string {
  const report: JsonReport = {
    format: "keelson-course-report",
    version: 1,
    passed: results.every(({ passed }) => passed),
    summary: summarize(results),
    runs: results.map(({ operations: _, ...run }) => run),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}
