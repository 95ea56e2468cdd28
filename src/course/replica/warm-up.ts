// Serves requests to itself before the first real one: code that V8 has compiled to machine code answers several times sooner, and a
// course run of 30 s is too short to get there by itself.
import type { ClientRequest, JsonObject } from "../protocol.ts";
import { CourseReplica, type Outgoing } from "./course-replica.ts";
import { courseSettings as settings } from "./settings.ts";

/**
 * Plays a cluster of five in memory, on a clock of its own. Each step serves one request; the caller spreads the steps, and stops when it
 * likes. Nothing of it reaches the outside.
 */
export function* warmUp({ requests }: { requests: number }): Generator<void, void, undefined> {
  const cluster = new RehearsalCluster();
  cluster.elect();
  for (let at = 0; at < requests; at++) {
    cluster.serve(requestOf(at));
    yield;
  }
}

class RehearsalCluster {
  readonly #replicas: ReadonlyMap<string, CourseReplica>;
  #now = 0;

  constructor() {
    const ids = ["0000", "0001", "0002", "0003", "0004"];
    const others = (id: string) => ids.filter((other) => other !== id);
    this.#replicas = new Map(
      ids.map((id) => [id, new CourseReplica({ id, others: others(id), seed: "warm-up", now: 0 })]),
    );
  }

  elect(): void {
    while (this.#now < settings.firstElectionMs + 1_000) this.#tick();
  }

  serve(request: ClientRequest): void {
    this.#deliver(JSON.stringify(request));
    for (let ticks = 0; ticks < 3; ticks++) this.#tick();
  }

  #tick(): void {
    this.#now += settings.raft.tickMs;
    for (const replica of this.#replicas.values()) {
      replica.tick(this.#now);
      this.#route(replica.takeMessages());
    }
  }

  #route(messages: readonly Outgoing[]): void {
    for (const message of messages) this.#deliver(JSON.stringify(message));
  }

  #deliver(datagram: string): void {
    const message = JSON.parse(datagram) as JsonObject;
    const replica = typeof message.dst === "string" ? this.#replicas.get(message.dst) : undefined;
    if (replica === undefined) return;
    replica.receive(message, this.#now);
    this.#route(replica.takeMessages());
  }
}

function requestOf(at: number): ClientRequest {
  const [src, dst, MID, key] = ["0015", "0000", `WARMUP${at}`, `KEY${at % 50}`];
  const envelope = { src, dst, leader: "0000", MID, key };
  return at % 5 === 0 ? { ...envelope, type: "get" } : { ...envelope, type: "put", value: `VALUE${at}` };
}
