// One run's world: replicas, their network, clients, the watch over them, and everything that can be done to them.
import {
  changeMembership,
  type Entry,
  isJoint,
  type Membership,
  type MembershipChange,
  type Message,
  membershipOf,
  type ReadState,
  type Ready,
  type Snapshot,
} from "../raft/index.ts";
import type { TraceEvent } from "../trace/index.ts";
import type { Choices, EndpointNames } from "./choices.ts";
import { Client, type ClientPort, type Outcome, type Pending } from "./clients/client.ts";
import type { ClientRequest, ClientResponse } from "./clients/client-messages.ts";
import { type ClientOperation, checkLinearizable, describeRequest } from "./clients/history.ts";
import { Service, type ServicePort } from "./clients/service.ts";
import { CoverageCounter } from "./coverage.ts";
import type { Action } from "./decisions.ts";
import { EventQueue } from "./event-queue.ts";
import { acknowledgedIsCommitted, readSeesCommitted } from "./ghost/client-rules.ts";
import { committedMembership } from "./ghost/ghost.ts";
import { Journal } from "./journal.ts";
import { Network, type NetworkObserver, type Sent } from "./network.ts";
import { isQuorumOf } from "./quorums.ts";
import { Replica } from "./replica.ts";
import type { Input, Running } from "./replica-state.ts";
import type { Settings } from "./settings.ts";
import type { WriteResult } from "./store/key-value-store.ts";
import * as trace from "./trace-events.ts";
import { Watch, type WatchListener } from "./watch.ts";

type Carried = Message | ClientRequest | ClientResponse;

/** What is noted in the journal, by number. */
const NOTED = {
  sent: 1,
  delivered: 2,
  dropped: 3,
  changed: 4,
  applied: 5,
  returned: 6,
  crashed: 7,
  started: 8,
  action: 9,
};

export interface WorldOptions {
  readonly seed: string;
  readonly settings: Settings;
  readonly names: EndpointNames;
  readonly makeChoices: () => Choices;
  readonly trace: ((event: TraceEvent) => void) | undefined;
}

export class World implements WatchListener, NetworkObserver<Carried>, ClientPort, ServicePort {
  readonly settings: Settings;
  readonly names: EndpointNames;
  readonly queue = new EventQueue();
  readonly coverage = new CoverageCounter();
  readonly choices: Choices;
  readonly journal: Journal;
  readonly network: Network<Carried>;
  readonly watch: Watch;
  readonly replicas: readonly Replica[];
  readonly clients: readonly Client[];
  readonly history: ClientOperation[] = [];
  readonly #service: Service;
  operations = 0;

  constructor(options: WorldOptions) {
    const { settings, seed, names } = options;
    this.settings = settings;
    this.names = names;
    this.choices = options.makeChoices();
    this.journal = new Journal(options.trace, () => this.queue.now);
    const { queue, choices, coverage } = this;
    const membership = membershipOf(settings.voters);
    this.network = new Network({ names, replicas: settings.nodes.length, queue, choices, coverage, observer: this });
    this.watch = new Watch({ nodes: settings.nodes, membership, coverage, listener: this });
    this.#service = new Service(this);
    this.clients = Array.from({ length: settings.clients.count }, (_, number) => {
      return new Client(number, { settings: settings.clients, queue, port: this });
    });
    this.journal.tell(() => trace.runEvent({ seed, settings, clients: this.clients.map(({ name }) => name) }));
    this.replicas = settings.nodes.map((id, number) => {
      return new Replica({ id, number, seed, settings, queue, choices, observer: this.watch, membership });
    });
    this.watch.replicas = this.replicas;
  }

  /** All replicas start. */
  start(): void {
    for (const replica of this.replicas) replica.start();
  }

  /** Lets `duration` virtual ms pass, or less if `done` holds before; returns whether it did. */
  run(duration: number, done: () => boolean = never): boolean {
    const until = this.queue.now + duration;
    while (this.queue.step(until)) {
      if (done()) return true;
    }
    return done();
  }

