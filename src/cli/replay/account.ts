// Tells what happens in a scenario: its decisions in the order of time, and what changed around the violation. Pure.
import type { Decision, Scenario, SeedReport } from "../../simulator/index.ts";
import type { SendEvent, TraceEvent } from "../../trace/index.ts";
import { invokeText, returnText, stateText } from "../trace/event-text.ts";

/** Beside decisions, roles and the ends of processes only the last rows are shown. */
const LAST_ROWS = 40;

interface Row {
  readonly at: number;
  readonly who: string;
  readonly text: string;
  /** Shown however long ago it was. */
  readonly matters: boolean;
}

/** Listens to a run, then tells of it. */
export class Account {
  readonly #rows: Row[] = [];
  readonly #fates = new Map<string, string>();
  readonly #untimed: readonly string[];
  readonly #sent = new Map<string, number>();
  readonly #begun = new Map<number, { name: string; key: string; invokedAt: number }>();

  constructor({ decisions }: Pick<Scenario, "decisions">) {
    const untimed: string[] = [];
    for (const decision of decisions) {
      if (decision.type === "message")
        this.#fates.set(`${decision.link}#${decision.n}`, fateText(decision.arrivesAfter));
      else if (!("at" in decision)) untimed.push(untimedText(decision));
    }
    this.#untimed = untimed;
  }

  /** Takes the next event of the run. */
  take(event: TraceEvent): void {
    const row = this.#rowOf(event);
    if (row !== undefined) this.#rows.push({ at: event.at, ...row });
  }

  /** The account as lines. */
  lines(): readonly string[] {
    const from = this.#rows.length - LAST_ROWS;
    const shown = this.#rows.filter(({ matters }, place) => matters || place >= from);
    const left = this.#rows.length - shown.length;
    return [
      ...this.#untimed.map((text) => `             ${text}`),
      ...(left > 0 ? [`             (${left} earlier changes of state are left out; --trace has everything)`] : []),
      ...shown.map(({ at, who, text }) => `${(at / 1000).toFixed(3).padStart(9)} s  ${who.padEnd(6)} ${text}`),
    ];
  }

  #rowOf(event: TraceEvent): Omit<Row, "at"> | undefined {
    switch (event.type) {
      case "send":
        return this.#sendRow(event);
      case "state":
        return { who: event.replica, text: stateText(event), matters: event.role !== undefined };
      case "kill":
        return { who: event.replica, text: `dies ${event.detail ?? ""}`.trim(), matters: true };
      case "annotation":
        return { who: event.replica ?? "", text: `${event.text} ${event.detail ?? ""}`.trim(), matters: true };
      case "client-invoke":
        this.#begun.set(event.operation, { name: event.name, key: event.key, invokedAt: event.at });
        return { who: event.client, text: invokeText(event).slice(event.client.length + 1), matters: true };
      case "client-return": {
        const text = returnText(event, this.#begun.get(event.operation)).slice(event.client.length + 1);
        return { who: event.client, text, matters: true };
      }
      default:
        return undefined;
    }
  }

  /** Only messages that a decision is about. */
  #sendRow({ from, to, message, summary }: SendEvent): Omit<Row, "at"> | undefined {
    const link = `${from}>${to}`;
    const n = (this.#sent.get(link) ?? 0) + 1;
    this.#sent.set(link, n);
    const fate = this.#fates.get(`${link}#${n}`);
    if (fate === undefined) return undefined;
    const what = summary === undefined ? message : `${message} (${summary})`;
    return { who: from, text: `sends ${what} to ${to}, message ${n} of ${link}: ${fate}`, matters: true };
  }
}

/** How a run ended, in one or more lines. */
export function outcomeText({ violation, virtualMs, traceHash }: SeedReport): string {
  const time = `${(virtualMs / 1000).toFixed(3)} s of virtual time, trace hash ${traceHash}`;
  if (violation === undefined) return `no rule was broken in ${time}`;
  const { oracle, rule, detail, at } = violation;
  return [
    `${oracle}: ${rule} at ${(at / 1000).toFixed(3)} s; ${time}`,
    ...detail.split("\n").map((line) => `  ${line}`),
  ].join("\n");
}

function fateText(arrivesAfter: readonly number[]): string {
  if (arrivesAfter.length === 0) return "it is lost";
  return `it arrives after ${arrivesAfter.map((ms) => `${ms} ms`).join(", and again after ")}`;
}

function untimedText(decision: Exclude<Decision, { at: number } | { type: "message" }>): string {
  switch (decision.type) {
    case "slow":
      return `${decision.node}: ${decision.step} ${decision.n} takes ${decision.ms} ms`;
    case "sync-error":
      return `${decision.node}: sync ${decision.n} fails, and the process is down for ${decision.downMs} ms`;
    case "die":
      return `${decision.node}: dies ${decision.boundary} for the ${decision.n}. time, and is down for ${decision.downMs} ms`;
    case "outsiders":
      return `when it heals, outside stay ${decision.nodes.map(({ node, state }) => `${node} (${state})`).join(", ")}`;
  }
}
