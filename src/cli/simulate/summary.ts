// A campaign's result for people. Pure: a report in, text out.
import { formatDistributions } from "../../course/distribution/index.ts";
import { type Paint, paintFor } from "../../course/terminal/index.ts";
import { unwanted } from "../../simulator/index.ts";
import { type Histogram, quantile } from "./histogram.ts";
import type { Job } from "./job.ts";
import { formatDuration } from "./progress.ts";
import { shellWords } from "./provenance.ts";
import type { CampaignReport } from "./report.ts";
import { formatSeedRange } from "./seed-ranges.ts";
import type { FailedSeed } from "./tally.ts";

/** More failing seeds than this are only counted. */
const FAILURES_SHOWN = 20;

/** How a summary looks, and what it calls the program. */
export interface SummaryOptions {
  readonly colors: boolean;
  readonly program: string;
  readonly job: Job;
}

/** Everything that a campaign found. Several lines, ends without an end of line. */
export function formatCampaign(report: CampaignReport, options: SummaryOptions): string {
  const paint = paintFor(options);
  const { distributions } = report;
  if (distributions === undefined) {
    return [
      headline(report, paint),
      ...figureLines(report),
      ...coverageLines(report, paint),
      ...failureLines(report, options),
    ].join("\n");
  }
  const replay = (config: string, seed: string) => {
    const path =
      options.job.kind === "course" ? options.job.configs.find((one) => one.config.name === config)?.path : config;
    return replayCommand(options, { seed, config: path ?? config });
  };
  const lost = report.totals.failures.filter(({ oracle }) => oracle !== "checks");
  return [
    formatDistributions(distributions, { ...options, replay }),
    "",
    headline(report, paint),
    "Latencies are those of virtual time: 0.1 to 0.12 ms from a replica to the simulator or back, and no computing time.",
    ...lost.map((failed) => formatFailure(failed, options)),
  ].join("\n");
}

/** The command that runs one seed of a job again. */
function replayCommand(
  { program, job }: Pick<SummaryOptions, "program" | "job">,
  { seed, config }: { readonly seed: string; readonly config?: string | undefined },
): string {
  const replicas = job.kind === "cluster" && job.replicas !== undefined ? ["--replicas", String(job.replicas)] : [];
  const words = ["simulate", ...(config === undefined ? [] : ["--config", config]), "--seed", seed, ...replicas];
  return shellWords([program, ...words, ...(job.twice ? ["--twice"] : [])]);
}

/** One failing seed: which rule, what happened, and how to see it again. */
export function formatFailure(failed: FailedSeed, { colors, program, job }: SummaryOptions): string {
  const { seed, config, oracle, rule, detail, at } = failed;
  const paint = paintFor({ colors });
  const when = at === undefined ? "" : ` at ${(at / 1000).toFixed(3)} s of virtual time`;
  const where = config === undefined ? "" : ` of ${config}`;
  return [
    `${paint("bad", "failed")} seed ${seed}${where}: ${oracle}: ${rule}${when}`,
    ...detail.split("\n").map((line) => `  ${line}`),
    `  again:  ${replayCommand({ program, job }, { seed, config })}`,
  ].join("\n");
}

function headline({ totals, seeds, wallMs, provenance, interrupted, job }: CampaignReport, paint: Paint): string {
  const { runs, failing } = totals;
  const which = seeds.length === 0 ? "no seeds" : `seeds ${seeds.slice(0, 5).map(formatSeedRange).join(", ")}`;
  const outcome = failing === 0 ? paint("good", "none failed") : paint("bad", `${failing} FAILED`);
  const early = interrupted ? `${paint("fair", "interrupted")}, ` : "";
  const twice = job.twice ? ", each executed twice" : "";
  const code = provenance.commit ?? `keelson ${provenance.version}`;
  return `${which}: ${early}${count(runs)} runs${twice}, ${outcome}, in ${formatDuration(wallMs)} (${code}, Node ${provenance.node})`;
}

function figureLines({ totals, figures, wallMs, job }: CampaignReport): readonly string[] {
  const perHour = wallMs === 0 ? 0 : figures.virtualHours / (wallMs / 3_600_000);
  const digest = `${totals.traceDigest}, the same for the same seeds wherever they run`;
  return [
    `  virtual time  ${figures.virtualHours.toFixed(2)} h: ${count(perHour)} virtual hours per hour, ${count(figures.timesRealTimePerCore)} times real time per core`,
    `  events        ${count(totals.events)}: ${count(figures.eventsPerSecond)} a second`,
    `  operations    ${count(totals.operations)} checked`,
    ...leastLines(totals),
    ...recoveryLines(totals),
    `  trace digest  ${digest}`,
    ...(job.twice
      ? [`  determinism   ${count(totals.runs - totals.failing)} pairs of executions with equal traces`]
      : []),
  ];
}

function leastLines({ leastSafetyMs, leastOperations }: CampaignReport["totals"]): readonly string[] {
  if (leastSafetyMs === undefined || leastOperations === undefined) return [];
  return [
    `  each seed     at least ${(leastSafetyMs / 1000).toFixed(1)} s and ${leastOperations} operations under faults, then healing`,
  ];
}

function recoveryLines({ firstWrite, converged }: CampaignReport["totals"]): readonly string[] {
  const times = (of: Histogram) => {
    const [median, p99, max] = [0.5, 0.99, 1].map((share) => count(quantile(of, share) ?? 0));
    return `median ${median}, p99 ${p99}, longest ${max} ms`;
  };
  if (quantile(converged, 1) === undefined) return [];
  return [`  after healing first write: ${times(firstWrite)}`, `                all agree:   ${times(converged)}`];
}

/** Counters that stand at zero come last, where they are seen. */
function coverageLines({ totals }: CampaignReport, paint: Paint): readonly string[] {
  const counters = Object.entries(totals.coverage);
  const line = ([name, times]: readonly [string, number]) => `${count(times).padStart(15)}  ${name}`;
  const never = counters.filter(([name, times]) => times === 0 && !unwanted.some((one) => one === name));
  const reached = counters.filter(([, times]) => times > 0);
  return [
    "reached, in all runs together:",
    ...reached.map(line),
    ...(never.length === 0 ? [] : [paint("fair", "never reached, so nothing is claimed about it:")]),
    ...never.map((counter) => paint("fair", line(counter))),
  ];
}

function failureLines({ totals }: CampaignReport, options: SummaryOptions): readonly string[] {
  const shown = totals.failures.slice(0, FAILURES_SHOWN);
  const more = totals.failing - shown.length;
  return [
    ...shown.map((failed) => formatFailure(failed, options)),
    ...(more > 0 ? [`${count(more)} more failed; a report (--report FILE) names the first 1,000`] : []),
  ];
}

function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