  /** The replica that leads the highest term. */
  get leader(): Replica | undefined {
    let found: Replica | undefined;
    for (const replica of this.replicas) {
      const node = replica.running?.node;
      if (node?.role === "leader" && node.term > (found?.running?.node.term ?? -1)) found = replica;
    }
    return found;
  }

  replicaOf(id: string): Replica | undefined {
    return this.replicas[this.settings.nodes.indexOf(id)];
  }

  // ---- what can be done

  /** Does what a decision says; one that makes no sense here and now does nothing. */
  perform(action: Action): void {
    if (action.type !== "operation") {
      this.journal.note(NOTED.action, action.type.length, 0, 0);
      this.journal.tell(() => trace.annotation(this.journal.at, action));
    }
    switch (action.type) {
      case "operation":
        this.#operate(action);
        break;
      case "crash":
        this.replicaOf(action.node)?.crash("any time", { downMs: action.downMs, damage: action.damage });
        break;
      case "wipe":
        this.#wipe(action.node);
        break;
      case "pause":
        this.#pause(action);
        break;
      case "partition":
        this.network.partition(action.cut);
        this.journal.tell(() => trace.partition(this.journal.at, { cut: action.cut, nodes: this.settings.nodes }));
        break;
      case "clog":
        this.network.clog(action.link, action.ms);
        this.coverage.note("links clogged");
        break;
      default:
        this.#ask(action);
    }
  }

  #operate({ client, node, request }: Extract<Action, { type: "operation" }>): void {
    const target = this.numberOf(node);
    const begun = target !== undefined && this.clients[this.#clientNumber(client)]?.invoke(request, target);
    if (begun === true) this.operations++;
  }

