// Reads trace lines back; unknown kinds of events are kept out, so that a newer trace still shows what is understood.

import { TRACE_FORMAT, TRACE_VERSION, type TraceEvent } from "./event.ts";

/** A line's event; "skip" for an empty line or a kind of event that this version does not know; or what is wrong with it. */
export type TraceParseResult =
  | { readonly kind: "event"; readonly event: TraceEvent }
  | { readonly kind: "skip" }
  | { readonly kind: "error"; readonly reason: string };

type Fields = Readonly<Record<string, unknown>>;
type FieldCheck = (value: unknown) => boolean;

const isString: FieldCheck = (value) => typeof value === "string";
const isNumber: FieldCheck = (value) => typeof value === "number" && Number.isFinite(value);
const isStringList: FieldCheck = (value) => Array.isArray(value) && value.every(isString);
const isGroups: FieldCheck = (value) => Array.isArray(value) && value.every(isStringList);

const MESSAGE_FIELDS = { id: isNumber, from: isString, to: isString, message: isString };
const REPLICA_FIELD = { replica: isString };

/** What each kind of event must have; further fields are free. */
const REQUIRED: { readonly [Type in TraceEvent["type"]]: Readonly<Record<string, FieldCheck>> } = {
  run: {
    format: isString,
    version: isNumber,
    name: isString,
    seed: isString,
    replicas: isStringList,
    clients: isStringList,
  },
  send: { ...MESSAGE_FIELDS, bytes: isNumber },
  deliver: MESSAGE_FIELDS,
  drop: { ...MESSAGE_FIELDS, reason: isString },
  "client-invoke": { operation: isNumber, client: isString, name: isString, key: isString },
  "client-return": { operation: isNumber, client: isString, outcome: isString },
  kill: REPLICA_FIELD,
  crash: { ...REPLICA_FIELD, detail: isString },
  restart: REPLICA_FIELD,
  pause: REPLICA_FIELD,
  resume: REPLICA_FIELD,
  partition: { groups: isGroups },
  heal: {},
  state: REPLICA_FIELD,
  "replica-output": { ...REPLICA_FIELD, stream: isString, text: isString },
  annotation: { text: isString },
  violation: { rule: isString, detail: isString },
};

/** Parses one line of a trace. Never throws; the caller adds file and line number to a reason. */
export function parseTraceLine(line: string): TraceParseResult {
  if (line.trim() === "") return { kind: "skip" };
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { kind: "error", reason: "not JSON" };
  }
  if (!isFields(value)) return { kind: "error", reason: "not a JSON object" };
  const type = value["type"];
  if (typeof type !== "string") return { kind: "error", reason: 'field "type" is missing or not a string' };
  if (!isNumber(value["at"])) return { kind: "error", reason: 'field "at" is missing or not a number' };
  if (!Object.hasOwn(REQUIRED, type)) return { kind: "skip" };
  const wrong = firstWrongField(value, REQUIRED[type as TraceEvent["type"]]);
  if (wrong !== undefined)
    return { kind: "error", reason: `field "${wrong}" of a ${type} event is missing or of a wrong type` };
  if (type === "run") {
    const refused = refuseForeignTrace(value);
    if (refused !== undefined) return { kind: "error", reason: refused };
  }
  // The checks above are what makes this true.
  return { kind: "event", event: value as unknown as TraceEvent };
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function firstWrongField(fields: Fields, required: Readonly<Record<string, FieldCheck>>): string | undefined {
  return Object.entries(required).find(([name, holds]) => !holds(fields[name]))?.[0];
}

function refuseForeignTrace(run: Fields): string | undefined {
  if (run["format"] !== TRACE_FORMAT) return `format is ${JSON.stringify(run["format"])}, expected "${TRACE_FORMAT}"`;
  if (run["version"] !== TRACE_VERSION)
    return `version ${String(run["version"])} is not readable, expected ${TRACE_VERSION}`;
  return undefined;
}
