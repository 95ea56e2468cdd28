// What a record says: a list of items, in the order in which they take effect.
import type { Entry, HardState, LogIndex, Membership, Term } from "../raft/index.ts";
import { decodeText, encodeText, setUint64, uint64, viewOf } from "./bytes.ts";

/** A snapshot's place in the log. */
export interface SnapshotPlace {
  readonly index: LogIndex;
  readonly term: Term;
}

/** One statement about the log. */
export type Item =
  /** Replaces whatever stood from this index on. */
  | { readonly type: "entry"; readonly entry: Entry }
  | { readonly type: "hard state"; readonly hardState: HardState }
  /** A snapshot of this log is durable; the entries before it may be forgotten. */
  | ({ readonly type: "compacted" } & SnapshotPlace)
  /** A snapshot from the leader is durable and replaces the whole log. */
  | ({ readonly type: "installed" } & SnapshotPlace)
  /** At the head of a segment: where the log stands; whatever lies before may be gone. */
  | { readonly type: "position"; readonly lastIndex: LogIndex; readonly snapshots: readonly SnapshotPlace[] };

/** Kind, three zero bytes, length of the payload, and two 64-bit places: index and term, or what the kind says. */
const ITEM_HEADER_BYTES = 24;
const KIND = { command: 1, "no-op": 2, membership: 3, hardState: 4, compacted: 5, installed: 6, position: 7 } as const;
const PLACE_BYTES = 16;
const EMPTY = new Uint8Array(0);

/** An item in the form in which it is written. */
interface Encoded {
  readonly kind: number;
  readonly first: number;
  readonly second: number;
  readonly payload: Uint8Array;
}

/** Writes the items after `headerBytes` bytes that the caller fills in; the result ends with the last item. */
export function encodeItems(
  items: readonly Item[],
  headerBytes: number,
  paddedTo: number,
): { bytes: Uint8Array; length: number } {
  const encoded = items.map(encodeItem);
  let length = headerBytes;
  for (const { payload } of encoded) length += ITEM_HEADER_BYTES + payload.length;
  const bytes = new Uint8Array(Math.ceil(length / paddedTo) * paddedTo);
  const view = viewOf(bytes);
  let at = headerBytes;
  for (const { kind, first, second, payload } of encoded) {
    bytes[at] = kind;
    view.setUint32(at + 4, payload.length, true);
    setUint64(view, at + 8, first);
    setUint64(view, at + 16, second);
    bytes.set(payload, at + ITEM_HEADER_BYTES);
    at += ITEM_HEADER_BYTES + payload.length;
  }
  return { bytes, length };
}

/** Reads items; the payloads of commands are views of `bytes`. Undefined when they are not what encodeItems writes. */
export function decodeItems(
  bytes: Uint8Array,
  { from, to }: { readonly from: number; readonly to: number },
): Item[] | undefined {
  const view = viewOf(bytes);
  const items: Item[] = [];
  let at = from;
  while (at < to) {
    if (at + ITEM_HEADER_BYTES > to) return undefined;
    const start = at + ITEM_HEADER_BYTES;
    const end = start + view.getUint32(at + 4, true);
    if (end > to) return undefined;
    const payload = start === end ? EMPTY : bytes.subarray(start, end);
    const item = decodeItem(bytes[at] ?? 0, uint64(view, at + 8), uint64(view, at + 16), payload);
    if (item === undefined) return undefined;
    items.push(item);
    at = end;
  }
  return items;
}

function encodeItem(item: Item): Encoded {
  switch (item.type) {
    case "entry":
      return encodeEntry(item.entry);
    case "hard state": {
      const { currentTerm, votedFor, commitIndex } = item.hardState;
      const payload = votedFor === undefined ? EMPTY : encodeText(votedFor);
      return { kind: KIND.hardState, first: currentTerm, second: commitIndex, payload };
    }
    case "compacted":
    case "installed":
      return { kind: KIND[item.type], first: item.index, second: item.term, payload: EMPTY };
    case "position":
      return { kind: KIND.position, first: item.lastIndex, second: 0, payload: encodePlaces(item.snapshots) };
  }
}

function encodeEntry(entry: Entry): Encoded {
  const { type, index: first, term: second } = entry;
  const kind = KIND[type];
  if (type === "command") return { kind, first, second, payload: entry.command };
  if (type === "no-op") return { kind, first, second, payload: EMPTY };
  return { kind, first, second, payload: encodeText(JSON.stringify(entry.membership)) };
}

function decodeItem(kind: number, first: number, second: number, payload: Uint8Array): Item | undefined {
  switch (kind) {
    case KIND.command:
      return { type: "entry", entry: { type: "command", index: first, term: second, command: payload } };
    case KIND["no-op"]:
      return { type: "entry", entry: { type: "no-op", index: first, term: second } };
    case KIND.membership: {
      const membership = decodeMembership(payload);
      return membership && { type: "entry", entry: { type: "membership", index: first, term: second, membership } };
    }
    case KIND.hardState: {
      const votedFor = payload.length === 0 ? undefined : decodeText(payload);
      return { type: "hard state", hardState: { currentTerm: first, votedFor, commitIndex: second } };
    }
    case KIND.compacted:
      return { type: "compacted", index: first, term: second };
    case KIND.installed:
      return { type: "installed", index: first, term: second };
    case KIND.position:
      return { type: "position", lastIndex: first, snapshots: decodePlaces(payload) };
    default:
      return undefined;
  }
}

function encodePlaces(places: readonly SnapshotPlace[]): Uint8Array {
  const bytes = new Uint8Array(places.length * PLACE_BYTES);
  const view = viewOf(bytes);
  for (const [number, { index, term }] of places.entries()) {
    setUint64(view, number * PLACE_BYTES, index);
    setUint64(view, number * PLACE_BYTES + 8, term);
  }
  return bytes;
}

function decodePlaces(bytes: Uint8Array): SnapshotPlace[] {
  const view = viewOf(bytes);
  const places: SnapshotPlace[] = [];
  for (let at = 0; at + PLACE_BYTES <= bytes.length; at += PLACE_BYTES) {
    places.push({ index: uint64(view, at), term: uint64(view, at + 8) });
  }
  return places;
}

/** The membership in these bytes; undefined when there is none. */
export function decodeMembership(bytes: Uint8Array): Membership | undefined {
  try {
    const value: unknown = JSON.parse(decodeText(bytes));
    return isMembership(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isMembership(value: unknown): value is Membership {
  if (typeof value !== "object" || value === null) return false;
  const lists = ["voters", "votersOutgoing", "learners", "learnersNext"] as const;
  const fields = new Map(Object.entries(value));
  return lists.every((name) => {
    const list: unknown = fields.get(name);
    return Array.isArray(list) && list.every((id) => typeof id === "string");
  });
}
