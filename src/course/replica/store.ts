// The replicated state machine: a key-value store, fed by the committed commands in log order.
import { asciiJson, textOf } from "./ascii-json.ts";

/** What stands in the log for a client's put. The client and MID let a later leader answer for a dead one. */
export interface PutCommand {
  readonly client: string;
  readonly MID: string;
  readonly key: string;
  readonly value: string;
}

export function encodeCommand({ client, MID, key, value }: PutCommand): Uint8Array {
  return asciiJson([client, MID, key, value]);
}

/** The inverse of encodeCommand; commands come from this program's own log, so a malformed one is a broken invariant. */
export function decodeCommand(command: Uint8Array): PutCommand {
  const [client, MID, key, value] = JSON.parse(textOf(command)) as [string, string, string, string];
  return { client, MID, key, value };
}

/** Keys and their latest committed values. */
export class Store {
  #values = new Map<string, string>();

  /** The value of a key; "" for an unknown one, as the course wants it. */
  get(key: string): string {
    return this.#values.get(key) ?? "";
  }

  put({ key, value }: PutCommand): void {
    this.#values.set(key, value);
  }

  /** All keys and values as bytes, in the order in which the keys were first written. */
  snapshot(): Uint8Array {
    return asciiJson([...this.#values]);
  }

  /** Replaces everything by what snapshot() gave. */
  restore(state: Uint8Array): void {
    this.#values = new Map(JSON.parse(textOf(state)) as [string, string][]);
  }
}
