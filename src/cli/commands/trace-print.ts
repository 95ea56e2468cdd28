// `keelson trace print`: shows a trace in columns, one for each node.
import { Command } from "commander";
import { wantsColors } from "../../course/terminal/index.ts";
import { ConfigError, integer } from "../flags.ts";
import { names, terms, time } from "../trace/flags.ts";
import { printTrace } from "../trace/print.ts";

interface TracePrintOptions {
  readonly node?: readonly string[];
  readonly type?: readonly string[];
  readonly message?: readonly string[];
  readonly term?: { readonly from: number; readonly to: number };
  readonly key?: readonly string[];
  readonly from?: number;
  readonly to?: number;
  readonly around?: number;
  readonly context: number;
  readonly all: boolean;
  readonly width?: number;
}

const NUMBERS = integer({ from: 1, to: Number.MAX_SAFE_INTEGER });

/** The command `keelson trace print`. */
export function tracePrintCommand(): Command {
  return new Command("print")
    .description("Shows a trace in columns, one for each replica and one for the clients, in order of time.")
    .argument("<file>", "the trace, plain or gzipped; - for standard input")
    .option("--node <ids>", "only what these replicas or clients do, for example n1,n3", names("ids"))
    .option("--type <types>", "only these kinds of events or messages, for example state,append", names("types"))
    .option("--message <types>", "only messages, and only of these types", names("types of messages"))
    .option("--term <terms>", "only events in this term or these terms, for example 5 or 5..7", terms)
    .option("--key <keys>", "only operations on these keys, and messages and log entries about them", names("keys"))
    .option("--from <time>", "only what happened at this time or later: 12.5 (seconds), 800ms", time)
    .option("--to <time>", "only what happened at this time or earlier", time)
    .option("--around <event>", "only the event with this number, and those near it", NUMBERS)
    .option(
      "--context <count>",
      "with --around: how many events before and after",
      integer({ from: 0, to: 100_000 }),
      20,
    )
    .option("--all", "also heartbeats one by one, timers that are set, writes that begin", false)
    .option(
      "--width <columns>",
      "width of the view (default: the terminal's, else 160)",
      integer({ from: 40, to: 1000 }),
    )
    .addHelpText("after", HELP)
    .action(async (file: string, options: TracePrintOptions) => runPrint(file, options));
}

const HELP = `
→ sent, ← arrived, ✗ lost, ⏱ a timer, ! an error. The first number of a line is that of its event, for --around; ♥12 says that 12
heartbeats were left out before it. Leaders are green, candidates and paused replicas yellow, dead ones faint; colours only on a
terminal, and not with NO_COLOR.`;

async function runPrint(file: string, options: TracePrintOptions): Promise<void> {
  const { node, type, message, term, key, from: fromMs, to: toMs, around, context, all } = options;
  if (fromMs !== undefined && toMs !== undefined && fromMs > toMs) {
    throw new ConfigError(`--from ${fromMs} ms is after --to ${toMs} ms`);
  }
  const { events, printed } = await printTrace(file, {
    filter: { nodes: node, types: type, messages: message, terms: term, keys: key, fromMs, toMs, all },
    around: around === undefined ? undefined : { number: around, context },
    width: options.width ?? process.stdout.columns ?? 160,
    colors: wantsColors(process.stdout, process.env),
    output: process.stdout,
  });
  if (printed === 0) process.stderr.write(`keelson: nothing matches among ${events} events\n`);
}
