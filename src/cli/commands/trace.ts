// `keelson trace`: the parent of the commands that show, count and convert traces.
import { Command } from "commander";

/** The command `keelson trace`, which only has subcommands. */
export function traceCommand(): Command {
  return new Command("trace").description(
    "Shows, counts and converts traces: what happened in a run, as JSON lines, plain or gzipped (docs/trace-format.md).\n" +
      "`keelson course --trace FILE` and `keelson simulate --trace FILE` write them, and so can any other program.",
  );
}
