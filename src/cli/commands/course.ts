// `keelson course`: runs configs of the course with replicas in any language, and judges them.
import { randomInt } from "node:crypto";
import { accessSync, constants, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { formatRun, formatSummary, REPORT_FORMATS, type ReportFormat } from "../../course/report/index.ts";
import {
  killAllReplicas,
  type LoadedConfig,
  ProgressDisplay,
  type ReplicaCommand,
  RunDirectoryError,
  type RunResult,
  resolveReplica,
  runCampaign,
  seedsFrom,
} from "../../course/runner/index.ts";
import { wantsColors } from "../../course/terminal/index.ts";
import { ConfigError, integer, messageOf } from "../flags.ts";
import { PACKAGE_ROOT, packageVersion, programName } from "../package.ts";
import { loadConfigs } from "./course-configs.ts";

interface ReportRequest {
  readonly format: ReportFormat;
  readonly file: string;
}

interface CourseOptions {
  readonly replica?: string;
  readonly seed?: number;
  readonly jobs: number;
  readonly repeat: number;
  readonly report?: readonly ReportRequest[];
  readonly trace?: string;
  readonly out: string;
  readonly strict?: boolean;
}

/** The command `keelson course`. */
export function courseCommand(): Command {
  return new Command("course")
    .description(
      "Runs the course's tests: starts replicas, plays clients and network with them, and judges what they did.\n" +
        "A config is a file, the name of one of the course's 17 configs (crash-3), or `all` for all of them.",
    )
    .argument("<configs...>", "configs to run: files, names, or all")
    .option("--replica <command>", 'the replica: an executable, or "python3 kv.py" (default: ./3700kvstore)')
    .option("--seed <number>", "seed of the first repeat (default: the config's, or a new one)", integer(SEEDS))
    .option(
      "--repeat <count>",
      "runs of each config, with the seeds seed, seed + 1, ...",
      integer({ from: 1, to: 10_000 }),
      1,
    )
    .option("--jobs <count>", "runs side by side; latency wants 1", integer({ from: 1, to: 64 }), 1)
    .option("--report <format=file>", "write json=FILE, junit=FILE or gradescope=FILE; repeatable", addReport)
    .option("--trace <file>", "write every message and event as JSON lines; of several runs, each to a file of its own")
    .option("--out <directory>", "where the runs' logs and results go", "runs")
    .option("--strict", "give up a replica that is sent something before its hello, as the original does")
    .addHelpText("after", HELP)
    .action(async (configs: readonly string[], options: CourseOptions) => runCourse(configs, options));
}

const SEEDS = { from: 0, to: 999_999_999_999 };

const HELP = `
Every run writes run.log (all replicas' output in order of time), one log for
each replica, and result.json to a directory runs/CONFIG-SEED;
\`keelson course log DIRECTORY\` shows a log in columns. The same seed gives the
same requests, victims, partitions and lost messages again.
Exit status: 0 all runs passed, 1 some failed, 2 a mistake in flags or configs.
Configs, extra faults and verdicts: docs/course-runner.md`;

async function runCourse(names: readonly string[], options: CourseOptions): Promise<void> {
  const { report: reports = [] } = options;
  const configs = loadConfigs(names);
  const command = findReplica(options.replica);
  requireDirectory("--out", options.out);
  for (const { file } of reports) requireWritable("--report", file);
  if (options.trace !== undefined) requireWritable("--trace", options.trace);
  endReplicasOnSignals();
  const results = await makeRuns(configs, command, options);
  const colors = wantsColors(process.stdout, process.env);
  const [only] = results;
  const text =
    results.length === 1 && only !== undefined ? formatRun(only, { colors }) : formatSummary(results, { colors });
  process.stdout.write(`${text}\n`);
  for (const { format, file } of reports) writeFileSync(file, REPORT_FORMATS[format](results));
  if (results.some(({ passed }) => !passed)) process.exitCode = 1;
}

/** Configs with a seed of their own keep it, unless --seed says otherwise. */
async function makeRuns(
  configs: readonly LoadedConfig[],
  command: ReplicaCommand,
  { seed, repeat, jobs, out, trace, strict = false }: CourseOptions,
): Promise<readonly RunResult[]> {
  const fallback = randomInt(1_000_000_000);
  const display = new ProgressDisplay(process.stderr, { total: configs.length * repeat });
  try {
    return await runCampaign({
      plan: configs.map((loaded) => ({
        ...loaded,
        seeds: seedsFrom(seed ?? loaded.config.seed ?? fallback, repeat),
      })),
      command,
      jobs,
      outDirectory: out,
      traceFile: trace,
      strict,
      program: programName(),
      producer: `keelson ${packageVersion()}`,
      display,
    });
  } catch (error) {
    throw error instanceof RunDirectoryError ? new ConfigError(error.message) : error;
  } finally {
    display.close();
  }
}

/** Without a flag: the replica in the working directory, where the course wants it, or else our own. */
function findReplica(given: string | undefined): ReplicaCommand {
  const own = path.join(PACKAGE_ROOT, "3700kvstore");
  const result = resolveReplica(given ?? (existsSync("3700kvstore") ? "./3700kvstore" : own));
  if (!result.ok) throw new ConfigError(`--replica: ${result.problem}`);
  return result.command;
}

function addReport(text: string, earlier: readonly ReportRequest[] = []): readonly ReportRequest[] {
  const [format = "", ...rest] = text.split("=");
  const file = rest.join("=");
  if (!isReportFormat(format) || file === "") {
    throw new InvalidArgumentError(`Allowed: ${Object.keys(REPORT_FORMATS).join("=FILE, ")}=FILE.`);
  }
  return [...earlier, { format, file }];
}

function isReportFormat(text: string): text is ReportFormat {
  return Object.hasOwn(REPORT_FORMATS, text);
}

/** A mistake in a path is to show before the runs, not after them; missing directories are made. */
function requireWritable(flag: string, file: string): void {
  if (file === "") throw new ConfigError(`${flag}: the file has no name`);
  requireDirectory(`${flag} ${file}: directory`, path.dirname(path.resolve(file)));
  if (existsSync(file) && statSync(file).isDirectory()) throw new ConfigError(`${flag} ${file}: this is a directory`);
}

function requireDirectory(flag: string, directory: string): void {
  if (directory === "") throw new ConfigError(`${flag}: the directory has no name`);
  try {
    mkdirSync(directory, { recursive: true });
    accessSync(directory, constants.W_OK);
  } catch (error) {
    throw new ConfigError(`${flag} ${directory}: ${messageOf(error)}`);
  }
}

/** However this program ends, no replica outlives it. */
function endReplicasOnSignals(): void {
  process.on("exit", killAllReplicas);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      killAllReplicas();
      process.stderr.write("\nkeelson: interrupted\n");
      // With its handler gone, the signal ends the program, and the shell sees why.
      process.kill(process.pid, signal);
    });
  }
}
