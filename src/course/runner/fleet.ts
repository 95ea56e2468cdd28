// The replicas as the world sees them: who lives, who has said hello, who is paused; and what waits for a late hello.
import { type Address, replicaIds } from "../protocol.ts";
import type { Effect } from "./effects.ts";

/** A replica's life: "starting" until its hello; "killed" by an event, "died" by itself. */
export type Life = "starting" | "running" | "killed" | "died";

interface Replica<Packet> {
  life: Life;
  paused: boolean;
  /** Whether any incarnation of it ever said hello. */
  everReady: boolean;
  /** Deliveries that wait for its hello. */
  held: Effect<Packet>[];
}

/** More deliveries than this are not held for a replica that is slow to say hello. */
const HELD_MAX = 1000;

/** All replicas of a run, and the effects of the world in order. */
export class Fleet<Packet> {
  readonly ids: readonly Address[];
  readonly #replicas: ReadonlyMap<Address, Replica<Packet>>;
  #effects: Effect<Packet>[] = [];

  constructor(count: number) {
    this.ids = replicaIds(count);
    this.#replicas = new Map(
      this.ids.map((id) => [id, { life: "starting", paused: false, everReady: false, held: [] }] as const),
    );
  }

  /** Whether nobody killed it and it did not end by itself. False for ids that are no replica's. */
  isLiving(id: Address): boolean {
    const life = this.#replicas.get(id)?.life;
    return life === "starting" || life === "running";
  }

  /** Living, and it has said hello. */
  isReady(id: Address): boolean {
    return this.#replicas.get(id)?.life === "running";
  }

  isPaused(id: Address): boolean {
    return this.#replicas.get(id)?.paused ?? false;
  }

  wasEverReady(id: Address): boolean {
    return this.#replicas.get(id)?.everReady ?? false;
  }

  living(): Address[] {
    return this.ids.filter((id) => this.isLiving(id));
  }

  /** Those that an event killed and that no event restarted. */
  killed(): Address[] {
    return this.ids.filter((id) => this.#replicas.get(id)?.life === "killed");
  }

  paused(): Address[] {
    return this.ids.filter((id) => this.isPaused(id));
  }

  /** It said hello: what waited for it goes out now. */
  ready(id: Address): void {
    const replica = this.#replicas.get(id);
    if (replica?.life !== "starting") return;
    replica.life = "running";
    replica.everReady = true;
    this.#effects.push(...replica.held);
    replica.held = [];
  }

  /** Ends a life; `life` says how. */
  end(id: Address, life: "killed" | "died"): void {
    const replica = this.#replicas.get(id);
    if (replica === undefined) return;
    replica.life = life;
    replica.paused = false;
    replica.held = [];
  }

  /** A killed replica starts anew. */
  restart(id: Address): void {
    const replica = this.#replicas.get(id);
    if (replica?.life !== "killed") return;
    replica.life = "starting";
    this.emit({ type: "restart", replica: id });
  }

  /** Stops or continues a living replica without its noticing. */
  setPaused(id: Address, paused: boolean): void {
    const replica = this.#replicas.get(id);
    if (replica === undefined || !this.isLiving(id) || replica.paused === paused) return;
    replica.paused = paused;
    this.emit({ type: paused ? "pause" : "resume", replica: id });
  }

  /** Hands something to a living replica, now or, when it has not said hello, then. False when too much waits already. */
  hand(effect: Effect<Packet> & { readonly to: Address }): boolean {
    const replica = this.#replicas.get(effect.to);
    if (replica?.life !== "starting") {
      this.#effects.push(effect);
      return true;
    }
    if (replica.held.length >= HELD_MAX) return false;
    replica.held.push(effect);
    return true;
  }

  emit(effect: Effect<Packet>): void {
    this.#effects.push(effect);
  }

  /** The effects since the last call, in order. */
  takeEffects(): readonly Effect<Packet>[] {
    const effects = this.#effects;
    if (effects.length > 0) this.#effects = [];
    return effects;
  }
}
