// What the fields of each kind of line must be. Pure.
import type { TraceEventType } from "./event.ts";

/** Whether a field's value is of its type. */
export type FieldCheck = (value: unknown) => boolean;

/** The fields of a line by name. */
export type Fields = Readonly<Record<string, unknown>>;

/** One field of a kind of line. */
export interface FieldRule {
  readonly name: string;
  readonly holds: FieldCheck;
  readonly optional: boolean;
  /** What is expected, in words. */
  readonly words: string;
}

/** A check with its name in words. */
interface FieldType {
  readonly holds: FieldCheck;
  readonly words: string;
}

const STRING: FieldType = { holds: (value) => typeof value === "string", words: "a string" };
const NUMBER: FieldType = { holds: (value) => typeof value === "number" && Number.isFinite(value), words: "a number" };
const WHOLE: FieldType = {
  holds: (value) => typeof value === "number" && Number.isSafeInteger(value) && value >= 0,
  words: "a whole number, 0 or more",
};
const BOOLEAN: FieldType = { holds: (value) => typeof value === "boolean", words: "true or false" };
const NODE_OR_NULL: FieldType = {
  holds: (value) => value === null || typeof value === "string",
  words: "an id or null",
};
const STRINGS = listOf(STRING, "a list of strings");
const ANY: FieldType = { holds: () => true, words: "any JSON" };

const ENTRY = recordOf(
  { index: WHOLE, term: WHOLE, kind: optional(STRING), text: optional(STRING), key: optional(STRING) },
  "an entry with whole numbers index and term",
);
const LOG_CHANGE: FieldType = {
  holds: (value) => isFields(value) && isLogChange(value),
  words: "a log change",
};
const CUTS = listOf(recordOf({ from: STRING, to: STRING }, "a link"), "a list of links with from and to");
const GROUPS = listOf(STRINGS, "a list of lists of ids");
const MEMBERSHIP = recordOf(
  { voters: STRINGS, outgoing: optional(STRINGS), learners: optional(STRINGS) },
  "an object with a list of voters",
);
const PROGRESS: FieldType = {
  holds: (value) => value === null || valuesAre(value, recordOf({ match: WHOLE, next: WHOLE }, "")),
  words: "an object of {match, next} by follower, or null",
};
const EXTRA: FieldType = { holds: isFields, words: "an object" };

const MESSAGE = { id: WHOLE, from: STRING, to: STRING, message: STRING };
const REPLICA = { replica: STRING };
const STATE = {
  role: optional(oneOf("leader", "follower", "candidate", "pre-candidate", "learner", "paused", "dead")),
  leader: optional(NODE_OR_NULL),
  term: optional(WHOLE),
  votedFor: optional(NODE_OR_NULL),
  commitIndex: optional(WHOLE),
  lastApplied: optional(WHOLE),
  lastIndex: optional(WHOLE),
  membership: optional(MEMBERSHIP),
  progress: optional(PROGRESS),
  extra: optional(EXTRA),
};
const DISK = {
  term: optional(WHOLE),
  votedFor: optional(NODE_OR_NULL),
  lastIndex: optional(WHOLE),
  snapshotIndex: optional(WHOLE),
};
const LOG_VIEW = recordOf(
  { snapshotIndex: WHOLE, snapshotTerm: WHOLE, entries: listOf(ENTRY, "entries") },
  "an object with snapshotIndex, snapshotTerm and entries",
);
const REPLICA_VIEW = recordOf(
  {
    ...STATE,
    status: oneOf("up", "paused", "dead"),
    log: optional(LOG_VIEW),
    durable: optional(recordOf(DISK, "an object")),
    timers: optional({ holds: (value) => valuesAre(value, NUMBER), words: "times by timer" }),
  },
  "a replica's state",
);

/** A line that is no event. */
type OtherLineType = "keyframe" | "index";

type FieldTypes = Readonly<Record<string, FieldType & { readonly isOptional?: boolean }>>;

