// `keelson trace stats`: counts what happened in a run.
import { Command } from "commander";
import { readTrace } from "../trace/open-trace.ts";
import { StatisticsCounter } from "../trace/statistics.ts";
import { formatStatistics } from "../trace/statistics-text.ts";

/** The command `keelson trace stats`. */
export function traceStatsCommand(): Command {
  return new Command("stats")
    .description(
      "Counts a trace's events by type, messages by type and link, losses by reason, elections and leaders, and tells\n" +
        "what became of the clients' operations and how long they took.",
    )
    .argument("<file>", "the trace, plain or gzipped; - for standard input")
    .option("--json", "as one JSON object", false)
    .action(async (file: string, { json }: { readonly json: boolean }) => {
      const counter = new StatisticsCounter();
      for await (const items of readTrace(file)) {
        for (const item of items) if (item.kind === "event") counter.add(item.event, item.number);
      }
      const statistics = counter.summarize();
      process.stdout.write(`${json ? JSON.stringify(statistics, undefined, 2) : formatStatistics(statistics)}\n`);
    });
}
