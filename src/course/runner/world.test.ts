// The rules of the world, one datagram at a time.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ClientRequest } from "../protocol.ts";
import { parseMessage, replicaIds } from "../protocol.ts";
import { parseConfig } from "./config.ts";
import type { Effect } from "./effects.ts";
import { World } from "./world.ts";

describe("clients", () => {
  test("the first request goes to a random living replica, with no leader named", () => {
    const play = started({ requests: 1 });
    const request = play.nextRequest();
    assert.equal(request.leader, "FFFF");
    assert.ok(replicaIds(5).includes(request.dst));
    assert.match(request.MID, /^[A-Z0-9]{16}$/);
  });

  test("an answer's leader is where the client asks next", () => {
    const play = started({ requests: 40 });
    const first = play.nextRequest();
    play.answer(first, { type: "ok", leader: "0003" });
    const next = play.nextRequestOf(first.src);
    assert.equal(next.leader, "0003");
    assert.equal(next.dst, "0003");
  });

  test("a redirect is retried at once at its leader, with a new MID", () => {
    const play = started({ requests: 1 });
    const first = play.nextRequest();
    const retry = play.answer(first, { type: "redirect", leader: other(first.dst) });
    assert.ok(retry !== undefined);
    assert.equal(retry.dst, other(first.dst));
    assert.notEqual(retry.MID, first.MID);
    assert.equal(play.statistics().redirects, 1);
    assert.equal(play.statistics().putFailures, 0);
  });

  test("a redirect to FFFF is retried at a random living replica", () => {
    const play = started({ requests: 1 });
    const retry = play.answer(play.nextRequest(), { type: "redirect", leader: "FFFF" });
    assert.ok(retry !== undefined && replicaIds(5).includes(retry.dst));
  });

  test("a fail is a failure and is retried", () => {
    const play = started({ requests: 1 });
    const retry = play.answer(play.nextRequest(), { type: "fail" });
    assert.ok(retry !== undefined);
    assert.equal(play.statistics().putFailures, 1);
  });

  test("an answer to a redirected MID is incorrect", () => {
    const play = started({ requests: 1 });
    const first = play.nextRequest();
    play.answer(first, { type: "redirect" });
    play.answer(first, { type: "ok" });
    assert.equal(play.statistics().incorrect, 1);
  });

  test("a second answer to a completed MID is a duplicate, not incorrect", () => {
    const play = started({ requests: 1 });
    const first = play.nextRequest();
    play.answer(first, { type: "ok" });
    play.answer(first, { type: "ok" });
    assert.equal(play.statistics().duplicates, 1);
    assert.equal(play.statistics().incorrect, 0);
    assert.equal(play.statistics().hopLatency.count, 1);
  });

  test("anybody may answer", () => {
    const play = started({ requests: 1 });
    const first = play.nextRequest();
    play.answer(first, { type: "ok", src: other(first.dst) });
    assert.equal(play.statistics().unansweredPuts, 0);
    assert.equal(play.statistics().incorrect, 0);
  });

  test("an answer to a MID that nobody used is incorrect", () => {
    const play = started({ requests: 1 });
    play.answer({ ...play.nextRequest(), MID: "XXXXXXXXXXXXXXXX" }, { type: "ok" });
    assert.equal(play.statistics().incorrect, 1);
  });

  test("gets ask only for keys that the same client knows to be stored", () => {
    const play = started({ requests: 200, mix: 0.5 });
    const stored = new Map<string, string>();
    for (let count = 0; count < 200; count++) {
      const request = play.nextRequest();
      const name = `${request.src}/${request.key}`;
      if (request.type === "get") assert.ok(stored.has(name));
      else stored.set(name, request.value);
      play.answer(request, { type: "ok", ...(request.type === "get" && { value: stored.get(name) }) });
    }
    assert.equal(play.statistics().incorrect, 0);
    assert.ok(play.statistics().getsNotGenerated > 0);
  });

  test("a get that cannot be made becomes a put", () => {
    const play = started({ requests: 1, mix: 1 });
    assert.equal(play.nextRequest().type, "put");
    assert.equal(play.statistics().getsNotGenerated, 1);
    assert.equal(play.statistics().puts, 1);
    assert.equal(play.statistics().gets, 0);
  });

  test("latency is measured by hop and from end to end", () => {
    const play = started({ requests: 1 });
    const first = play.nextRequest();
    play.now += 10;
    const retry = play.answer(first, { type: "redirect" });
    assert.ok(retry !== undefined);
    play.now += 30;
    play.answer(retry, { type: "ok" });
    const { hopLatency, endToEndLatency } = play.statistics();
    assert.equal(hopLatency.count, 2);
    assert.equal(Math.round(hopLatency.median ?? 0), 20);
    assert.equal(endToEndLatency.count, 1);
    assert.equal(Math.round(endToEndLatency.median ?? 0), 40);
  });
});

