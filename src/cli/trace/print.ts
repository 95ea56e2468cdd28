// Prints a trace in columns. Shell: writes to standard output, reading on only as fast as that takes it.
import { ColumnLayout, type Entry } from "../../course/log/index.ts";
import { paintFor } from "../../course/terminal/index.ts";
import { type RunEvent, RunState, type TraceEvent } from "../../trace/index.ts";
import { ConfigError } from "../flags.ts";
import { CLIENTS_COLUMN, EventRows } from "./event-rows.ts";
import { readTrace } from "./open-trace.ts";
import { type PrintFilter, PrintSelector } from "./print-filter.ts";
import { requireNodes } from "./selected-events.ts";

/** How to print. */
export interface PrintOptions {
  readonly filter: PrintFilter;
  /** Only what is near the event of this number: `context` events before and after, of those that pass the filter. */
  readonly around?: { readonly number: number; readonly context: number } | undefined;
  readonly width: number;
  readonly colors: boolean;
  readonly output: TextOutput;
}

/** Where text goes: a stream; `write` gives false when it wants to be waited for. */
export interface TextOutput {
  write(text: string): boolean;
  once(event: "drain", listener: () => void): unknown;
}

/** What was printed. */
export interface PrintResult {
  readonly events: number;
  readonly printed: number;
}

const PIECE_LINES = 2000;

/** Prints the events of a trace that pass the filter. Throws ConfigError when the file is no trace or has nothing of what is asked for. */
export async function printTrace(file: string, options: PrintOptions): Promise<PrintResult> {
  const { filter, around, output } = options;
  // What is followed from the start (keys), or counted in events, needs everything.
  const canSeek = filter.keys === undefined && around === undefined;
  const printer = new TracePrinter(options);
  for await (const items of readTrace(file, { fromMs: canSeek ? filter.fromMs : undefined })) {
    for (const item of items) {
      if (item.kind === "keyframe") printer.keyframe(item.keyframe);
      else printer.event(item.event, item.number);
      if (printer.isDone) break;
    }
    const text = printer.take();
    if (text !== "" && !output.write(text)) await drained(output);
    if (printer.isDone) break;
  }
  printer.end();
  const text = printer.take();
  if (text !== "" && !output.write(text)) await drained(output);
  return printer.result;
}

function drained(output: TextOutput): Promise<void> {
  return new Promise((resolve) => {
    output.once("drain", () => resolve());
  });
}

/** An event that may be printed. */
interface Shown {
  readonly event: TraceEvent;
  readonly number: number;
  readonly begun: ReturnType<RunState["openOperation"]>;
}

class TracePrinter {
  readonly #options: PrintOptions;
  readonly #selector: PrintSelector;
  #state = new RunState();
  #run: RunEvent | undefined;
  #rows: EventRows | undefined;
  #layout: ColumnLayout | undefined;
  #lines: string[] = [];
  /** With `around`: what came before it. */
  #before: Shown[] = [];
  #after = 0;
  #events = 0;
  #printed = 0;
  isDone = false;

  constructor(options: PrintOptions) {
    this.#options = options;
    this.#selector = new PrintSelector(options.filter);
  }

  get result(): PrintResult {
    return { events: this.#events, printed: this.#printed };
  }

  /** What there is to write by now. */
  take(): string {
    if (this.#lines.length === 0 || (this.#lines.length < PIECE_LINES && !this.#isEnding)) return "";
    const text = `${this.#lines.join("\n")}\n`;
    this.#lines = [];
    return text;
  }

  #isEnding = false;

  /** A keyframe that comes right after the run event is where reading went on: what it holds is all that is known. */
  keyframe(view: ConstructorParameters<typeof RunState>[0]): void {
    if (this.#events > 1 || view === undefined) return;
    this.#restart(new RunState(view));
  }

  event(event: TraceEvent, number: number): void {
    this.#events = number;
    if (event.type === "run") this.#begin(event);
    const begun = event.type === "client-return" ? this.#state.openOperation(event.operation) : undefined;
    this.#state.apply(event);
    const { toMs = Number.POSITIVE_INFINITY } = this.#options.filter;
    if (event.at > toMs) this.isDone = true;
    const verdict = this.#selector.judge(event, this.#state);
    const isAsked = number === this.#options.around?.number;
    if (verdict === "heartbeat" && !isAsked) this.#foldHeartbeat(event);
    else if (verdict === "print" || isAsked) this.#consider({ event, number, begun });
  }

  end(): void {
    this.#isEnding = true;
    const { around } = this.#options;
    if (around !== undefined && this.#events < around.number) {
      throw new ConfigError(`--around ${around.number}: the trace has ${this.#events} events`);
    }
    this.#draw(this.#rows?.end() ?? []);
  }

  #begin(run: RunEvent): void {
    this.#run = run;
    this.#restart(new RunState());
    const { name, seed, producer } = run;
    const heading = [
      `# ${name}, seed ${seed}, by ${producer}`,
      ...(run.replay === undefined ? [] : [`# again: ${run.replay}`]),
    ];
    this.#lines.push(...heading, this.#layout?.heading() ?? "");
  }

  #restart(state: RunState): void {
    const { filter, width, colors } = this.#options;
    const { replicas = [], clients = [] } = this.#run ?? {};
    const asked = filter.nodes;
    requireNodes(asked, [...replicas, ...clients]);
    const columns = asked === undefined ? replicas : replicas.filter((id) => asked.includes(id));
    const withClients = clients.length > 0 && (asked === undefined || clients.some((id) => asked.includes(id)));
    this.#state = state;
    this.#rows = new EventRows({ columns, state });
    const shown = withClients ? [...columns, CLIENTS_COLUMN] : columns;
    this.#layout = new ColumnLayout({ replicas: shown, width, paint: paintFor({ colors }), numbered: true });
  }

  #foldHeartbeat(event: TraceEvent): void {
    const isWaiting = this.#options.around !== undefined && this.#after === 0;
    if (event.type === "send" && !isWaiting) this.#draw(this.#rows?.fold(event) ?? []);
  }

  #consider(shown: Shown): void {
    const { around } = this.#options;
    if (around === undefined) return this.#print(shown, false);
    if (shown.number < around.number) {
      this.#before.push(shown);
      if (this.#before.length > around.context) this.#before.shift();
      return;
    }
    for (const earlier of this.#before) this.#print(earlier, false);
    this.#before = [];
    this.#print(shown, shown.number === around.number);
    this.#after += 1;
    if (this.#after > around.context) this.isDone = true;
  }

  #print({ event, number, begun }: Shown, marked: boolean): void {
    if (event.type === "run") return;
    this.#printed += 1;
    this.#draw(this.#rows?.add(event, { number, marked, begun }) ?? []);
  }

  #draw(entries: readonly Entry[]): void {
    for (const entry of entries) {
      for (const line of this.#layout?.draw(entry) ?? []) this.#lines.push(line);
    }
  }
}
