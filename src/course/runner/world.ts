// The simulated world of the course as a pure machine: datagrams, exits and time in; deliveries, kills and verdicts out.
// The host reads the clock and moves the bytes; whatever decides about a run is here and in the files beside it.
import { unreachable } from "../../base/index.ts";
import type { TraceEvent } from "../../trace/index.ts";
import { type Address, type Envelope, NO_LEADER, type ParsedDatagram } from "../protocol.ts";
import { Clients } from "./clients.ts";
import type { CourseConfig } from "./config.ts";
import type { Effect } from "./effects.ts";
import { Fleet } from "./fleet.ts";
import { Network } from "./network.ts";
import type { Operation, Statistics, Verdict } from "./result.ts";
import { makeSchedule, type Schedule } from "./schedule.ts";
import { Counts } from "./statistics.ts";
import { type Remark, Verdicts } from "./verdicts.ts";
import { applyEvent, type Stage } from "./world-events.ts";

/** What makes a world. */
export interface WorldOptions {
  readonly config: CourseConfig;
  readonly seed: string;
  /** Keep the original's rule that a message routed to a replica before its hello kills it for good. */
  readonly strict: boolean;
  /** Told everything but messages and operations, in order. */
  readonly observe?: ((event: TraceEvent) => void) | undefined;
  /** Told of messages and operations; leave it out where nobody reads it: it costs time on every message. */
  readonly observeMessage?: ((event: TraceEvent) => void) | undefined;
}

/** A datagram as the host received it. */
export interface Received<Packet> {
  readonly parsed: ParsedDatagram;
  /** What the host wants back in the effect that delivers the message. */
  readonly packet: Packet;
  readonly bytes: number;
  readonly now: number;
}

/** How a run stands, for a display. */
export interface Progress {
  readonly answered: number;
  readonly messages: number;
  readonly leader: Address;
  readonly living: number;
}

/** What a finished world knows. */
export interface WorldOutcome {
  readonly statistics: Statistics;
  /** Puts that were acknowledged. */
  readonly stored: number;
  readonly operations: readonly Operation[];
  readonly verdicts: readonly Verdict[];
}

/** More answers to clients than this many times max_packets end the run: somebody bounces requests around. */
const ANSWERS_PER_PACKET_MAX = 10;

/** One run's world. All times are in ms since the run began; calls must not go back in time. */
export class World<Packet> implements Stage<Packet> {
  readonly config: CourseConfig;
  readonly fleet: Fleet<Packet>;
  readonly network: Network<Packet>;
  readonly clients: Clients<Packet>;
  readonly counts = new Counts();
  readonly verdicts = new Verdicts();
  readonly observe: ((event: TraceEvent) => void) | undefined;
  /** Whom the last heard message named as the leader. */
  leader: Address = NO_LEADER;
  readonly #strict: boolean;
  readonly #schedule: Schedule;
  #nextRequest = 0;
  #nextEvent = 0;
  #answers = 0;
  #startChecked = false;
  #finished = false;

  constructor({ config, seed, strict, observe, observeMessage }: WorldOptions) {
    this.config = config;
    this.observe = observe;
    this.#strict = strict;
    this.#schedule = makeSchedule(config, seed);
    this.fleet = new Fleet(config.replicas);
    let lastNumber = 0;
    const numbers = { next: () => ++lastNumber };
    const { fleet, counts, verdicts } = this;
    const parts = { config, seed, fleet, counts, verdicts, numbers, observe, observeMessage };
    this.network = new Network(parts);
    this.clients = new Clients(parts);
  }

  /** The end of the run, if nothing ends it earlier. */
  get endsAt(): number {
    const { startWaitMs, lifetimeMs, endWaitMs } = this.config;
    return startWaitMs + lifetimeMs + endWaitMs;
  }

