// The wire protocol of the course's world: one JSON object a datagram, between replicas and the simulator of clients and network.
// Pure: texts in, values out. Both sides use it, the replica and the runner.
import type { JsonValue } from "../trace/index.ts";

/** What JSON.parse gives for an object. */
export type JsonObject = { readonly [field: string]: JsonValue | undefined };

/** Four upper-case hex digits: a replica ("0000", "0001", …) or a client (from "0015" on with five replicas). */
export type Address = string;

/** The destination of a broadcast, and the `leader` of somebody who knows none. */
export const BROADCAST: Address = "FFFF";

/** `leader` when no leader is known; the same text as BROADCAST. */
export const NO_LEADER: Address = "FFFF";

/** The world has this many clients, however many replicas there are. */
const CLIENT_COUNT = 8;

/** Fields that every message carries. Messages between replicas may carry any others beside them, and any `type`. */
export interface Envelope {
  readonly src: Address;
  readonly dst: Address;
  /** Whom the sender believes to be the leader, or NO_LEADER. */
  readonly leader: Address;
  readonly type: string;
}

/** A replica's first message; it only tells the simulator the replica's UDP port. */
export interface Hello extends Envelope {
  readonly type: "hello";
}

/** A client asks for the value of a key. */
export interface GetRequest extends Envelope {
  readonly type: "get";
  /** Names this attempt; 16 characters of A-Z and 0-9. A retry has a new one. */
  readonly MID: string;
  readonly key: string;
}

/** A client sets the value of a key. */
export interface PutRequest extends Envelope {
  readonly type: "put";
  readonly MID: string;
  readonly key: string;
  readonly value: string;
}

/** What a client sends to a replica. */
export type ClientRequest = GetRequest | PutRequest;

/** A replica's answer to a client: done (with `value` if it was a get), failed, or "ask `leader` instead". */
export interface ClientAnswer extends Envelope {
  readonly type: "ok" | "fail" | "redirect";
  readonly MID: string;
  readonly value?: string;
}

/** A message of a replica to another replica, or to all others; everything but the envelope is theirs. */
export type PeerMessage = Envelope & JsonObject;

/** What a datagram from a replica turned out to be. `incorrect` says in words which rule it breaks. */
export type ParsedDatagram =
  | { readonly kind: "hello"; readonly message: Hello }
  | { readonly kind: "answer"; readonly message: ClientAnswer }
  | { readonly kind: "peer"; readonly message: PeerMessage }
  | { readonly kind: "incorrect"; readonly reason: string };

/** The ids of `count` replicas: "0000", "0001", … */
export function replicaIds(count: number): Address[] {
  return Array.from({ length: count }, (_, at) => address(at));
}

/** The ids of the clients beside `replicas` replicas: they start at replicas + 16. */
export function clientIds(replicas: number): Address[] {
  return Array.from({ length: CLIENT_COUNT }, (_, at) => address(replicas + 16 + at));
}

/** Whether `value` is a well-formed address: a string of exactly four hex digits. */
export function isAddress(value: unknown): value is Address {
  return typeof value === "string" && /^[0-9A-Fa-f]{4}$/.test(value);
}

/** Whether an id is a client's, in a world of `replicas` replicas. */
export function isClientId(id: Address, replicas: number): boolean {
  const number = Number.parseInt(id, 16);
  return number >= replicas + 16 && number < replicas + 16 + CLIENT_COUNT;
}

/** Whether an id is a replica's, in a world of `replicas` replicas. */
export function isReplicaId(id: Address, replicas: number): boolean {
  return Number.parseInt(id, 16) < replicas;
}

/**
 * Reads one datagram of the replica `from` in a world of `replicas` replicas, and judges it by the rules of the protocol.
 * Never throws: what breaks a rule comes back as `incorrect` with the reason.
 */
export function parseDatagram(text: string, { from, replicas }: { from: Address; replicas: number }): ParsedDatagram {
  let value: JsonValue;
  try {
    value = JSON.parse(text);
  } catch {
    return incorrect(`not JSON: ${excerpt(text)}`);
  }
  return parseMessage(value, { from, replicas });
}

/** As parseDatagram, for a message that is already a value: what in-process replicas send. */
export function parseMessage(
  value: JsonValue,
  { from, replicas }: { from: Address; replicas: number },
): ParsedDatagram {
  if (!isObject(value)) return incorrect(`not a JSON object: ${excerpt(JSON.stringify(value))}`);
  const envelope = parseEnvelope(value);
  if (typeof envelope === "string") return incorrect(envelope);
  if (envelope.src !== from) return incorrect(`"src" is "${envelope.src}", but the sender is ${from}`);
  if (envelope.type === "hello") return { kind: "hello", message: { ...envelope, type: "hello" } };
  if (isClientId(envelope.dst, replicas)) return parseAnswer(value, envelope);
  if (envelope.dst !== BROADCAST && !isReplicaId(envelope.dst, replicas)) {
    return incorrect(`"dst" is "${envelope.dst}", which is neither a replica nor a client`);
  }
  return { kind: "peer", message: { ...value, ...envelope } };
}

function parseEnvelope(value: JsonObject): Envelope | string {
  const { src, dst, leader, type } = value;
  if (!isAddress(src)) return addressFault("src", src);
  if (!isAddress(dst)) return addressFault("dst", dst);
  if (!isAddress(leader)) return addressFault("leader", leader);
  if (typeof type !== "string") return fieldFault("type", type, "a string");
  return { src: src.toUpperCase(), dst: dst.toUpperCase(), leader: leader.toUpperCase(), type };
}

function parseAnswer(value: JsonObject, envelope: Envelope): ParsedDatagram {
  const { type } = envelope;
  const { MID, value: result } = value;
  if (type !== "ok" && type !== "fail" && type !== "redirect") {
    return incorrect(`"type" is "${excerpt(type)}": a client understands only ok, fail and redirect`);
  }
  if (typeof MID !== "string") return incorrect(fieldFault("MID", MID, "the request's string"));
  if (result === undefined || type !== "ok") return { kind: "answer", message: { ...envelope, type, MID } };
  if (typeof result !== "string") return incorrect(fieldFault("value", result, "a string"));
  return { kind: "answer", message: { ...envelope, type, MID, value: result } };
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function addressFault(name: string, value: unknown): string {
  return fieldFault(name, value, "a string of 4 hex digits");
}

function fieldFault(name: string, value: unknown, expected: string): string {
  if (value === undefined) return `"${name}" is missing; it must be ${expected}`;
  return `"${name}" is ${excerpt(JSON.stringify(value))}; it must be ${expected}`;
}

function incorrect(reason: string): ParsedDatagram {
  return { kind: "incorrect", reason };
}

function excerpt(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function address(number: number): Address {
  return number.toString(16).toUpperCase().padStart(4, "0");
}
