// The lines by which a replica in any language tells its inner state: JSON on its standard output or error, with "keelson" first.
import type { TraceEvent } from "./event.ts";
import { parseTraceLine } from "./reader.ts";

/** The kinds of events that a replica may tell of itself. */
const TELLABLE = ["state", "timer", "persist", "annotation", "violation"] as const;

/** The event that a line tells; or why it tells none although it means to; undefined for any other line. */
export type ReplicaLine =
  | { readonly kind: "event"; readonly event: TraceEvent }
  | { readonly kind: "error"; readonly reason: string };

const BEGINNING = /^\s*\{\s*"keelson"\s*:/;

/** Reads a line that a replica printed; who and when come from whoever read it. Never throws. */
export function parseReplicaLine(
  text: string,
  { replica, at }: { readonly replica: string; readonly at: number },
): ReplicaLine | undefined {
  if (!BEGINNING.test(text)) return undefined;
  let told: unknown;
  try {
    told = JSON.parse(text);
  } catch {
    return { kind: "error", reason: "not JSON" };
  }
  const { keelson: type, ...fields } = told as Readonly<Record<string, unknown>>;
  if (!TELLABLE.some((name) => name === type)) {
    return { kind: "error", reason: `"keelson" is ${JSON.stringify(type)}; it must be one of ${TELLABLE.join(", ")}` };
  }
  const parsed = parseTraceLine(JSON.stringify({ ...fields, type, at, replica }));
  if (parsed.kind === "event") return { kind: "event", event: inOrder(parsed.event) };
  return { kind: "error", reason: parsed.kind === "error" ? parsed.reason : "no event" };
}

/** The event with its name and time in front, where people look for them. */
function inOrder<Event extends TraceEvent>(event: Event): Event {
  const { type, at, ...rest } = event;
  return { type, at, ...rest } as Event;
}
