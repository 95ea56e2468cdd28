// `keelson trace export`: converts a trace for other tools.
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { Command } from "commander";
import { ConfigError, integer } from "../flags.ts";
import type { Exporter } from "../trace/export/exporter.ts";
import { MermaidExporter } from "../trace/export/mermaid.ts";
import { PerfettoExporter } from "../trace/export/perfetto.ts";
import { SHIVIZ_EXPRESSION, ShivizExporter } from "../trace/export/shiviz.ts";
import { addFilterOptions, type FilterOptions, filterOf } from "../trace/flags.ts";
import { selectedEvents } from "../trace/selected-events.ts";

interface TraceExportOptions extends FilterOptions {
  readonly mermaid?: true;
  readonly perfetto?: true;
  readonly shiviz?: true;
  readonly out?: string;
  readonly max?: number;
}

const MERMAID_MESSAGES_MAX = 200;
const SHIVIZ_EVENTS_MAX = 5000;
const PIECE_CHARACTERS = 256 * 1024;

/** The command `keelson trace export`. */
export function traceExportCommand(): Command {
  const command = new Command("export")
    .description(
      "Converts a trace for other tools: --mermaid, a sequence diagram; --perfetto, the JSON that ui.perfetto.dev and\n" +
        "chrome://tracing open; --shiviz, a log with vector clocks.",
    )
    .argument("<file>", "the trace, plain or gzipped; - for standard input")
    .option("--mermaid", "a Mermaid sequence diagram, for a short part of a run")
    .option("--perfetto", "Trace Event Format: nodes as processes, roles and operations as slices, messages as arrows")
    .option("--shiviz", "a ShiViz log")
    .option("-o, --out <file>", "where to write it (default: standard output)");
  return addFilterOptions(command)
    .option(
      "--max <count>",
      `refuse more than so many messages (--mermaid, ${MERMAID_MESSAGES_MAX}) or events (--shiviz, ${SHIVIZ_EVENTS_MAX})`,
      integer({ from: 1, to: 1_000_000 }),
    )
    .addHelpText(
      "after",
      `\nHeartbeats, timers that are set and writes that begin are left out without --all; --perfetto has them always.
ShiViz parses the log by ${SHIVIZ_EXPRESSION}`,
    )
    .action(async (file: string, options: TraceExportOptions) => runExport(file, options));
}

async function runExport(file: string, options: TraceExportOptions): Promise<void> {
  const exporter = exporterFor(options);
  const filter = filterOf({ ...options, all: options.all || options.perfetto === true });
  // What may yet be refused is written when it is whole, so that nobody takes half of it for all.
  const charactersMax = options.perfetto === true ? PIECE_CHARACTERS : Number.POSITIVE_INFINITY;
  const pieces = exportPieces(selectedEvents(file, filter), { exporter, charactersMax });
  const first = await pieces.next();
  const output = options.out === undefined ? process.stdout : await openOutput(options.out);
  for (let piece = first; !piece.done; piece = await pieces.next()) {
    if (!output.write(piece.value)) await once(output, "drain");
  }
  if (output === process.stdout) return;
  output.end();
  await once(output, "finish");
}

function exporterFor({ mermaid, perfetto, shiviz, max }: TraceExportOptions): Exporter {
  const asked = [mermaid, perfetto, shiviz].filter((one) => one === true).length;
  if (asked !== 1) throw new ConfigError("name one format: --mermaid, --perfetto or --shiviz");
  if (mermaid === true) return new MermaidExporter({ messagesMax: max ?? MERMAID_MESSAGES_MAX });
  if (shiviz === true) return new ShivizExporter({ eventsMax: max ?? SHIVIZ_EVENTS_MAX });
  if (max !== undefined) throw new ConfigError("--max has no meaning for --perfetto, which takes traces of any length");
  return new PerfettoExporter();
}

async function* exportPieces(
  events: ReturnType<typeof selectedEvents>,
  { exporter, charactersMax }: { readonly exporter: Exporter; readonly charactersMax: number },
): AsyncGenerator<string, void, undefined> {
  let pending = "";
  for await (const selected of events) {
    pending += exporter.add(selected);
    if (pending.length < charactersMax) continue;
    yield pending;
    pending = "";
  }
  yield pending + exporter.end();
}

async function openOutput(file: string): Promise<NodeJS.WritableStream> {
  const output = createWriteStream(file);
  try {
    await once(output, "open");
  } catch (error) {
    throw new ConfigError(`--out ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return output;
}
