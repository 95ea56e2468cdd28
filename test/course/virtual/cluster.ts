// Course replicas side by side under a test's hand: time moves when the test says so, and every message is the test's to lose.
import assert from "node:assert/strict";
import { MemoryDisk } from "../../../src/course/distribution/index.ts";
import { type JsonObject, parseDatagram, replicaIds } from "../../../src/course/protocol.ts";
import { CourseReplica, type Outgoing } from "../../../src/course/replica/course-replica.ts";
import { courseSettings, type ReplicaSettings } from "../../../src/course/replica/settings.ts";

/** Keeps datagrams under what some systems allow. */
const datagramBytesMax = 9_000;

/** An answer to a client, and when and by whom it was given. */
export interface Answer {
  readonly at: number;
  readonly by: string;
  readonly client: string;
  readonly type: string;
  readonly MID: string;
  readonly leader: string;
  readonly value?: string;
}

/** Some replicas, the messages between them, and the answers to clients. Messages take no time unless they are held. */
export class Cluster {
  readonly ids: readonly string[];
  readonly answers: Answer[] = [];
  /** Every message between replicas, lost ones too, in order. */
  readonly sent: Outgoing[] = [];
  now = 0;
  /** Which messages between replicas get lost. */
  isLost: (message: Outgoing) => boolean = () => false;
  /** Which messages between replicas are late: they arrive with `release`. */
  isHeld: (message: Outgoing) => boolean = () => false;
  readonly #replicas = new Map<string, CourseReplica>();
  readonly #paused = new Map<string, JsonObject[]>();
  readonly #disks = new Map<string, MemoryDisk>();
  readonly #settings: ReplicaSettings;
  /** Messages on their way, in order. */
  readonly #underway: (() => void)[] = [];
  #held: Outgoing[] = [];
  #isDelivering = false;

  constructor({ size = 5, settings = courseSettings }: { size?: number; settings?: ReplicaSettings } = {}) {
    this.ids = replicaIds(size);
    this.#settings = settings;
    for (const id of this.ids) this.start(id);
  }

  /** Starts a replica that is not running: with what it saved before, or, if `forgetful`, with nothing. */
  start(id: string, { forgetful = false } = {}): void {
    const { now } = this;
    const others = this.ids.filter((other) => other !== id);
    const found = forgetful ? undefined : this.#disks.get(id);
    const disk = found ?? new MemoryDisk({ bornAt: now });
    this.#disks.set(id, disk);
    const replica = new CourseReplica({ id, others, seed: "1", now, settings: this.#settings, ...disk.past() });
    this.#replicas.set(id, replica);
    replica.start(now);
    this.#flush(id);
  }

  kill(id: string): void {
    this.#replicas.delete(id);
  }

  /** What arrives from now on waits until `resume`, and the clock of ticks stands still. */
  pause(id: string): void {
    this.#paused.set(id, []);
  }

  resume(id: string): void {
    const backlog = this.#paused.get(id) ?? [];
    this.#paused.delete(id);
    for (const datagram of backlog) this.receive(id, datagram);
  }

  replica(id: string): CourseReplica {
    const replica = this.#replicas.get(id);
    assert.ok(replica !== undefined, `${id} lives`);
    return replica;
  }

  /** Lets `ms` pass. */
  run(ms: number): void {
    const until = this.now + ms;
    while (this.now < until) {
      this.now += courseSettings.raft.tickMs;
      for (const id of [...this.#replicas.keys()].filter((living) => !this.#paused.has(living))) {
        this.#replicas.get(id)?.tick(this.now);
        this.#flush(id);
      }
    }
  }

  /** Lets time pass until `condition` holds; fails if it does not within `ms`. */
  runUntil(condition: () => boolean, ms = 10_000): void {
    const until = this.now + ms;
    while (!condition()) {
      assert.ok(this.now < until, "it should have happened by now");
      this.run(courseSettings.raft.tickMs);
    }
  }

  /** The living replica that leads in the highest term; "" if there is none. */
  leader(): string {
    const leaders = [...this.#replicas.values()]
      .map((replica) => replica.status())
      .filter(({ role }) => role === "leader");
    return leaders.sort((a, b) => b.term - a.term)[0]?.id ?? "";
  }

  /** A put of a client; returns its MID. */
  put(
    to: string,
    {
      key,
      value,
      MID = `PUT${key}${value}`,
      leader = to,
    }: { key: string; value: string; MID?: string; leader?: string },
  ): string {
    this.receive(to, { src: "0015", dst: to, leader, type: "put", MID, key, value });
    return MID;
  }

  /** A get of a client; returns its MID. */
  get(to: string, { key, MID, leader = to }: { key: string; MID: string; leader?: string }): string {
    this.receive(to, { src: "0016", dst: to, leader, type: "get", MID, key });
    return MID;
  }

  /** Whatever arrives at a replica. */
  receive(to: string, datagram: JsonObject): void {
    const backlog = this.#paused.get(to);
    if (backlog !== undefined) {
      backlog.push(datagram);
      return;
    }
    this.#replicas.get(to)?.receive(datagram, this.now);
    this.#flush(to);
  }

  /** Delivers what was held, in order, as far as `which` says. */
  release(which: (message: Outgoing) => boolean = () => true): void {
    const released = this.#held.filter(which);
    this.#held = this.#held.filter((message) => !released.includes(message));
    for (const message of released) this.receive(message.dst, message);
  }

  /** All answers to a MID as "type" or "type value" or "redirect leader". */
  answersTo(MID: string): string[] {
    const words = ({ type, value, leader }: Answer) => [
      type,
      ...(type === "redirect" ? [leader] : value === undefined ? [] : [value]),
    ];
    return this.answers.filter((answer) => answer.MID === MID).map((answer) => words(answer).join(" "));
  }

  #flush(from: string): void {
    for (const message of this.#replicas.get(from)?.takeMessages() ?? []) this.#route(from, message);
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    for (let next = this.#underway.shift(); next !== undefined; next = this.#underway.shift()) next();
    this.#isDelivering = false;
  }

  /** Every datagram keeps the course's protocol, whatever the test does. */
  #route(from: string, message: Outgoing): void {
    const text = JSON.stringify(message);
    assert.ok(text.length < datagramBytesMax, `a datagram of ${text.length} bytes`);
    const parsed = parseDatagram(text, { from, replicas: this.ids.length });
    if (parsed.kind === "answer") {
      const { dst: client, type, MID, leader, value } = parsed.message;
      assert.notEqual(`${type} ${leader}`, "redirect FFFF", "nobody is bounced to nowhere");
      this.answers.push({ at: this.now, by: from, client, type, MID, leader, ...(value !== undefined && { value }) });
    } else if (parsed.kind === "peer") {
      this.sent.push(message);
      if (this.isHeld(message)) this.#held.push(message);
      else if (!this.isLost(message)) this.#underway.push(() => this.receive(message.dst, parsed.message));
    } else {
      assert.equal(parsed.kind, "hello", text);
    }
  }
}
