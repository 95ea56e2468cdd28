// Reports of campaigns as the tables of docs/reliability.md. Reports over different seeds of the same code are parts of one campaign. Pure.
import { unwanted } from "../../simulator/index.ts";
import { quantile } from "./histogram.ts";
import { formatDuration } from "./progress.ts";
import { type CampaignReport, figuresOf } from "./report.ts";
import { formatSeedRange, SeedSet } from "./seed-ranges.ts";
import { addTotals } from "./tally.ts";

/** A campaign, whose seeds may have run in several parts. */
export interface MergedCampaign extends Pick<CampaignReport, "provenance" | "job" | "totals" | "wallMs"> {
  readonly seeds: SeedSet;
  /** One for each part. */
  readonly commands: readonly string[];
}

/** Joins the parts of each campaign: same job, same code, same Node. Throws RangeError when two parts share a seed. */
export function mergeReports(reports: readonly CampaignReport[]): readonly MergedCampaign[] {
  const parts = Map.groupBy(reports, ({ job, provenance: { version, commit, node } }) =>
    JSON.stringify([job, version, commit, node]),
  );
  return [...parts.values()].flatMap(([first, ...others]) =>
    first === undefined
      ? []
      : others.reduce<MergedCampaign>((sum, part) => merge(sum, campaignOf(part)), campaignOf(first)),
  );
}

function campaignOf({ provenance, job, totals, wallMs, seeds, command }: CampaignReport): MergedCampaign {
  return { provenance, job, totals, wallMs, seeds: new SeedSet(seeds), commands: [command] };
}

function merge(one: MergedCampaign, other: MergedCampaign): MergedCampaign {
  const shared = other.seeds.ranges.find((range) => one.seeds.countIn(range) > 0);
  if (shared !== undefined) throw new RangeError(`two reports hold seeds of ${formatSeedRange(shared)}`);
  return {
    ...one,
    totals: addTotals(one.totals, other.totals),
    wallMs: one.wallMs + other.wallMs,
    seeds: new SeedSet([...one.seeds.ranges, ...other.seeds.ranges]),
    commands: [...one.commands, ...other.commands],
  };
}

/** Markdown: for each campaign its figures and its coverage. Ends without an end of line. */
export function reliabilityRows(campaigns: readonly MergedCampaign[]): string {
  if (campaigns.length === 0) return "No campaign has been kept yet.";
  return campaigns.map((campaign) => `${figures(campaign)}\n\n${coverage(campaign)}`).join("\n\n");
}

function figures(campaign: MergedCampaign): string {
  const { provenance, totals, wallMs, seeds, commands } = campaign;
  const { virtualHours, timesRealTimePerCore, eventsPerSecond } = figuresOf(totals, wallMs);
  const clean =
    totals.failing === 0 ? `; fewer than ${bound(totals.runs)} of all seeds fail, 95 % sure, under these faults` : "";
  const code = provenance.commit ?? `keelson ${provenance.version}`;
  const rows: readonly (readonly [string, string])[] = [
    ["violations", `**${count(totals.failing)}** in ${count(totals.runs)} seeds${clean}`],
    ["seeds", String(seeds)],
    [
      "each seed",
      `at least ${((totals.leastSafetyMs ?? 0) / 1000).toFixed(1)} virtual seconds and ${totals.leastOperations ?? 0} operations under faults, then its liveness phase`,
    ],
    ["virtual time", `${virtualHours.toFixed(1)} h`],
    ["client operations checked", count(totals.operations)],
    ["events", `${count(totals.events)}, ${count(eventsPerSecond)} a second`],
    ["first write after healing", recovery(totals.firstWrite)],
    ["all logs equal after healing", recovery(totals.converged)],
    [
      "wall time",
      `${formatDuration(wallMs)} on ${provenance.cores} cores: ${count(timesRealTimePerCore)} times real time per core`,
    ],
    ["commit", `${code}, Node ${provenance.node}, ${provenance.platform}`],
    ["trace digest", `\`${totals.traceDigest}\``],
    ["command", commands.map((command) => `\`${command}\``).join("<br>")],
  ];
  return [
    `### ${title(campaign)}`,
    "",
    "| | |",
    "|---|---|",
    ...rows.map(([name, value]) => `| ${name} | ${value} |`),
  ].join("\n");
}

function title({ job, totals }: MergedCampaign): string {
  const size = job.replicas === undefined ? "" : ` of ${job.replicas} replicas`;
  const twice = job.twice ? ", each executed twice with equal traces" : "";
  return job.kind === "course" ? `Course configs${twice}` : `${count(totals.runs)} seeds${size}${twice}`;
}

function recovery(times: CampaignReport["totals"]["converged"]): string {
  const [median, p99, p999, longest] = [0.5, 0.99, 0.999, 1].map((share) => count(quantile(times, share) ?? 0));
  return `median ${median}, p99 ${p99}, p99.9 ${p999}, longest ${longest} virtual ms`;
}

function coverage({ totals }: MergedCampaign): string {
  const rows = Object.entries(totals.coverage).map(([name, times]) => {
    const isMissing = times === 0 && !unwanted.some((one) => one === name);
    return `| ${name} | ${isMissing ? "**0: nothing is claimed about it**" : count(times)} |`;
  });
  return ["| reached | times |", "|---|---:|", ...rows].join("\n");
}

/** The rule of three. */
function bound(runs: number): string {
  return `1 in ${count(Math.floor(runs / 3))}`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
