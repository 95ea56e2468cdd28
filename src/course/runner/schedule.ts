// Everything a run does that does not depend on the replicas, as a function of config and seed: requests and events.
import { Prng } from "../../base/index.ts";
import { type Address, clientIds, replicaIds } from "../protocol.ts";
import type { ConfigEvent, CourseConfig } from "./config.ts";

/** One request to be made. */
export interface ScheduledRequest {
  /** Its place in the schedule, from 0. */
  readonly index: number;
  readonly atMs: number;
  readonly client: Address;
  readonly operation: ScheduledOperation;
}

/** What a put sets. */
export interface ScheduledPut {
  readonly type: "put";
  readonly key: string;
  readonly value: string;
}

/**
 * A put is known in full; which of the acknowledged keys a get asks for is decided by `choice`, a number in [0, 1).
 * When there is none yet, the client puts `instead`, as in the original (its rate of starved runs follows from that).
 */
export type ScheduledOperation =
  | ScheduledPut
  | { readonly type: "get"; readonly choice: number; readonly instead: ScheduledPut };

/** One event, with the replicas in the seeded order in which it prefers its victims or members. */
export interface ScheduledEvent {
  readonly event: ConfigEvent;
  readonly order: readonly Address[];
}

/** A run's schedule; both lists are sorted by time. */
export interface Schedule {
  readonly requests: readonly ScheduledRequest[];
  readonly events: readonly ScheduledEvent[];
}

/** Probability that a put overwrites a key which its client has put before. */
const OVERWRITE_PROBABILITY = 0.5;

const ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const HEX = "0123456789abcdef";

/** The schedule of `config` with `seed`: equal arguments give equal schedules. */
export function makeSchedule(config: CourseConfig, seed: string): Schedule {
  return { requests: makeRequests(config, seed), events: makeEvents(config, seed) };
}

/** A MID: 16 characters of A-Z and 0-9. */
export function randomMid(random: Prng): string {
  return randomText(random, { length: 16, alphabet: ALPHANUMERIC });
}

function makeRequests(config: CourseConfig, seed: string): ScheduledRequest[] {
  const random = new Prng(`${seed}/requests`);
  const clients = clientIds(config.replicas);
  const keys = new KeyChooser(config, seed);
  const intervalMs = config.lifetimeMs / config.requests;
  let atMs = config.startWaitMs;
  return Array.from({ length: config.requests }, (_, index) => {
    const client = random.pick(clients);
    const isGet = random.chance(config.mix);
    const choice = random.float();
    const value = randomText(random, { length: 32, alphabet: HEX });
    const operation: ScheduledOperation = isGet
      ? { type: "get", choice, instead: { type: "put", key: keys.chooseUnused(), value } }
      : { type: "put", key: keys.choose(client), value };
    const request = { index, atMs, client, operation };
    atMs += intervalMs;
    return request;
  });
}

/** Chooses the keys of puts: a client's own, new or used before; or one of the keys that all share. */
class KeyChooser {
  readonly #random: Prng;
  readonly #shared: readonly string[];
  readonly #ownKeys = new Map<Address, string[]>();

  constructor(config: CourseConfig, seed: string) {
    const random = new Prng(`${seed}/keys`);
    this.#random = random;
    this.#shared = Array.from({ length: config.sharedKeys }, () => randomKey(random));
  }

  /** A key that no other put names, or one of the shared ones. */
  chooseUnused(): string {
    return this.#shared.length > 0 ? this.#random.pick(this.#shared) : randomKey(this.#random);
  }

  choose(client: Address): string {
    if (this.#shared.length > 0) return this.#random.pick(this.#shared);
    const own = this.#ownKeys.get(client) ?? [];
    if (own.length > 0 && this.#random.chance(OVERWRITE_PROBABILITY)) return this.#random.pick(own);
    const key = randomKey(this.#random);
    this.#ownKeys.set(client, [...own, key]);
    return key;
  }
}

function makeEvents(config: CourseConfig, seed: string): ScheduledEvent[] {
  const replicas = replicaIds(config.replicas);
  return config.events.map((event, index) => ({
    event,
    order: new Prng(`${seed}/event/${index}`).shuffle(replicas),
  }));
}

function randomKey(random: Prng): string {
  return randomText(random, { length: 32, alphabet: ALPHANUMERIC });
}

function randomText(random: Prng, { length, alphabet }: { length: number; alphabet: string }): string {
  let text = "";
  for (let at = 0; at < length; at++) text += alphabet[Math.floor(random.float() * alphabet.length)];
  return text;
}