  /** Takes a datagram of a replica. */
  receive(from: Address, { parsed, packet, bytes, now }: Received<Packet>): void {
    if (this.#finished || !this.fleet.isLiving(from)) return;
    switch (parsed.kind) {
      case "hello":
        return this.#hello(from, now);
      case "incorrect":
        return this.#incorrect(from, parsed.reason, now);
      case "answer":
        this.#learnLeader(parsed.message, now);
        this.clients.answer(from, parsed.message, { now, bytes });
        return this.#limitAnswers(now);
      case "peer":
        this.#learnLeader(parsed.message, now);
        this.#warnBeforeHello(parsed.message, now);
        this.network.route(from, { message: parsed.message, packet, bytes }, now);
        return this.#limitMessages(now);
      default:
        return unreachable(parsed);
    }
  }

  /** Takes a datagram that is not UTF-8: its replica is closed, as in the original. */
  receiveNotUtf8(from: Address, now: number): void {
    if (this.#finished || !this.fleet.isLiving(from)) return;
    this.counts.incorrect++;
    this.#closeFaulty(from, { code: "not-utf8", text: "sent bytes that are not UTF-8 and was closed for it", now });
  }

  /** A replica's process ended. `how` says so in words: "exit status 1", "SIGSEGV", with its last words if there are any. */
  exited(replica: Address, how: string, now: number): void {
    if (this.#finished || !this.fleet.isLiving(replica)) return;
    this.fleet.end(replica, "died");
    this.counts.died++;
    this.observe?.({ type: "crash", at: now, replica, detail: how });
    this.remark({
      severity: "failure",
      code: "died",
      replica,
      at: now,
      text: `ended although nobody killed it: ${how}`,
    });
    this.#finishWithoutReplicas(now);
  }

  /** When `advance` is to be called next, at the latest. */
  nextDeadline(): number {
    if (this.#finished) return Number.POSITIVE_INFINITY;
    const request = this.#schedule.requests[this.#nextRequest]?.atMs ?? Number.POSITIVE_INFINITY;
    const event = this.#schedule.events[this.#nextEvent]?.event.atMs ?? Number.POSITIVE_INFINITY;
    const startCheck = this.#startChecked ? Number.POSITIVE_INFINITY : this.config.startWaitMs;
    return Math.min(request, event, startCheck, this.network.nextDeadline(), this.endsAt);
  }

  /** Does everything that is due by `now`. */
  advance(now: number): void {
    while (!this.#finished && this.nextDeadline() <= now) this.#step(now);
  }

  /** The effects since the last call, in order. */
  takeEffects(): readonly Effect<Packet>[] {
    return this.fleet.takeEffects();
  }

  /** Records something remarkable, also for hosts. */
  remark(remark: Remark): void {
    const isNew = this.verdicts.add(remark);
    if (!isNew || this.observe === undefined) return;
    const { at, text, replica, severity, code } = remark;
    const about = replica === undefined ? {} : { replica };
    if (severity === "failure") this.observe({ type: "violation", at, rule: code, detail: text, ...about });
    else this.observe({ type: "annotation", at, text, ...about });
  }

  /** Kills a replica, as an event or for what it did. */
  kill(replica: Address, now: number): void {
    this.fleet.end(replica, "killed");
    this.fleet.emit({ type: "kill", replica });
    this.observe?.({ type: "kill", at: now, replica });
  }

  get progress(): Progress {
    const { answered } = this.clients;
    const living = this.fleet.living().length;
    return { answered, messages: this.counts.totalMessages, leader: this.leader, living };
  }

  /** What the run gave; meaningful once it has finished. */
  outcome(): WorldOutcome {
    return {
      statistics: this.counts.summarize({
        unansweredGets: this.clients.unanswered("get"),
        unansweredPuts: this.clients.unanswered("put"),
      }),
      stored: this.counts.acknowledgedPuts,
      operations: this.clients.operations(),
      verdicts: this.verdicts.list(),
    };
  }

  /** Does the one thing that is due first. */
  #step(now: number): void {
    const deadline = this.nextDeadline();
    const event = this.#schedule.events[this.#nextEvent];
    const request = this.#schedule.requests[this.#nextRequest];
    if (this.network.nextDeadline() <= deadline) return this.network.advance(deadline);
    if (!this.#startChecked && this.config.startWaitMs <= deadline) return this.#checkStart(now);
    if (event !== undefined && event.event.atMs <= deadline) {
      this.#nextEvent++;
      applyEvent(this, event, now);
      return this.#finishWithoutReplicas(now);
    }
    if (request !== undefined && request.atMs <= deadline) {
      this.#nextRequest++;
      return this.clients.start(request, now);
    }
    this.#finish(now);
  }

  #hello(from: Address, now: number): void {
    const isLate = this.#startChecked && !this.fleet.wasEverReady(from);
    this.fleet.ready(from);
    if (!isLate) return;
    const text = `said hello only after ${seconds(now)}, when clients were already asking; the original would have given it up`;
    this.remark({ severity: "warning", code: "late-hello", replica: from, at: now, text });
  }

  /** Only replicas on the majority's side are heard, and hello says nothing about leaders. */
  #learnLeader({ src, leader }: Envelope, now: number): void {
    if (leader === this.leader || !this.network.isHeard(src)) return;
    if (this.fleet.isLiving(this.leader)) {
      this.observe?.({ type: "state", at: now, replica: this.leader, role: "follower" });
    }
    if (this.fleet.isLiving(leader)) this.observe?.({ type: "state", at: now, replica: leader, role: "leader" });
    this.leader = leader;
    if (leader !== NO_LEADER && this.counts.leaders.at(-1) !== leader) this.counts.leaders.push(leader);
  }

  /** The original gives up a replica that is sent something before its hello; by default we only say so. */
  #warnBeforeHello({ src, dst }: Envelope, now: number): void {
    if (this.#startChecked) return;
    for (const to of this.fleet.ids) {
      if (to === src || (dst !== to && dst !== NO_LEADER)) continue;
      if (!this.fleet.isLiving(to) || this.fleet.isReady(to)) continue;
      const text = `was sent a message by ${src} before it had said hello; wait 2 s after starting before talking to others`;
      if (this.#strict) this.#closeFaulty(to, { code: "message-before-hello", text, now });
      else this.remark({ severity: "warning", code: "message-before-hello", replica: to, at: now, text });
    }
  }

  /** At the end of start_wait, whoever has not said hello is given up in strict mode; the others are told at the end. */
  #checkStart(now: number): void {
    this.#startChecked = true;
    if (!this.#strict) return;
    for (const id of this.fleet.living()) if (!this.fleet.isReady(id)) this.#neverReady(id, now);
    this.#finishWithoutReplicas(now);
  }

  #neverReady(id: Address, now: number): void {
    this.#closeFaulty(id, { code: "never-said-hello", text: `had not said hello after ${seconds(now)}`, now });
  }

  /** Ends a replica that broke a rule; it counts as died. */
  #closeFaulty(id: Address, { code, text, now }: { code: Remark["code"]; text: string; now: number }): void {
    this.counts.died++;
    this.remark({ severity: "failure", code, replica: id, at: now, text });
    this.fleet.end(id, "died");
    this.fleet.emit({ type: "kill", replica: id });
    this.observe?.({ type: "kill", at: now, replica: id });
    this.#finishWithoutReplicas(now);
  }

  #incorrect(from: Address, reason: string, now: number): void {
    this.counts.incorrect++;
    const text = `sent a message that breaks the protocol: ${reason}`;
    this.remark({ severity: "failure", code: "incorrect-message", replica: from, at: now, text });
  }

  #limitMessages(now: number): void {
    const { maxPackets } = this.config;
    if (this.counts.totalMessages <= maxPackets) return;
    const senders = [...this.counts.messagesBySender].map(([id, count]) => `${id} sent ${count}`).join(", ");
    const text = `packet storm: more than max_packets = ${maxPackets} messages; the run was stopped (${senders})`;
    this.remark({ severity: "failure", code: "packet-storm", at: now, text });
    this.#finish(now);
  }