describe("messages between replicas", () => {
  test("a broadcast is n - 1 messages", () => {
    const play = started({});
    const delivered = play.send("0000", "FFFF");
    assert.deepEqual(delivered, ["0001", "0002", "0003", "0004"]);
    assert.equal(play.statistics().totalMessages, 4);
  });

  test("lost messages count, and clients' never do", () => {
    const play = started({ drops: 1, requests: 1 });
    assert.deepEqual(play.send("0000", "FFFF"), []);
    play.answer(play.nextRequest(), { type: "ok" });
    const { totalMessages, droppedMessages, unansweredPuts } = play.statistics();
    assert.deepEqual(
      { totalMessages, droppedMessages, unansweredPuts },
      { totalMessages: 4, droppedMessages: 4, unansweredPuts: 0 },
    );
  });

  test("more than max_packets end the run", () => {
    const play = started({ max_packets: 7 });
    play.send("0000", "FFFF");
    assert.ok(!play.finished);
    play.send("0000", "FFFF");
    assert.ok(play.finished);
    assert.ok(play.codes().includes("packet-storm"));
  });

  test("delays hold deliveries back, in order unless reordering is wanted", () => {
    const play = started({ faults: { delay_ms: 5, jitter_ms: 5 } });
    const sent = Array.from({ length: 20 }, (_, at) => `message ${at}`);
    for (const packet of sent) assert.deepEqual(play.send("0000", "0001", { packet }), []);
    play.advance(20);
    assert.deepEqual(play.packetsTo("0001"), sent);
  });

  test("reordering and duplication happen at the asked rates", () => {
    const play = started({ faults: { reorder: 0.5, reorder_ms: 20, duplicate: 0.5 } });
    const sent = Array.from({ length: 50 }, (_, at) => `message ${at}`);
    for (const packet of sent) {
      play.send("0000", "0001", { packet });
      play.advance(1);
    }
    play.advance(30);
    const arrived = play.packetsTo("0001");
    assert.deepEqual([...new Set(arrived)].toSorted(), sent.toSorted());
    assert.notDeepEqual([...new Set(arrived)], sent);
    assert.equal(arrived.length, 50 + play.statistics().messagesDuplicated);
    assert.ok(play.statistics().messagesDuplicated > 10);
    assert.equal(play.statistics().totalMessages, 50);
  });
});

