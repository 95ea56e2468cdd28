// A world without processes and sockets: the test plays the host, datagram by datagram.
import assert from "node:assert/strict";
import { type ClientRequest, parseMessage, replicaIds } from "../../../src/course/protocol.ts";
import type { Effect } from "../../../src/course/runner/effects.ts";
import { parseConfig } from "../../../src/course/runner/index.ts";
import { World } from "../../../src/course/runner/world.ts";

interface AnswerFields {
  readonly type: "ok" | "fail" | "redirect";
  readonly leader?: string;
  readonly src?: string;
  readonly value?: string | undefined;
}

/** Plays the host of a world by hand. Packets are texts; times are in ms. */
export class Play {
  readonly world: World<string>;
  readonly killed: string[] = [];
  readonly restarted: string[] = [];
  readonly #requests: ClientRequest[] = [];
  readonly #delivered: { to: string; packet: string }[] = [];
  finished = false;
  now = 0;

  constructor(settings: object, { strict = false } = {}) {
    const text = JSON.stringify({
      lifetime: 30,
      replicas: 5,
      requests: 0,
      mix: 0,
      tests: { benchmarks: {} },
      ...settings,
    });
    const parsed = parseConfig(text, { file: "test.json" });
    assert.ok(parsed.ok, JSON.stringify(parsed));
    this.world = new World({ config: parsed.config, seed: "1", strict });
  }

  advance(ms: number): void {
    const until = this.now + ms;
    while (this.world.nextDeadline() <= until) {
      this.now = Math.max(this.now, this.world.nextDeadline());
      this.world.advance(this.now);
      this.drain();
    }
    this.now = until;
  }

  /** Advances to so many seconds after start_wait. */
  until(seconds: number): void {
    this.advance(5000 + seconds * 1000 - this.now);
  }

  hello(from: string): void {
    this.#receive(from, { src: from, dst: "FFFF", leader: "FFFF", type: "hello" }, "hello");
  }

  /** Sends a message between replicas; gives the receivers that got it at once. */
  send(from: string, dst: string, { leader = "FFFF", packet = "packet" } = {}): string[] {
    const before = this.#delivered.length;
    this.#receive(from, { src: from, dst, leader, type: "test" }, packet);
    return this.#delivered.slice(before).map(({ to }) => to);
  }

  /** Answers a request; gives the retry, if there is one. */
  answer({ src: dst, dst: src, MID }: ClientRequest, fields: AnswerFields): ClientRequest | undefined {
    const before = this.#requests.length;
    const from = fields.src ?? src;
    this.#receive(from, { src: from, dst, leader: "FFFF", MID, ...fields }, "answer");
    return this.#requests[before];
  }

  packetsTo(to: string): string[] {
    return this.#delivered.filter((delivery) => delivery.to === to).map(({ packet }) => packet);
  }

  /** Advances until a client asks something. */
  nextRequest(): ClientRequest {
    const before = this.#requests.length;
    while (this.#requests.length === before && !this.finished) this.advance(this.world.nextDeadline() - this.now);
    const request = this.#requests[before];
    assert.ok(request !== undefined, "there is a next request");
    return request;
  }

  nextRequestOf(client: string): ClientRequest {
    for (;;) {
      const request = this.nextRequest();
      if (request.src === client) return request;
    }
  }

  statistics() {
    return this.world.outcome().statistics;
  }

  codes(): string[] {
    return this.world.outcome().verdicts.map(({ code }) => code);
  }

  /** Whom the verdicts of a kind are about. */
  accused(wanted: string): (string | undefined)[] {
    return this.world
      .outcome()
      .verdicts.filter(({ code }) => code === wanted)
      .map(({ replica }) => replica);
  }

  drain(): void {
    for (const effect of this.world.takeEffects()) this.#apply(effect);
  }

  #receive(from: string, message: Parameters<typeof parseMessage>[0], packet: string): void {
    const parsed = parseMessage(message, { from, replicas: 5 });
    this.world.receive(from, { parsed, packet, bytes: packet.length, now: this.now });
    this.drain();
  }

  #apply(effect: Effect<string>): void {
    if (effect.type === "request") this.#requests.push(effect.message);
    if (effect.type === "deliver") this.#delivered.push({ to: effect.to, packet: effect.packet });
    if (effect.type === "kill") this.killed.push(effect.replica);
    if (effect.type === "restart") this.restarted.push(effect.replica);
    if (effect.type === "finish") this.finished = true;
  }
}

/** A world in which all replicas have said hello and the first request is about to come. */
export function started(settings: object): Play {
  const play = new Play(settings);
  for (const id of replicaIds(5)) play.hello(id);
  play.advance(4999);
  return play;
}

export function event(type: string, time: number, more: object = {}): object {
  return { type, time, ...more };
}

export function other(replica: string): string {
  return replica === "0000" ? "0001" : "0000";
}
