// What clients know to be stored: the last acknowledged put of each key, by client, or by all when they share their keys.
import type { Address } from "../protocol.ts";

/** The acknowledged puts of a run. */
export class Acknowledged {
  readonly #shared: boolean;
  /** Key to value, by owner, in the order of the keys' first acknowledgements. */
  readonly #values = new Map<string, Map<string, string>>();

  constructor({ shared }: { shared: boolean }) {
    this.#shared = shared;
  }

  put(client: Address, key: string, value: string): void {
    const owner = this.#owner(client);
    const values = this.#values.get(owner) ?? new Map<string, string>();
    this.#values.set(owner, values.set(key, value));
  }

  /** One of the keys that `client` may ask for; `choice` is in [0, 1). Undefined while there is none. */
  chooseKey(client: Address, choice: number): string | undefined {
    const keys = [...(this.#values.get(this.#owner(client))?.keys() ?? [])];
    return keys[Math.floor(choice * keys.length)];
  }

  /** What a get must return now; undefined with shared keys, where only the whole history can tell. */
  expected(client: Address, key: string): string | undefined {
    return this.#shared ? undefined : this.#values.get(client)?.get(key);
  }

  #owner(client: Address): string {
    return this.#shared ? "all" : client;
  }
}
