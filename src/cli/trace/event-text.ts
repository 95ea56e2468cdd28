// What an event of a replica or a client says in its column, in few words. Pure.
import type {
  ClientInvokeEvent,
  ClientReturnEvent,
  JsonValue,
  LogChange,
  PersistEvent,
  StateEvent,
  TimerEvent,
} from "../../trace/index.ts";

/** A change of state: "leader t5, voted n1, log +7..9, commit 6". */
export function stateText(event: StateEvent): string {
  const { role, term, leader, votedFor, log = [], commitIndex, lastApplied, membership, extra, why } = event;
  const words = [
    role,
    term === undefined ? undefined : `t${term}`,
    leader === undefined ? undefined : `leader ${leader ?? "none"}`,
    votedFor === undefined ? undefined : `voted ${votedFor ?? "none"}`,
    ...log.map(logChangeText),
    commitIndex === undefined ? undefined : `commit ${commitIndex}`,
    lastApplied === undefined ? undefined : `applied ${lastApplied}`,
    membership === undefined ? undefined : `voters ${membership.voters.join(" ")}`,
    ...Object.entries(extra ?? {}).map(([name, value]) => `${name}=${valueText(value)}`),
  ].filter((word) => word !== undefined);
  const text = words.length > 0 ? words.join(", ") : fallbackText(event);
  return why === undefined ? text : `${text} (${why})`;
}

/** A change of the log: "log +7..9 t3", "log -7..", "snapshot 40". */
function logChangeText(change: LogChange): string {
  switch (change.kind) {
    case "append": {
      const [first, last] = [change.entries[0], change.entries.at(-1)];
      if (first === undefined || last === undefined) return "log +";
      const range = first === last ? `${first.index}` : `${first.index}..${last.index}`;
      const text = first === last && first.text !== undefined ? ` ${first.text}` : "";
      return `log +${range} t${last.term}${text}`;
    }
    case "truncate":
      return `log -${change.from}..`;
    case "compact":
      return `snapshot ${change.to} t${change.term}`;
  }
}

function fallbackText({ progress, lastIndex }: StateEvent): string {
  if (progress !== undefined && progress !== null) {
    return `match ${Object.entries(progress)
      .map(([id, { match }]) => `${id}:${match}`)
      .join(" ")}`;
  }
  return lastIndex === undefined ? "state" : `last ${lastIndex}`;
}

/** A timer: "election timer fires". */
export function timerText({ timer, action, due }: TimerEvent): string {
  if (action === "fire") return `⏱ ${timer} fires`;
  if (action === "cancel") return `⏱ ${timer} off`;
  return due === undefined ? `⏱ ${timer} set` : `⏱ ${timer} at ${(due / 1000).toFixed(3)}`;
}

/** A write: "disk done: t5, voted n2, log ..9". */
export function persistText({ phase, term, votedFor, lastIndex, snapshotIndex, detail }: PersistEvent): string {
  const words = [
    term === undefined ? undefined : `t${term}`,
    votedFor === undefined ? undefined : `voted ${votedFor ?? "none"}`,
    lastIndex === undefined ? undefined : `log ..${lastIndex}`,
    snapshotIndex === undefined ? undefined : `snapshot ${snapshotIndex}`,
    detail,
  ].filter((word) => word !== undefined);
  return words.length === 0 ? `disk ${phase}` : `disk ${phase}: ${words.join(", ")}`;
}

/** The beginning of an operation: "c1 put x=1". */
export function invokeText({ client, name, key, value }: ClientInvokeEvent): string {
  return `${client} ${operationText({ name, key, value })}`;
}

/** An operation without its client: "put x=1". */
export function operationText({
  name,
  key,
  value,
}: {
  readonly name: string;
  readonly key: string;
  readonly value?: JsonValue | undefined;
}): string {
  const what = key === "" ? name : `${name} ${valueText(key)}`;
  return value === undefined ? what : `${what}=${valueText(value)}`;
}

/** The end of an operation: "c1 put x ok, 3.2 ms". */
export function returnText(
  { client, outcome, value, detail, at }: ClientReturnEvent,
  begun: { readonly name: string; readonly key: string; readonly invokedAt: number } | undefined,
): string {
  const what = begun === undefined ? "" : ` ${operationText({ name: begun.name, key: begun.key })}`;
  const read = value === undefined ? "" : ` ${valueText(value)}`;
  const took = begun === undefined ? "" : `, ${(at - begun.invokedAt).toFixed(1)} ms`;
  return `${client}${what} ${outcome}${read}${took}${detail === undefined ? "" : `: ${detail}`}`;
}

/** Keys and values may be long; their beginnings tell them apart. */
const CHARACTERS_MAX = 16;

function valueText(value: JsonValue): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length <= CHARACTERS_MAX ? text : `${text.slice(0, CHARACTERS_MAX - 4)}…`;
}