  /** Passed over when the others would not be a quorum of every configuration in use: nothing survives that. */
  #wipe(node: string): void {
    const victim = this.replicaOf(node);
    const others = this.replicas.filter((replica) => !replica.retired && replica !== victim).map(({ id }) => id);
    const survivable = configurationsInUse(this).every((membership) => isQuorumOf(membership, new Set(others)));
    if (victim === undefined || victim.retired || !survivable) return;
    victim.wipe();
    this.coverage.note("disks lost");
  }

  #pause({ node, ms }: Extract<Action, { type: "pause" }>): void {
    const replica = this.replicaOf(node);
    if (replica?.running === undefined) return;
    replica.pause(ms);
    this.coverage.note("pauses");
    this.journal.tell(() => ({ type: "pause", at: this.journal.at, replica: node }));
    if (this.journal.isTraced) {
      this.queue.after(ms, () => this.journal.tell(() => ({ type: "resume", at: this.journal.at, replica: node })));
    }
  }

  #ask(action: Extract<Action, { type: "membership" | "transfer" | "campaign" }>): void {
    const replica = this.replicaOf(action.node);
    switch (action.type) {
      case "campaign":
        replica?.input({ type: "campaign" }, (node, now) => node.campaign(now));
        break;
      case "transfer":
        replica?.input({ type: "transfer" }, (node, now) => {
          if (node.transferLeadership(action.target, now).accepted) this.coverage.note("transfers begun");
        });
        break;
      case "membership":
        replica?.input({ type: "membership" }, (node, now) => {
          const before = node.membership;
          if (!keepsLiveQuorum(this, before, action.changes)) return;
          const result = node.proposeMembership(action.changes, now);
          if (result.accepted) this.#noteChange(before, node.membership);
          else if (result.reason === "change-in-progress") this.coverage.note("changes refused while one is under way");
        });
        break;
    }
  }

  #noteChange(before: Membership, after: Membership): void {
    this.coverage.note(isJoint(after) ? "joint configurations begun" : "single-server changes");
    if (after.learners.some((id) => !before.learners.includes(id))) this.coverage.note("learners added");
    if (after.voters.some((id) => before.learners.includes(id))) this.coverage.note("learners promoted");
  }

  // ---- NetworkObserver

  delivered(message: Carried, sent: Sent): void {
    const { from, to, id } = sent;
    this.journal.note(NOTED.delivered, from, to, id);
    if (message.type === "ClientResponse") {
      this.#tellDelivered(message, sent);
      this.clients[message.client]?.receive(message);
      return;
    }
    const replica = this.replicas[to];
    if (replica?.running === undefined) {
      if (this.journal.isTraced)
        this.journal.tell(() => trace.dropped(this.journal.at, { sent, message, names: this.names, reason: "dead" }));
      return;
    }
    this.#tellDelivered(message, sent);
    if (message.type === "ClientRequest") this.#service.receive(replica, message);
    else replica.deliver(message);
  }

  #tellDelivered(message: Carried, sent: Sent): void {
    if (this.journal.isTraced)
      this.journal.tell(() => trace.delivered(this.journal.at, { sent, message, names: this.names }));
  }

  dropped(message: Carried, sent: Sent, reason: "loss" | "partition"): void {
    this.journal.note(NOTED.dropped, sent.from, sent.to, sent.id);
    if (reason === "partition") this.coverage.note("messages lost in a partition");
    if (this.journal.isTraced)
      this.journal.tell(() => trace.dropped(this.journal.at, { sent, message, names: this.names, reason }));
  }

  // ---- ClientPort

  get replicaCount(): number {
    return this.replicas.length;
  }

  numberOf(id: string): number | undefined {
    const number = this.settings.nodes.indexOf(id);
    return number < 0 ? undefined : number;
  }

  send(request: ClientRequest, target: number): void {
    if (request.attempt > 1) this.coverage.note("attempts repeated");
    this.#transmit(request, { from: this.replicas.length + request.client, to: target });
  }

  invoked(client: Client, { seq, request }: Pending): void {
    this.coverage.note("operations begun");
    this.watch.sessions.begin(client.number, seq, this.watch.ghost.committed.length);
    if (this.journal.isTraced)
      this.journal.tell(() =>
        trace.invoked(this.journal.at, { client: client.name, operation: operationId(client, seq), request }),
      );
  }

  returned(client: Client, { seq, request, invokedAt }: Pending, outcome: Outcome): void {
    this.journal.note(NOTED.returned, client.number, seq, outcome.type.length);
    const operation = operationId(client, seq);
    if (this.journal.isTraced)
      this.journal.tell(() => trace.returned(this.journal.at, { client: client.name, operation, outcome }));
    const { now: at } = this.queue;
    const session = this.watch.sessions.of(client.number, seq);
    if (outcome.type === "failed") {
      this.coverage.note("operations that failed for certain");
      session.failed = true;
      return;
    }
    const returned = outcome.type === "answered" ? { at, output: outcome.answer } : undefined;
    this.history.push({ process: client.name, input: request, invokedAt, returned });
    this.coverage.note(returned === undefined ? "operations of unknown outcome" : "operations answered");
    if (returned === undefined || request.kind === "get") return;
    acknowledgedIsCommitted(this.watch.ghost, session, `${describeRequest(request)} of ${client.name}`);
  }

  // ---- ServicePort

  respond(replica: Replica, response: ClientResponse): void {
    this.#transmit(response, { from: replica.number, to: this.replicas.length + response.client });
  }
  readAccepted(how: "lease" | "round" | "forwarded"): void {
    this.coverage.note(
      how === "lease" ? "reads by lease" : how === "round" ? "reads by round" : "reads forwarded by followers",
    );
  }
  readRefused(): void {
    this.coverage.note("reads refused");
  }
  writeRefused(reason: string): void {
    if (reason === "too-many-uncommitted") this.coverage.note("writes refused by limits");
  }

  // ---- WatchListener

  sent(replica: Replica, message: Message): void {
    const to = this.watch.ghost.numbers.get(message.to);
    if (to !== undefined) this.#transmit(message, { from: replica.number, to });
  }

  #transmit(message: Carried, { from, to }: { from: number; to: number }): void {
    const sent: Sent = { from, to, id: this.network.nextId };
    this.journal.note(NOTED.sent, from, to, message.type.length);
    if (this.journal.isTraced)
      this.journal.tell(() => trace.sent(this.journal.at, { sent, message, names: this.names }));
    this.network.send(message, { from, to });
  }

  applied(replica: Replica, running: Running, entry: Entry, result: WriteResult | undefined): void {
    this.journal.note(NOTED.applied, replica.number, entry.index, running.store.hash);
    this.#service.applied(replica, running, entry, result);
  }

  readable(replica: Replica, running: Running, read: ReadState): void {
    const request = this.#service.readable(replica, running, read);
    if (request === undefined) return;
    const session = this.watch.sessions.of(request.client, request.seq);
    const what = `${describeRequest(request.request)} of c${request.client + 1}`;
    readSeesCommitted(session, { id: replica.id, what, index: running.appliedIndex });
  }

  leaderChanged(): void {
    this.network.releaseHeld();
  }

  started(replica: Replica): void {
    this.journal.note(NOTED.started, replica.number, 0, 0);
    this.journal.tell(() => trace.started(this.journal.at, replica));
  }

  changed(replica: Replica, running: Running, input: Input): void {
    const { node } = running;
    this.journal.note(NOTED.changed, replica.number, node.term, node.commitIndex);
    if (this.journal.isTraced) this.journal.tell(() => trace.changed(this.journal.at, { replica, running, input }));
  }

  handedOut(replica: Replica, running: Running, ready: Ready): void {
    if (!this.journal.isTraced) return;
    for (const event of trace.handedOut(this.journal.at, { replica, running, ready })) this.journal.tell(() => event);
  }

  persisted(replica: Replica, ready: Ready): void {
    if (this.journal.isTraced) this.journal.tell(() => trace.persisted(this.journal.at, { replica, ready }));
  }

  crashed(replica: Replica, why: string): void {
    this.journal.note(NOTED.crashed, replica.number, why.length, 0);
    this.journal.tell(() => ({ type: "kill", at: this.journal.at, replica: replica.id, detail: why }));
  }

  compacted(replica: Replica, { lastIncludedIndex: to, lastIncludedTerm: term }: Snapshot): void {
    const log = [{ kind: "compact", to, term }] as const;
    this.journal.tell(() => ({ type: "state", at: this.journal.at, replica: replica.id, log, why: "snapshot" }));
  }

  // ---- the end

  /** Ends all operations that are under way, and holds the clients' history against the model of a store. */
  judgeHistory(): void {
    for (const client of this.clients) client.abandon();
    this.coverage.note(checkLinearizable(this.history) ? "histories linearizable" : "histories too hard to check");
  }

  #clientNumber(name: string): number {
    return this.names.indexOf(name) - this.replicas.length;
  }
}

/** No operator asks for a configuration whose quorum needs disks that are lost for good: nothing would bring it back. */
function keepsLiveQuorum({ replicas }: World, before: Membership, changes: readonly MembershipChange[]): boolean {
  const result = changeMembership(before, changes);
  const alive = new Set(replicas.filter(({ retired }) => !retired).map(({ id }) => id));
  return !result.ok || isQuorumOf(result.membership, alive);
}

/** Every configuration that somebody who is not lost for good may use now, and the committed one. */
export function configurationsInUse({ replicas, watch }: World): Membership[] {
  const inUse = new Set([committedMembership(watch.ghost)]);
  for (const { retired, running, durable } of replicas) {
    if (retired) continue;
    inUse.add(durable.log.membershipAt(durable.log.lastIndex));
    if (running !== undefined) inUse.add(running.node.membership);
  }
  return [...inUse];
}

function never(): boolean {
  return false;
}

/** A number of its own for every operation of a run. */
function operationId({ number }: Client, seq: number): number {
  return seq * 64 + number;
}
