// The result of a campaign as one JSON file: written now and then and in the end, read again to continue. docs/simulator.md describes it.
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { type ConfigDistribution, distributionsOf } from "../../course/distribution/index.ts";
import { ConfigError, messageOf } from "../flags.ts";
import type { CampaignState } from "./campaign.ts";
import type { Job } from "./job.ts";
import type { Provenance } from "./provenance.ts";
import { type SeedRange, SeedSet } from "./seed-ranges.ts";
import type { Totals } from "./tally.ts";

/** The whole report. `version` grows when a field changes its meaning or goes; new fields alone do not change it. */
export interface CampaignReport {
  readonly format: "keelson-simulation-report";
  readonly version: 1;
  /** Whether no seed failed. */
  readonly passed: boolean;
  /** Whether it ended before all seeds had run, other than because its time was up. */
  readonly interrupted: boolean;
  readonly command: string;
  readonly provenance: Provenance;
  /** When the campaign began, in ISO 8601; a resumed one keeps it. */
  readonly startedAt: string;
  /** Wall time, summed over all parts of a resumed campaign. */
  readonly wallMs: number;
  /** What was run with every seed. */
  readonly job: ReportedJob;
  /** The seeds that ran, as ranges without gaps. */
  readonly seeds: readonly SeedRange[];
  readonly totals: Totals;
  readonly figures: Figures;
  /** Of a course job, for each config. */
  readonly distributions?: readonly ConfigDistribution[];
}

/** What a job is, without the configs' contents. */
export interface ReportedJob {
  readonly kind: Job["kind"];
  readonly replicas?: number;
  readonly twice: boolean;
  readonly configs?: readonly string[];
}

/** Rates that follow from the totals. */
export interface Figures {
  readonly virtualHours: number;
  /** Virtual time per wall time of all workers together, and of one worker while it is busy. */
  readonly timesRealTime: number;
  readonly timesRealTimePerCore: number;
  readonly eventsPerSecond: number;
  readonly runsPerSecond: number;
}

/** Makes the report of a campaign. */
export function reportOf(
  state: CampaignState,
  origin: Pick<CampaignReport, "command" | "provenance" | "startedAt" | "job">,
): CampaignReport {
  const { totals, wallMs, done, isInterrupted, samples } = state;
  return {
    format: "keelson-simulation-report",
    version: 1,
    passed: totals.failing === 0,
    interrupted: isInterrupted,
    ...origin,
    wallMs: Math.round(wallMs),
    seeds: done.ranges,
    totals,
    figures: figuresOf(totals, wallMs),
    ...(samples.length > 0 && { distributions: distributionsOf(samples) }),
  };
}

/** The rates of a campaign that took `wallMs`. */
export function figuresOf({ virtualMs, busyMs, events, runs }: Totals, wallMs: number): Figures {
  const per = (amount: number, of: number) => (of === 0 ? 0 : amount / of);
  return {
    virtualHours: virtualMs / 3_600_000,
    timesRealTime: per(virtualMs, wallMs),
    timesRealTimePerCore: per(virtualMs, busyMs),
    eventsPerSecond: per(events, wallMs / 1000),
    runsPerSecond: per(runs, wallMs / 1000),
  };
}

/** A job as reports show it. */
export function reportedJob(job: Job): ReportedJob {
  const { kind, twice } = job;
  if (kind === "course") return { kind, twice, configs: job.configs.map(({ path }) => path) };
  return { kind, twice, ...(job.replicas !== undefined && { replicas: job.replicas }) };
}

/** Writes a report in one step: whoever reads the file finds the old one or the new one, whole. */
export function writeReport(file: string, report: CampaignReport): void {
  const unfinished = `${file}.part`;
  writeFileSync(unfinished, `${JSON.stringify(report, null, 2)}\n`);
  renameSync(unfinished, file);
}

/** Reads the report that a campaign is to continue; undefined if there is none yet. Throws ConfigError if it is of something else. */
export function readEarlier(
  file: string,
  wanted: Pick<CampaignReport, "job" | "provenance">,
): CampaignReport | undefined {
  if (!existsSync(file) || statSync(file).size === 0) return undefined;
  const report = parseReport(file);
  const { job, provenance } = report;
  if (JSON.stringify(job) !== JSON.stringify(wanted.job)) {
    throw new ConfigError(`--resume: ${file} is of another campaign (${JSON.stringify(job)}); give another --report`);
  }
  if (job.kind === "course")
    throw new ConfigError("--resume: a campaign of configs is short and starts anew; leave it out");
  const [then, now] = [codeOf(provenance), codeOf(wanted.provenance)];
  if (then !== now) throw new ConfigError(`--resume: ${file} is of ${then}, this is ${now}; give another --report`);
  return report;
}

/** What an earlier report has done, to go on from. */
export function stateOf({ totals, seeds, wallMs }: CampaignReport): CampaignState {
  return { totals, done: new SeedSet(seeds), wallMs, isInterrupted: true, samples: [] };
}

function codeOf({ version, commit, node }: Provenance): string {
  return `keelson ${version}${commit === undefined ? "" : ` at commit ${commit}`} on Node ${node}`;
}

/** Reads a report; throws ConfigError when the file holds none. */
export function parseReport(file: string): CampaignReport {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new ConfigError(`cannot read ${file}: ${messageOf(error)}`);
  }
  if (isReport(parsed)) return parsed;
  throw new ConfigError(`${file} is no report of a campaign, version 1`);
}

/** The file is this program's own; its format and version vouch for the rest. */
function isReport(value: unknown): value is CampaignReport {
  if (typeof value !== "object" || value === null || !("format" in value) || !("version" in value)) return false;
  return value.format === "keelson-simulation-report" && value.version === 1;
}
