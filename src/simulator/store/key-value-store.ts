// The state machine of the simulated replicas: a small key-value store that remembers what it answered each client, so that a retry is
// applied once (dissertation §6.3), with a hash of everything it holds.
import { decodeAscii, encodeAscii } from "../ascii.ts";
import { HASH_START, hashText, mix } from "../hash.ts";
import type { Command } from "./command.ts";

/** What a write answers: "ok" for put and append, whether it wrote for a cas, "old" for what its client has long given up. */
export type WriteResult = "ok" | "swapped" | "refused" | "old";

interface Cell {
  readonly text: string;
  readonly hash: number;
}

interface Session {
  readonly seq: number;
  readonly result: WriteResult;
}

export class KeyValueStore {
  readonly #cells = new Map<number, Cell>();
  readonly #sessions = new Map<number, Session>();
  #hash = HASH_START;

  /** Equal for equal contents, however they came about: the sum of the hashes of all cells and sessions. */
  get hash(): number {
    return this.#hash;
  }

  /** The value of a key; undefined if it was never written. */
  get(key: number): string | undefined {
    return this.#cells.get(key)?.text;
  }

  /** Applies a write, once; a repetition is answered as the first time. */
  apply(command: Command): WriteResult {
    const { client, seq } = command;
    const session = this.#sessions.get(client);
    if (session !== undefined && seq <= session.seq) return seq === session.seq ? session.result : "old";
    const result = this.#write(command);
    this.#setSession(client, { seq, result });
    return result;
  }

  /** All of it as bytes. */
  encode(): Uint8Array {
    const cells = [...this.#cells].map(([key, { text }]) => `${key}=${text}`);
    const sessions = [...this.#sessions].map(([client, { seq, result }]) => `${client}#${seq}#${result}`);
    return encodeAscii(`${cells.sort().join("\n")}\n\n${sessions.sort().join("\n")}`);
  }

  static decode(bytes: Uint8Array): KeyValueStore {
    const store = new KeyValueStore();
    const [cells = "", sessions = ""] = decodeAscii(bytes).split("\n\n");
    for (const line of cells.split("\n").filter((each) => each !== "")) {
      const at = line.indexOf("=");
      const text = line.slice(at + 1);
      store.#setCell(Number(line.slice(0, at)), { text, hash: hashText(HASH_START, text) });
    }
    for (const line of sessions.split("\n").filter((each) => each !== "")) {
      const [client, seq, result] = line.split("#");
      store.#setSession(Number(client), { seq: Number(seq), result: resultOf(result) });
    }
    return store;
  }

  #write({ kind, key, value, expected }: Command): WriteResult {
    const before = this.#cells.get(key);
    switch (kind) {
      case "put":
        this.#setCell(key, { text: value, hash: hashText(HASH_START, value) });
        return "ok";
      case "append":
        this.#setCell(key, {
          text: `${before?.text ?? ""}${value}`,
          hash: hashText(before?.hash ?? HASH_START, value),
        });
        return "ok";
      case "cas":
        if (before?.text !== expected) return "refused";
        this.#setCell(key, { text: value, hash: hashText(HASH_START, value) });
        return "swapped";
    }
  }

  #setCell(key: number, cell: Cell): void {
    const before = this.#cells.get(key);
    if (before !== undefined) this.#hash = (this.#hash - hashOfCell(key, before)) >>> 0;
    this.#hash = (this.#hash + hashOfCell(key, cell)) >>> 0;
    this.#cells.set(key, cell);
  }

  #setSession(client: number, session: Session): void {
    const before = this.#sessions.get(client);
    if (before !== undefined) this.#hash = (this.#hash - hashOfSession(client, before)) >>> 0;
    this.#hash = (this.#hash + hashOfSession(client, session)) >>> 0;
    this.#sessions.set(client, session);
  }
}

function hashOfCell(key: number, { hash }: Cell): number {
  return mix(mix(HASH_START, key), hash);
}

const RESULTS: readonly WriteResult[] = ["ok", "swapped", "refused", "old"];

function hashOfSession(client: number, { seq, result }: Session): number {
  return mix(mix(mix(HASH_START, 0x5e55 + client), seq), RESULTS.indexOf(result));
}

function resultOf(text: string | undefined): WriteResult {
  return RESULTS.find((result) => result === text) ?? "old";
}