describe("events", () => {
  test("kill_leader kills whom the last message named, and nobody when that is FFFF", () => {
    const play = started({ events: [event("kill_leader", 1), event("kill_leader", 2)] });
    play.send("0000", "0001", { leader: "0002" });
    play.until(1.5);
    assert.deepEqual(play.killed, ["0002"]);
    play.send("0000", "0001", { leader: "FFFF" });
    play.until(2.5);
    assert.deepEqual(play.killed, ["0002"]);
    assert.ok(play.codes().includes("nothing-to-kill"));
  });

  test("kill_non_leader never kills the leader", () => {
    const events = [1, 2, 3, 4].map((time) => event("kill_non_leader", time));
    const play = started({ events });
    play.send("0000", "0001", { leader: "0002" });
    play.until(4.5);
    assert.deepEqual(play.killed.toSorted(), ["0000", "0001", "0003", "0004"]);
  });

  test("the dead receive nothing, are not heard, and are asked nothing", () => {
    const play = started({ requests: 100, events: [event("kill", 0, { replica: "0002" })] });
    play.until(0);
    assert.deepEqual(play.send("0000", "FFFF"), ["0001", "0003", "0004"]);
    assert.deepEqual(play.send("0002", "FFFF"), []);
    assert.equal(play.statistics().totalMessages, 4);
    for (let count = 0; count < 99; count++) assert.notEqual(play.nextRequest().dst, "0002");
  });

  test("part_easy keeps the leader in the majority; both sides keep talking among themselves", () => {
    for (const leader of replicaIds(5)) {
      const play = started({ events: [event("part_easy", 1)] });
      play.send(leader, "0000", { leader });
      play.until(1.5);
      const side = [leader, ...play.send(leader, "FFFF")];
      assert.equal(side.length, 3);
      const minority = replicaIds(5).filter((id) => !side.includes(id));
      assert.deepEqual(play.send(minority[0] ?? "", "FFFF"), minority.slice(1));
    }
  });

  test("during a partition only the majority's messages tell the simulator the leader", () => {
    const play = started({ events: [event("part_easy", 1), event("kill_leader", 2)] });
    play.send("0001", "0000", { leader: "0001" });
    play.until(1.5);
    const majority = ["0001", ...play.send("0001", "FFFF", { leader: "0001" })];
    const outsider = replicaIds(5).find((id) => !majority.includes(id)) ?? "";
    play.send(outsider, "FFFF", { leader: outsider });
    play.until(2.5);
    assert.deepEqual(play.killed, ["0001"]);
  });

  test("part_hard makes simulator and clients forget the leader; part_end heals", () => {
    const play = started({
      requests: 1,
      events: [event("part_hard", 1), event("kill_leader", 2), event("part_end", 3)],
    });
    play.send("0001", "0000", { leader: "0001" });
    play.until(2.5);
    assert.deepEqual(play.killed, []);
    play.until(3.5);
    assert.equal(play.send("0001", "FFFF").length, 4);
  });

  test("a one-way cut loses one direction only", () => {
    const play = started({ events: [event("part_oneway", 1, { from: "0000", to: ["0001", "0002"] })] });
    play.until(1.5);
    assert.deepEqual(play.send("0000", "FFFF"), ["0003", "0004"]);
    assert.deepEqual(play.send("0001", "FFFF"), ["0000", "0002", "0003", "0004"]);
  });

  test("a one-way cut to the others isolates whom it names from being heard", () => {
    const play = started({ events: [event("part_oneway", 1, { from: ["0000", "0001"], to: "others" })] });
    play.until(1.5);
    assert.deepEqual(play.send("0000", "FFFF"), ["0001"]);
    assert.deepEqual(play.send("0004", "0000"), ["0000"]);
  });

  test("a restarted replica is spoken to once it has said hello again", () => {
    const play = started({ events: [event("kill", 1, { replica: "0002" }), event("restart", 2)] });
    play.until(2.5);
    assert.deepEqual(play.restarted, ["0002"]);
    assert.deepEqual(play.send("0000", "0002"), []);
    play.hello("0002");
    assert.deepEqual(play.packetsTo("0002"), ["packet"]);
  });
});

describe("the ends of replicas", () => {
  test("a replica that ends by itself has died", () => {
    const play = started({});
    play.world.exited("0001", "exit status 1", play.now);
    assert.equal(play.statistics().died, 1);
    assert.ok(play.codes().includes("died"));
  });

  test("the exit of a killed replica is no death", () => {
    const play = started({ events: [event("kill", 1, { replica: "0001" })] });
    play.until(1.5);
    play.world.exited("0001", "SIGTERM", play.now);
    assert.equal(play.statistics().died, 0);
    assert.equal(play.statistics().killed, 1);
  });

  test("the run ends when nobody lives", () => {
    const play = started({});
    for (const id of replicaIds(5)) play.world.exited(id, "SIGSEGV", play.now);
    play.drain();
    assert.ok(play.finished);
    assert.ok(play.codes().includes("no-replica-left"));
  });

  test("the run ends at start_wait + lifetime + end_wait", () => {
    const play = started({});
    play.advance(36_990 - play.now);
    assert.ok(!play.finished);
    play.advance(10);
    assert.ok(play.finished);
  });
});

interface AnswerFields {
  readonly type: "ok" | "fail" | "redirect";
  readonly leader?: string;
  readonly src?: string;
  readonly value?: string | undefined;
}

/** Plays the host of a world by hand. Packets are texts; times are in ms. */
class Play {
  readonly world: World<string>;
  readonly killed: string[] = [];
  readonly restarted: string[] = [];
  readonly #requests: ClientRequest[] = [];
  readonly #delivered: { to: string; packet: string }[] = [];
  finished = false;
  now = 0;

  constructor(settings: object) {
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
    this.world = new World({ config: parsed.config, seed: "1", strict: false });
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
function started(settings: object): Play {
  const play = new Play(settings);
  for (const id of replicaIds(5)) play.hello(id);
  play.advance(4999);
  return play;
}

function event(type: string, time: number, more: object = {}): object {
  return { type, time, ...more };
}

function other(replica: string): string {
  return replica === "0000" ? "0001" : "0000";
}
