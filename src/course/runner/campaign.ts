// Many runs: configs times repeats, some of them side by side. Process shell.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { CourseConfig } from "./config.ts";
import { ProcessRun } from "./process-host.ts";
import type { ReplicaCommand } from "./replica-command.ts";
import type { RunResult } from "./result.ts";

/** A config and where it came from. */
export interface LoadedConfig {
  readonly config: CourseConfig;
  readonly path: string;
}

/** A config with the seeds to run it with, one run each. */
export interface PlannedConfig extends LoadedConfig {
  readonly seeds: readonly string[];
}

/** Runs side by side begin this far apart: starting many processes at once would starve them all of their first seconds. */
const STAGGER_MS = 700;

/** What to run. */
export interface CampaignOptions {
  readonly plan: readonly PlannedConfig[];
  readonly command: ReplicaCommand;
  /** Runs side by side. */
  readonly jobs: number;
  /** Every run gets a directory in this one. */
  readonly outDirectory: string;
  readonly traceFile?: string | undefined;
  readonly strict: boolean;
  /** What a user types for this program. */
  readonly program: string;
  /** The program and its version, for traces. */
  readonly producer: string;
  readonly display: CampaignDisplay;
}

/** Shows a campaign while it goes on. */
export interface CampaignDisplay {
  started(run: PlannedRun, live: ProcessRun): void;
  finished(run: PlannedRun, result: RunResult): void;
}

/** One run of the campaign before it is made. */
export interface PlannedRun {
  /** The config's name and the seed; unique within the campaign. */
  readonly name: string;
  readonly config: CourseConfig;
  readonly configPath: string;
  readonly seed: string;
  readonly directory: string;
  readonly traceFile: string | undefined;
  readonly replay: string;
}

/**
 * Makes all runs; the results are in the order of the plan, configs first, then seeds. Throws RunDirectoryError when a run's directory
 * cannot be had, and begins no further run then.
 */
export async function runCampaign(options: CampaignOptions): Promise<readonly RunResult[]> {
  const planned = planRuns(options);
  const results = new Map<PlannedRun, RunResult>();
  const waiting = [...planned];
  const worker = async (_: unknown, number: number) => {
    await sleep(number * STAGGER_MS);
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        results.set(next, await makeRun(next, options));
      } catch (error) {
        waiting.length = 0;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.jobs, planned.length) }).map(worker));
  return planned.flatMap((run) => results.get(run) ?? []);
}

/** The seeds of `repeat` runs: first, first + 1, ... */
export function seedsFrom(first: number, repeat: number): string[] {
  return Array.from({ length: repeat }, (_, at) => String(first + at));
}

async function makeRun(run: PlannedRun, { command, strict, producer, display }: CampaignOptions): Promise<RunResult> {
  const live = new ProcessRun({ ...run, command, strict, producer });
  display.started(run, live);
  const result = await live.run();
  writeFileSync(path.join(run.directory, RESULT_FILE), `${JSON.stringify(result, null, 2)}\n`);
  display.finished(run, result);
  return result;
}

const RESULT_FILE = "result.json";

function planRuns({ plan, command, strict, outDirectory, traceFile, program }: CampaignOptions): PlannedRun[] {
  const names = new Set<string>();
  const isSingle = plan.length === 1 && plan[0]?.seeds.length === 1;
  return plan.flatMap(({ config, path: configPath, seeds }) =>
    seeds.map((seed) => {
      const name = unused(`${config.name}-${seed}`, names);
      const trace = traceFile === undefined || isSingle ? traceFile : withSuffix(traceFile, name);
      const replay = replayCommand(program, { configPath, seed, replica: command.text, strict });
      return { name, config, configPath, seed, directory: path.join(outDirectory, name), traceFile: trace, replay };
    }),
  );
}

function replayCommand(
  program: string,
  run: { configPath: string; seed: string; replica: string; strict: boolean },
): string {
  const words = [program, "course", run.configPath, "--seed", run.seed, "--replica", run.replica];
  return [...words, ...(run.strict ? ["--strict"] : [])].map(quote).join(" ");
}

function quote(word: string): string {
  return /^[\w./=:@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function unused(name: string, names: Set<string>): string {
  let candidate = name;
  for (let number = 2; names.has(candidate); number++) candidate = `${name}-${number}`;
  names.add(candidate);
  return candidate;
}

function withSuffix(file: string, suffix: string): string {
  const gzip = file.endsWith(".gz") ? ".gz" : "";
  const { dir, name, ext } = path.parse(file.slice(0, file.length - gzip.length));
  return path.join(dir, `${name}-${suffix}${ext}${gzip}`);
}