/** What each kind of line has; further fields are free, so that later versions may add some. */
const FIELD_TYPES: { readonly [Type in TraceEventType | OtherLineType]: FieldTypes } = {
  run: {
    format: STRING,
    version: WHOLE,
    name: STRING,
    seed: STRING,
    replicas: STRINGS,
    clients: STRINGS,
    producer: optional(STRING),
    config: optional(ANY),
    startedAt: optional(STRING),
    replay: optional(STRING),
  },
  send: {
    ...MESSAGE,
    bytes: optional(WHOLE),
    term: optional(WHOLE),
    heartbeat: optional(BOOLEAN),
    summary: optional(STRING),
    operation: optional(WHOLE),
    body: optional(ANY),
  },
  deliver: MESSAGE,
  drop: { ...MESSAGE, reason: STRING, detail: optional(STRING) },
  "client-invoke": { operation: WHOLE, client: STRING, name: STRING, key: STRING, value: optional(ANY) },
  "client-return": {
    operation: WHOLE,
    client: STRING,
    outcome: oneOf("ok", "fail", "unknown"),
    value: optional(ANY),
    replica: optional(STRING),
    detail: optional(STRING),
  },
  timer: { ...REPLICA, timer: STRING, action: oneOf("set", "fire", "cancel"), due: optional(NUMBER) },
  state: {
    ...REPLICA,
    ...STATE,
    log: optional(
      listOf(LOG_CHANGE, "a list of log changes: append with entries, truncate with from, compact with to and term"),
    ),
    why: optional(STRING),
  },
  persist: { ...REPLICA, phase: oneOf("start", "done", "failed", "lost"), ...DISK, detail: optional(STRING) },
  kill: { ...REPLICA, signal: optional(STRING), detail: optional(STRING) },
  crash: { ...REPLICA, detail: STRING },
  restart: { ...REPLICA, wiped: optional(BOOLEAN) },
  pause: REPLICA,
  resume: REPLICA,
  clock: { ...REPLICA, rate: optional(NUMBER), jumpMs: optional(NUMBER) },
  partition: { groups: GROUPS, oneWay: optional(CUTS) },
  heal: {},
  "replica-output": { ...REPLICA, stream: oneOf("stdout", "stderr"), text: STRING },
  annotation: { text: STRING, replica: optional(STRING), detail: optional(STRING), topic: optional(STRING) },
  violation: {
    rule: STRING,
    detail: STRING,
    replica: optional(STRING),
    oracle: optional(STRING),
    operations: optional(listOf(WHOLE, "a list of whole numbers")),
    messages: optional(listOf(WHOLE, "a list of whole numbers")),
  },
  keyframe: {
    events: WHOLE,
    replicas: { holds: (value) => valuesAre(value, REPLICA_VIEW), words: "an object of replicas' states" },
    partition: optional(recordOf({ groups: GROUPS, oneWay: optional(CUTS) }, "an object with groups")),
    underway: listOf(
      recordOf({ ...MESSAGE, sentAt: NUMBER }, ""),
      "a list of messages with id, from, to, message, sentAt",
    ),
    operations: listOf(
      recordOf({ operation: WHOLE, client: STRING, name: STRING, key: STRING, invokedAt: NUMBER }, ""),
      "a list of operations with operation, client, name, key, invokedAt",
    ),
  },
  index: {
    events: WHOLE,
    keyframes: listOf(
      recordOf({ at: NUMBER, events: WHOLE, offset: WHOLE }, ""),
      "a list of places with at, events and offset",
    ),
  },
};

/** The rules by kind of line; a map, so that no name of Object's is taken for one. */
export const FIELD_RULES: ReadonlyMap<string, readonly FieldRule[]> = new Map(
  Object.entries(FIELD_TYPES).map(([type, fields]) => [
    type,
    Object.entries(fields).map(([name, { holds, words, isOptional = false }]) => ({
      name,
      holds,
      words,
      optional: isOptional,
    })),
  ]),
);

/** Whether a value is a JSON object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function optional(type: FieldType): FieldType & { readonly isOptional: true } {
  return { ...type, isOptional: true };
}

function oneOf(...words: readonly string[]): FieldType {
  const allowed = new Set<unknown>(words);
  return { holds: (value) => allowed.has(value), words: `one of ${words.join(", ")}` };
}

function listOf({ holds }: FieldType, words: string): FieldType {
  return { holds: (value) => Array.isArray(value) && value.every(holds), words };
}

function recordOf(fields: FieldTypes, words: string): FieldType {
  const rules = Object.entries(fields);
  const holds = (value: unknown): boolean =>
    isFields(value) &&
    rules.every(([name, type]) => (value[name] === undefined ? type.isOptional === true : type.holds(value[name])));
  return { holds, words };
}

function valuesAre(value: unknown, { holds }: FieldType): boolean {
  return isFields(value) && Object.values(value).every(holds);
}

function isLogChange(change: Fields): boolean {
  switch (change["kind"]) {
    case "append":
      return Array.isArray(change["entries"]) && change["entries"].every(ENTRY.holds);
    case "truncate":
      return WHOLE.holds(change["from"]);
    case "compact":
      return WHOLE.holds(change["to"]) && WHOLE.holds(change["term"]);
    default:
      return false;
  }
}
