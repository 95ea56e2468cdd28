// A trace as a Mermaid sequence diagram. Pure.
import { ConfigError } from "../../flags.ts";
import { invokeText, returnText, stateText } from "../event-text.ts";
import type { SelectedEvent } from "../selected-events.ts";
import type { Exporter } from "./exporter.ts";

/** Draws an arrow for each message when it arrives or is lost, and notes for what happens to replicas. */
export class MermaidExporter implements Exporter {
  readonly #messagesMax: number;
  /** The replicas, from left to right. */
  #named: readonly string[] = [];
  /** Aliases, because ids may be words of Mermaid's. */
  readonly #aliases = new Map<string, string>();
  readonly #drawn = new Set<string>();
  #body = "";
  #messages = 0;

  /** More messages than `messagesMax` nobody can read, and Mermaid refuses to draw. */
  constructor({ messagesMax }: { readonly messagesMax: number }) {
    this.#messagesMax = messagesMax;
  }

  add(selected: SelectedEvent): string {
    const { event } = selected;
    if (event.type === "run") {
      this.#named = event.replicas;
      for (const [index, id] of [...event.replicas, ...event.clients].entries()) this.#aliases.set(id, `p${index}`);
    } else {
      this.#body += this.#lineOf(selected);
    }
    return "";
  }

  end(): string {
    const participants = [...this.#aliases]
      .filter(([id]) => this.#drawn.has(id))
      .map(([id, alias]) => `  participant ${alias} as ${mermaidText(id)}\n`);
    return `sequenceDiagram\n${participants.join("")}${this.#body}`;
  }

  #lineOf({ event, begun }: SelectedEvent): string {
    switch (event.type) {
      case "deliver":
        return this.#arrow(event, "->>");
      case "drop":
        return this.#arrow({ ...event, message: `${event.message} (${event.reason})` }, "-x");
      case "state":
        return this.#note(event.replica, stateText(event));
      case "kill":
      case "crash":
      case "restart":
      case "pause":
      case "resume":
        return this.#note(event.replica, "detail" in event ? `${event.type}: ${event.detail}` : event.type);
      case "partition":
        return this.#noteOverAll(`partition ${event.groups.map((group) => group.join(" ")).join(" | ")}`);
      case "heal":
        return this.#noteOverAll("heal");
      case "client-invoke":
        return this.#note(event.client, invokeText(event));
      case "client-return":
        return this.#note(event.client, returnText(event, begun));
      case "annotation":
        return event.replica === undefined ? this.#noteOverAll(event.text) : this.#note(event.replica, event.text);
      case "violation":
        return this.#noteOverAll(`VIOLATION ${event.rule}: ${event.detail}`);
      default:
        return "";
    }
  }

  #arrow({ from, to, message }: { from: string; to: string; message: string }, arrow: string): string {
    this.#messages += 1;
    if (this.#messages > this.#messagesMax) {
      throw new ConfigError(
        `more than ${this.#messagesMax} messages: a diagram of so many cannot be read; ` +
          "narrow it by --from and --to, --node, --message or --term, or raise --max",
      );
    }
    return `  ${this.#alias(from)}${arrow}${this.#alias(to)}: ${mermaidText(message)}\n`;
  }

  #note(id: string, text: string): string {
    return `  Note over ${this.#alias(id)}: ${mermaidText(text)}\n`;
  }

  #noteOverAll(text: string): string {
    const ends = new Set([this.#named[0], this.#named.at(-1)].map((id) => this.#alias(id ?? "run")));
    return `  Note over ${[...ends].join(",")}: ${mermaidText(text)}\n`;
  }

  /** Whoever the run event does not name becomes a participant at first sight. */
  #alias(id: string): string {
    this.#drawn.add(id);
    const known = this.#aliases.get(id);
    if (known !== undefined) return known;
    const alias = `p${this.#aliases.size}`;
    this.#aliases.set(id, alias);
    return alias;
  }
}

/** Characters that end or begin something in Mermaid's texts, as its codes; lines are one. */
function mermaidText(text: string): string {
  return text
    .replaceAll(/[#;<>{}"]/g, (character) => `#${character.charCodeAt(0)};`)
    .replaceAll(/\s+/g, " ")
    .replaceAll(/\bend\b/g, "#101;nd");
}
