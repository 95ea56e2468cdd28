// Reads trace lines back; unknown kinds of events are kept out, so that a newer trace still shows what is understood.
import { READABLE_VERSIONS, TRACE_FORMAT, type TraceEvent } from "./event.ts";
import { FIELD_RULES, type Fields, isFields } from "./field-checks.ts";
import type { Keyframe, TraceIndex } from "./keyframe.ts";

/** A line's event, keyframe or index; "skip" for an empty line or a kind that is not known; or what is wrong with it. */
export type TraceParseResult =
  | { readonly kind: "event"; readonly event: TraceEvent }
  | { readonly kind: "keyframe"; readonly keyframe: Keyframe }
  | { readonly kind: "index"; readonly index: TraceIndex }
  | { readonly kind: "skip"; readonly at?: number }
  | { readonly kind: "error"; readonly reason: string };

/** Parses one line of a trace. Never throws; the caller adds file and line number to a reason. */
export function parseTraceLine(line: string): TraceParseResult {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return line.trim() === "" ? { kind: "skip" } : { kind: "error", reason: "not JSON" };
  }
  if (!isFields(value)) return { kind: "error", reason: "not a JSON object" };
  const { type, at } = value;
  if (typeof type !== "string") return { kind: "error", reason: 'field "type" is missing or not a string' };
  if (typeof at !== "number" || !Number.isFinite(at)) {
    return { kind: "error", reason: 'field "at" is missing or not a number' };
  }
  return parseFields(value, { type, at });
}

function parseFields(value: Fields, { type, at }: { readonly type: string; readonly at: number }): TraceParseResult {
  const rules = FIELD_RULES.get(type);
  if (rules === undefined) return { kind: "skip", at };
  for (const { name, holds, optional, words } of rules) {
    const field = value[name];
    if (field === undefined ? optional : holds(field)) continue;
    const state = field === undefined ? "is missing" : "is wrong";
    return { kind: "error", reason: `field "${name}" of a ${type} line ${state}: it must be ${words}` };
  }
  // The checks above are what makes the types below true.
  const line: unknown = value;
  if (type === "keyframe") return { kind: "keyframe", keyframe: line as Keyframe };
  if (type === "index") return { kind: "index", index: line as TraceIndex };
  const refused = type === "run" ? refuseForeignTrace(value) : undefined;
  if (refused !== undefined) return { kind: "error", reason: refused };
  return { kind: "event", event: line as TraceEvent };
}

function refuseForeignTrace(run: Fields): string | undefined {
  const { format, version, at } = run;
  if (format !== TRACE_FORMAT) return `format is ${JSON.stringify(format)}, expected "${TRACE_FORMAT}"`;
  if (at !== 0) return `field "at" of the run line is ${String(at)}: a run begins at 0`;
  if (typeof version === "number" && READABLE_VERSIONS.includes(version)) return undefined;
  return `version ${String(version)} is not readable, expected ${READABLE_VERSIONS.join(" or ")}`;
}