  #limitAnswers(now: number): void {
    const limit = this.config.maxPackets * ANSWERS_PER_PACKET_MAX;
    if (++this.#answers <= limit) return;
    const text = `redirect storm: replicas sent clients more than ${limit} answers; the run was stopped`;
    this.remark({ severity: "failure", code: "redirect-storm", at: now, text });
    this.#finish(now);
  }

  #finishWithoutReplicas(now: number): void {
    if (this.#finished || this.fleet.living().length > 0 || this.#awaitsRestart()) return;
    this.remark({
      severity: "failure",
      code: "no-replica-left",
      at: now,
      text: "no replica lives; the run was stopped",
    });
    this.#finish(now);
  }

  #awaitsRestart(): boolean {
    return this.#schedule.events.slice(this.#nextEvent).some(({ event }) => event.type === "restart");
  }

  #finish(now: number): void {
    if (this.#finished) return;
    this.#finished = true;
    this.fleet.emit({ type: "finish" });
    if (!this.#startChecked) return;
    for (const id of this.fleet.living().filter((living) => !this.fleet.wasEverReady(living))) {
      const text = `never said hello, in ${seconds(now)}; its first message must be a "hello" to its port`;
      this.counts.died++;
      this.remark({ severity: "failure", code: "never-said-hello", replica: id, at: now, text });
    }
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
