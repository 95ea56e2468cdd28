// What clients write, as the bytes of a log entry and back.
import { decodeAscii, encodeAscii } from "../ascii.ts";

/** What can be done to a key. */
export type WriteKind = "put" | "append" | "cas";

/** One write of one client's session. */
export interface Command {
  readonly client: number;
  /** Grows with every operation of the client; a retry carries the same. */
  readonly seq: number;
  readonly kind: WriteKind;
  readonly key: number;
  /** What to put or append; for a cas what to write instead of `expected`. */
  readonly value: string;
  readonly expected: string;
}

const KINDS: readonly WriteKind[] = ["put", "append", "cas"];
const HEADER_BYTES = 7;

export function encodeCommand({ client, seq, kind, key, value, expected }: Command): Uint8Array {
  const text = kind === "cas" ? `${value}\n${expected}` : value;
  const bytes = new Uint8Array(HEADER_BYTES + text.length);
  bytes[0] = client;
  bytes[1] = seq >> 16;
  bytes[2] = (seq >> 8) & 0xff;
  bytes[3] = seq & 0xff;
  bytes[4] = KINDS.indexOf(kind);
  bytes[5] = key >> 8;
  bytes[6] = key & 0xff;
  bytes.set(encodeAscii(text), HEADER_BYTES);
  return bytes;
}

/** Replicas share the entries of one process, so most are read once. */
const decoded = new WeakMap<Uint8Array, Command>();

export function decodeCommand(bytes: Uint8Array): Command {
  const known = decoded.get(bytes);
  if (known !== undefined) return known;
  const text = decodeAscii(bytes.subarray(HEADER_BYTES));
  const kind = KINDS[bytes[4] ?? 0] ?? "put";
  const end = kind === "cas" ? text.indexOf("\n") : text.length;
  const command: Command = {
    client: bytes[0] ?? 0,
    seq: ((bytes[1] ?? 0) << 16) | ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0),
    kind,
    key: ((bytes[5] ?? 0) << 8) | (bytes[6] ?? 0),
    value: text.slice(0, end),
    expected: text.slice(end + 1),
  };
  decoded.set(bytes, command);
  return command;
}
