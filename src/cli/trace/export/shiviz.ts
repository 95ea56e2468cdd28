// A trace as a log for ShiViz: events with vector clocks. Pure.
import type { TraceEvent } from "../../../trace/index.ts";
import { ConfigError } from "../../flags.ts";
import { invokeText, persistText, returnText, stateText, timerText } from "../event-text.ts";
import type { SelectedEvent } from "../selected-events.ts";
import type { Exporter } from "./exporter.ts";
import { RecentMessages } from "./recent-messages.ts";

/** What ShiViz is told about the log, in its first line. */
export const SHIVIZ_EXPRESSION = String.raw`(?<seconds>\d+\.\d+) (?<event>.*)\n(?<host>\S+) (?<clock>\{.*\})`;

type Clock = Readonly<Record<string, number>>;

/** Writes each event of a replica or a client with its vector clock. */
export class ShivizExporter implements Exporter {
  readonly #eventsMax: number;
  readonly #clocks = new Map<string, Clock>();
  readonly #sent = new RecentMessages<Clock>();
  #events = 0;

  /** More events than `eventsMax` ShiViz does not show in bearable time. */
  constructor({ eventsMax }: { readonly eventsMax: number }) {
    this.#eventsMax = eventsMax;
  }

  add({ event, begun }: SelectedEvent): string {
    // The second line would tell several executions apart; there is one.
    if (event.type === "run") return `${SHIVIZ_EXPRESSION}\n\n`;
    const host = hostOf(event);
    if (host === undefined) return "";
    const heard = event.type === "deliver" ? this.#sent.get(event.id) : undefined;
    const clock = this.#advance(host, heard);
    if (event.type === "send") this.#sent.set(event.id, clock);
    this.#events += 1;
    if (this.#events > this.#eventsMax) {
      throw new ConfigError(
        `more than ${this.#eventsMax} events: ShiViz cannot show so many; ` +
          "narrow it by --from and --to, --node, --type or --term, or raise --max",
      );
    }
    const text = textOf(event, begun).replaceAll(/\s+/g, " ");
    return `${(event.at / 1000).toFixed(6)} ${text}\n${named(host)} ${JSON.stringify(clock)}\n`;
  }

  end(): string {
    return "";
  }

  /** The host's clock at its next event, which knows of all that `heard` knows of. */
  #advance(host: string, heard: Clock = {}): Clock {
    const before = this.#clocks.get(host) ?? {};
    const clock: Record<string, number> = { ...before };
    for (const [other, count] of Object.entries(heard)) clock[other] = Math.max(count, clock[other] ?? 0);
    const own = named(host);
    clock[own] = (before[own] ?? 0) + 1;
    this.#clocks.set(host, clock);
    return clock;
  }
}

/** A host's name must be one word, and none that Object has. */
function named(host: string): string {
  return `${/^[0-9]/.test(host) ? "n" : ""}${host.replaceAll(/\s/g, "_")}`;
}

/** At whom an event happens; undefined for the network's and the run's own. A loss is nobody's. */
function hostOf(event: TraceEvent): string | undefined {
  switch (event.type) {
    case "send":
      return event.from;
    case "deliver":
      return event.to;
    case "client-invoke":
    case "client-return":
      return event.client;
    default:
      return "replica" in event ? event.replica : undefined;
  }
}

function textOf(event: TraceEvent, begun: SelectedEvent["begun"]): string {
  switch (event.type) {
    case "send":
      return `send ${event.message} to ${event.to}${event.summary === undefined ? "" : `: ${event.summary}`}`;
    case "deliver":
      return `receive ${event.message} from ${event.from}`;
    case "state":
      return stateText(event);
    case "timer":
      return timerText(event);
    case "persist":
      return persistText(event);
    case "client-invoke":
      return invokeText(event);
    case "client-return":
      return returnText(event, begun);
    case "annotation":
    case "replica-output":
      return event.text;
    case "violation":
      return `VIOLATION ${event.rule}: ${event.detail}`;
    default:
      return event.type;
  }
}
