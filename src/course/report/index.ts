// Reports on course runs: tables for people, and JSON, JUnit XML and Gradescope's results.json for programs. All pure.

import type { RunResult } from "../runner/result.ts";
import { formatGradescope } from "./gradescope.ts";
import { formatJson } from "./json.ts";
import { formatJUnit } from "./junit.ts";

export type { JsonReport } from "./json.ts";
export {
  type ConfigSummary,
  type FailedRun,
  type Interval,
  type MetricSummary,
  summarize,
  wilsonInterval,
} from "./summary.ts";
export { formatRun, formatSummary, type TableOptions } from "./tables.ts";

/** The formats of `--report FORMAT=FILE`, by name: all runs in, the file's text out. */
export const REPORT_FORMATS = {
  json: formatJson,
  junit: formatJUnit,
  gradescope: formatGradescope,
} as const satisfies Readonly<Record<string, (results: readonly RunResult[]) => string>>;

/** The name of a report format. */
export type ReportFormat = keyof typeof REPORT_FORMATS;
