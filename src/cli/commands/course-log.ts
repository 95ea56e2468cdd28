// `keelson course log`: shows what the replicas of a run printed and sent, in columns.
import { Command, InvalidArgumentError } from "commander";
import { drawColumns, LOG_FILE, type RunLog, readRunLog, select, TRACE_FILE } from "../../course/log/index.ts";
import { paintFor, wantsColors } from "../../course/terminal/index.ts";
import { ConfigError, existingFile, integer, listOf, type ValueParser } from "../flags.ts";

interface CourseLogOptions {
  readonly replica?: readonly string[];
  readonly type?: readonly string[];
  readonly from?: number;
  readonly to?: number;
  readonly trace?: string;
  readonly width?: number;
}

/** The command `keelson course log`. */
export function courseLogCommand(): Command {
  return new Command("log")
    .description(
      "Shows what every replica of a run printed, in columns, one for each replica, in order of time.\n" +
        `PATH is the directory of a run, a merged log (${LOG_FILE}) or a trace (${TRACE_FILE}).\n` +
        "Messages between replicas are shown when the run was traced.",
    )
    .argument("<path>", "directory of a run, merged log, or trace")
    .option(
      "--replica <ids>",
      "only these replicas, for example 0000,0001",
      listOf({ pattern: /^[0-9A-Fa-f]{4}$/, words: "ids of 4 hex digits" }),
    )
    .option(
      "--type <types>",
      "only these messages and events, for example put,append,kill,out,err",
      listOf({ pattern: /./, words: "types of messages, kinds of events, out, err" }),
    )
    .option("--from <seconds>", "only what happened at this time or later", seconds)
    .option("--to <seconds>", "only what happened at this time or earlier", seconds)
    .option("--trace <file>", "the run's trace, where it is not in its directory", existingFile)
    .option(
      "--width <columns>",
      "width of the view (default: the terminal's, else 120)",
      integer({ from: 40, to: 1000 }),
    )
    .addHelpText(
      "after",
      `\nText of stderr begins with "!". ← arrived, → sent, ✗ lost. Colours only on a terminal, and not with NO_COLOR.`,
    )
    .action((path: string, options: CourseLogOptions) => {
      printLog(path, options);
    });
}

function printLog(path: string, options: CourseLogOptions): void {
  const result = readRunLog(path, { tracePath: options.trace });
  if (result.kind === "error") throw new ConfigError(result.reason);
  const { log } = result;
  const replicas = chosenReplicas(log, options.replica);
  const { type: types, from: fromSeconds, to: toSeconds } = options;
  if (fromSeconds !== undefined && toSeconds !== undefined && fromSeconds > toSeconds) {
    throw new ConfigError(`--from ${fromSeconds} is after --to ${toSeconds}`);
  }
  const entries = select(log.entries, { replicas, types, fromSeconds, toSeconds });
  const paint = paintFor({ colors: wantsColors(process.stdout, process.env) });
  const width = options.width ?? process.stdout.columns ?? 120;
  process.stdout.write(`${[...drawColumns(entries, { replicas, width, paint })].join("\n")}\n`);
  if (entries.length === 0) process.stderr.write(`keelson: nothing matches${hintFor(log, types)}\n`);
}

function chosenReplicas(log: RunLog, asked: readonly string[] | undefined): readonly string[] {
  const chosen = asked?.map((id) => id.toUpperCase()) ?? log.replicas;
  const unknown = chosen.find((id) => !log.replicas.includes(id));
  if (unknown === undefined) return chosen;
  throw new ConfigError(`--replica ${unknown}: the run has ${log.replicas.join(", ") || "no replicas"}`);
}

/** The kinds that there are, when a filter by type found none. */
function hintFor({ entries, hasMessages }: RunLog, types: readonly string[] | undefined): string {
  if (types === undefined) return "";
  const kinds = [...new Set(entries.map(({ type }) => type))].sort();
  const untraced = hasMessages ? "" : "; messages are shown only when the run was traced";
  return `; this log has ${kinds.slice(0, 20).join(", ") || "nothing"}${untraced}`;
}

/** Accepts a time in seconds. */
const seconds: ValueParser<number> = (text) => {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value < Infinity))
    throw new InvalidArgumentError("Allowed: seconds, 0 or more.");
  return value;
};
