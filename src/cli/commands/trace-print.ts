// `keelson trace print`: shows a trace in columns, one for each node.
import { Command } from "commander";
import { wantsColors } from "../../course/terminal/index.ts";
import { integer } from "../flags.ts";
import { addFilterOptions, type FilterOptions, filterOf } from "../trace/flags.ts";
import { printTrace } from "../trace/print.ts";

interface TracePrintOptions extends FilterOptions {
  readonly around?: number;
  readonly context: number;
  readonly width?: number;
}

const NUMBERS = integer({ from: 1, to: Number.MAX_SAFE_INTEGER });

/** The command `keelson trace print`. */
export function tracePrintCommand(): Command {
  const command = new Command("print")
    .description("Shows a trace in columns, one for each replica and one for the clients, in order of time.")
    .argument("<file>", "the trace, plain or gzipped; - for standard input");
  return addFilterOptions(command)
    .option("--around <event>", "only the event with this number, and those near it", NUMBERS)
    .option(
      "--context <count>",
      "with --around: how many events before and after",
      integer({ from: 0, to: 100_000 }),
      20,
    )
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
  const { around, context } = options;
  const { events, printed } = await printTrace(file, {
    filter: filterOf(options),
    around: around === undefined ? undefined : { number: around, context },
    width: options.width ?? process.stdout.columns ?? 160,
    colors: wantsColors(process.stdout, process.env),
    output: process.stdout,
  });
  if (printed === 0) process.stderr.write(`keelson: nothing matches among ${events} events\n`);
}
