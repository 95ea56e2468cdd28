// `keelson simulate`: many seeds in virtual time, of the cluster simulator or of configs of the course; or one seed, to see what happened.
import { randomInt } from "node:crypto";
import { closeSync, mkdirSync, openSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { wantsColors } from "../../course/terminal/index.ts";
import { ConfigError, integer, messageOf, type ValueParser } from "../flags.ts";
import { programName } from "../package.ts";
import { Campaign, type CampaignState } from "../simulate/campaign.ts";
import type { Job } from "../simulate/job.ts";
import { formatClusterSeed, formatConfigSeed, runClusterSeed, runConfigSeed } from "../simulate/one-seed.ts";
import { provenance, shellWords } from "../simulate/provenance.ts";
import { readEarlier, reportedJob, reportOf, stateOf, writeReport } from "../simulate/report.ts";
import { parseSeedRange, SEED_MAX, type SeedRange } from "../simulate/seed-ranges.ts";
import { formatCampaign, formatFailure } from "../simulate/summary.ts";
import { loadConfigs } from "./course-configs.ts";

interface SimulateFlags {
  readonly config?: readonly string[];
  readonly seeds?: SeedRange;
  readonly minutes?: number;
  readonly seed?: number;
  readonly trace?: string;
  readonly replicas?: number;
  readonly twice?: boolean;
  readonly jobs: number;
  readonly stopOnFailure?: boolean;
  readonly limit: number;
  readonly report?: string;
  readonly resume?: boolean;
  readonly json?: boolean;
}

/** Without --seeds and --minutes. */
const DEFAULT_SEEDS: SeedRange = { from: 1, to: 100 };

/** The command `keelson simulate`. */
export function simulateCommand(): Command {
  return new Command("simulate")
    .description(
      "Runs clusters of the Raft core in virtual time, under faults drawn from each\n" +
        "seed, and checks every answer. With --config: configs of the course with this\n" +
        "project's replica, and the distribution of their scores.",
    )
    .option("--seeds <range>", "seeds to run, as 1..1000 (default: 1..100)", parseSeedRange)
    .option("--minutes <number>", "begin no run after this time; without --seeds from a random seed on", minutes)
    .option("--seed <number>", "run this seed only, and print what happened in it", integer({ from: 0, to: SEED_MAX }))
    .option("--trace <file>", "with --seed: write everything that happened; gzipped if named .gz")
    .option("--config <configs...>", "run these configs of the course instead: files, names, or all")
    .option(
      "--replicas <count>",
      "clusters of this size, instead of one drawn from the seed",
      integer({ from: 1, to: 9 }),
    )
    .option("--twice", "execute every seed twice; traces that differ are a failure")
    .option("--jobs <count>", "worker processes", integer({ from: 1, to: 256 }), os.availableParallelism())
    .option("--stop-on-failure", "end at the first failing seed")
    .option("--limit <seconds>", "a run that takes longer hangs, and fails", integer({ from: 1, to: 86_400 }), 300)
    .option("--report <file>", "write the result as JSON, now and then and in the end")
    .option("--resume", "with --report: go on from that file, leaving out the seeds that it has")
    .option("--json", "print the result as JSON")
    .addHelpText("after", HELP)
    .action(async (flags: SimulateFlags) => {
      requireSense(flags);
      const job = jobOf(flags);
      if (flags.seed === undefined) await runCampaign(job, flags);
      else runOne(job, String(flags.seed), flags);
    });
}

const HELP = `
Examples:
  keelson simulate --seeds 1..10000              a campaign on all cores
  keelson simulate --minutes 10                  new seeds for ten minutes
  keelson simulate --seed 17 --trace t.jsonl.gz  what happened in seed 17
  keelson simulate --seeds 1..1000 --twice       is one seed one execution?
  keelson simulate --config configs/advanced-4.json --seeds 1..1000
  keelson simulate --seeds 1..100000 --report r.json --resume

A failing seed does not end a campaign; Ctrl-C does, and prints what is there.
Exit status: 0 nothing failed, 1 a seed failed, 2 a mistake in flags or configs,
130 interrupted. Rules, faults and the report: docs/simulator.md`;

function requireSense(flags: SimulateFlags): void {
  const { seed, seeds, minutes: limit, trace, config, replicas, report, resume } = flags;
  if (seed !== undefined && seeds !== undefined) throw new ConfigError("--seed and --seeds exclude each other");
  if (seed !== undefined && limit !== undefined) throw new ConfigError("--seed and --minutes exclude each other");
  if (seed !== undefined && report !== undefined)
    throw new ConfigError("--report is for --seeds; one --seed has --json");
  if (trace !== undefined && seed === undefined) throw new ConfigError("--trace needs --seed: it traces one run");
  if (config !== undefined && replicas !== undefined) {
    throw new ConfigError("--replicas is for clusters; a config says its own number of replicas");
  }
  if (resume === true && report === undefined) throw new ConfigError("--resume needs --report: the file to go on from");
}

function jobOf({ config, replicas, twice = false }: SimulateFlags): Job {
  if (config !== undefined) return { kind: "course", configs: loadConfigs(config), twice };
  return { kind: "cluster", twice, ...(replicas !== undefined && { replicas }) };
}

function runOne(job: Job, seed: string, { trace, json }: SimulateFlags): void {
  const colors = wantsColors(process.stdout, process.env);
  if (job.kind === "cluster") {
    const report = runClusterSeed(job, seed, trace);
    const text = json
      ? toJson({ seed, ...report })
      : formatClusterSeed(report, { seed, job, colors, program: programName() });
    finish(text, report.failure !== undefined);
  } else {
    if (trace !== undefined && job.configs.length > 1)
      throw new ConfigError("--trace needs a single config: it traces one run");
    const runs = job.configs.map((loaded) => runConfigSeed(loaded, seed, trace));
    const text = json ? toJson(runs) : runs.map((run) => formatConfigSeed(run, { colors })).join("\n\n");
    finish(
      text,
      runs.some(({ passed }) => !passed),
    );
  }
}

async function runCampaign(job: Job, flags: SimulateFlags): Promise<void> {
  const { report: file, json } = flags;
  if (file !== undefined) requireWritable(file);
  const origin = {
    command: `keelson ${shellWords(process.argv.slice(2))}`,
    provenance: provenance(),
    job: reportedJob(job),
  };
  const earlier = flags.resume && file !== undefined ? readEarlier(file, origin) : undefined;
  const whole = { ...origin, startedAt: earlier?.startedAt ?? new Date().toISOString() };
  const write = (state: CampaignState) => {
    if (file === undefined) return;
    try {
      writeReport(file, reportOf(state, whole));
    } catch (error) {
      process.stderr.write(`keelson: warning: cannot write --report ${file}: ${messageOf(error)}\n`);
    }
  };
  const look = { job, program: programName() };
  const campaign = new Campaign({
    job,
    seeds: seedsOf(flags),
    jobs: flags.jobs,
    ...(flags.minutes !== undefined && { limitMs: flags.minutes * 60_000 }),
    taskLimitMs: flags.limit * 1000,
    stopOnFailure: flags.stopOnFailure ?? false,
    ...(earlier && { earlier: stateOf(earlier) }),
    display: process.stderr,
    describe: (failed) => formatFailure(failed, { ...look, colors: wantsColors(process.stderr, process.env) }),
    checkpoint: write,
  });
  const signal = interruptOnSignals(campaign);
  const state = await campaign.run();
  write(state);
  const report = reportOf(state, whole);
  const colors = wantsColors(process.stdout, process.env);
  finish(json ? toJson(report) : formatCampaign(report, { ...look, colors }), !report.passed, signal.status);
}

/** Without a range, `--minutes` explores: it begins where nobody has been. */
function seedsOf({ seeds, minutes: limit }: SimulateFlags): SeedRange {
  if (seeds !== undefined) return seeds;
  if (limit === undefined) return DEFAULT_SEEDS;
  const from = randomInt(1_000_000_000);
  process.stderr.write(`keelson: seeds from ${from} on\n`);
  return { from, to: SEED_MAX };
}

/** The first signal ends the campaign and leaves its result; a second one ends the program. */
function interruptOnSignals(campaign: Campaign): { readonly status: number } {
  const ended = { status: 0 };
  for (const [signal, number] of [
    ["SIGINT", 2],
    ["SIGTERM", 15],
    ["SIGHUP", 1],
  ] as const) {
    process.once(signal, () => {
      ended.status = 128 + number;
      campaign.interrupt();
    });
  }
  return ended;
}

function finish(text: string, failed: boolean, interrupted = 0): void {
  process.stdout.write(`${text}\n`);
  process.exitCode = failed ? 1 : interrupted;
}

/** A report that cannot be written is to show before the campaign, not after it. */
function requireWritable(file: string): void {
  try {
    mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
    closeSync(openSync(file, "a"));
  } catch (error) {
    throw new ConfigError(`--report ${file}: ${messageOf(error)}`);
  }
}

function toJson(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

/** Accepts minutes, fractions too. */
const minutes: ValueParser<number> = (text) => {
  const value = Number(text);
  if (text.trim() === "" || !(value > 0 && value <= 100_000)) {
    throw new InvalidArgumentError("Allowed: minutes, more than 0, at most 100000.");
  }
  return value;
};
