// One replica of the course's key-value store as a function of its inputs: datagrams and ticks in, datagrams out.
import {
  type AppendEntries,
  type Entry,
  type InitialState,
  type Message,
  membershipOf,
  RaftNode,
  type RaftStatus,
  type Ready,
} from "../../raft/index.ts";
import {
  type Address,
  BROADCAST,
  type ClientRequest,
  type JsonObject,
  NO_LEADER,
  type PutRequest,
} from "../protocol.ts";
import { AnsweredNotices } from "./answered-notices.ts";
import { Answers, type OpenPut } from "./answers.ts";
import { Births } from "./births.ts";
import { PeersHeard } from "./peers-heard.ts";
import { PendingReads } from "./pending-reads.ts";
import { encodeMessage } from "./raft-codec.ts";
import { chain, chainable, Relay, type RelayDatagram } from "./relay.ts";
import { courseSettings, type ReplicaSettings } from "./settings.ts";
import { Standstill } from "./standstill.ts";
import { decodeCommand, encodeCommand, type PutCommand, Store } from "./store.ts";
import { WaitingRequests } from "./waiting-requests.ts";

/** What a replica starts from. */
export interface CourseReplicaOptions {
  readonly id: Address;
  readonly others: readonly Address[];
  /** Seeds the election timeouts. */
  readonly seed: string;
  /** Monotonic clock, ms; the same for all replicas. */
  readonly now: number;
  /** When this replica first started, on a clock that all replicas share, ms; one that restores its past keeps it. Default: `now`. */
  readonly bornAt?: number;
  /** What an earlier incarnation made durable; the store is rebuilt from it. */
  readonly restored?: Omit<InitialState, "membership">;
  /** Makes a Ready durable, at once; called before anything that promises it is sent. Without it, a replica that dies is gone. */
  readonly persist?: (ready: Ready) => void;
  /** Default: courseSettings. */
  readonly settings?: ReplicaSettings;
}

/** A datagram to send: the course's envelope and whatever belongs to its type. */
export type Outgoing = JsonObject & { src: Address; dst: Address; leader: Address; type: string };

/** A leader's term, as seen by the leader. */
interface Leadership {
  readonly since: number;
  /** When it last asked the others what has been answered. */
  askedAt: number;
  /** Whom this replica followed before: probably dead, so nobody waits for it. */
  readonly predecessor: Address | undefined;
}

/**
 * The replica. After each call of `start`, `receive` or `tick`, send what `takeMessages` gives. Obeys the course's rules: silent
 * towards others at first, requests wait while there is no leader, one answer for each MID.
 */
export class CourseReplica {
  readonly #id: Address;
  readonly #settings: ReplicaSettings;
  readonly #others: readonly Address[];
  readonly #persist: ((ready: Ready) => void) | undefined;
  readonly #node: RaftNode;
  readonly #store = new Store();
  readonly #answers = new Answers();
  readonly #notices: AnsweredNotices;
  readonly #heard: PeersHeard;
  readonly #relay: Relay;
  readonly #waiting = new WaitingRequests();
  readonly #reads = new PendingReads();
  readonly #outgoing: Outgoing[] = [];
  /** A replica with a past is known to the others already, and may speak at once. */
  readonly #hasPast: boolean;
  /** A leader and a chain of two are just a quorum. */
  readonly #chainsEndAnswers: boolean;
  readonly #births: Births;
  readonly #standstill: Standstill;
  readonly #startedAt: number;
  /** In this term and before it may have promised answers, or their absence, that it no longer knows of. */
  readonly #termAtStart: number;
  #mayOpenElection: boolean;
  #leadership: Leadership | undefined;
  #knownLeader: Address | undefined;

  constructor(options: CourseReplicaOptions) {
    const { id, others, seed, now, bornAt = now, restored, persist, settings = courseSettings } = options;
    this.#id = id;
    this.#settings = settings;
    this.#others = [...others].sort();
    this.#persist = persist;
    this.#startedAt = now;
    this.#chainsEndAnswers = settings.chainsEndAnswers && majorityOf(others.length + 1) <= 3;
    this.#hasPast = restored?.hardState !== undefined;
    this.#termAtStart = restored?.hardState?.currentTerm ?? 0;
    this.#births = new Births({ own: bornAt, startSpreadMs: settings.firstElectionMs / 2 });
    this.#standstill = new Standstill({ now, noticeableMs: settings.answersAskMs });
    this.#mayOpenElection = !this.#hasPast && this.#others.every((other) => id < other);
    this.#notices = new AnsweredNotices(settings, now);
    this.#heard = new PeersHeard(this.#others);
    this.#relay = new Relay(id);
    this.#node = new RaftNode(
      { id, seed: `${seed}/${id}`, ...settings.raft },
      { membership: membershipOf([id, ...others]), ...restored },
      now,
    );
    if (restored?.snapshot !== undefined) this.#store.restore(restored.snapshot.state);
  }

  /** Says hello, which tells the simulator this replica's port. */
  start(now: number): void {
    this.#send({ to: BROADCAST, type: "hello", fields: {} });
    this.#settle(now);
  }

  /** A datagram has arrived; anything that is not understood is ignored. */
  receive(datagram: JsonObject, now: number): void {
    this.#standstill.note(now);
    const { src, dst, type } = datagram;
    if (typeof src !== "string" || typeof dst !== "string" || typeof type !== "string") return;
    if (this.#others.includes(src)) this.#receivePeer({ ...datagram, src, dst, type }, now);
    else if (isClientRequest(datagram)) this.#receiveRequest(datagram, now);
    this.#settle(now);
    this.#answerOpen(now);
    this.#notifyAnswered(now);
  }

  /** One tick of settings.raft.tickMs has passed. */
  tick(now: number): void {
    this.#standstill.note(now);
    const age = now - this.#startedAt;
    if (!this.#hasPast && age < this.#settings.firstElectionMs) return;
    if (this.#mayOpenElection) {
      this.#mayOpenElection = false;
      if (this.#node.leader === undefined) this.#node.campaign(now);
    }
    this.#node.tick(now);
    this.#settle(now);
    this.#handOver(now);
    this.#answerOpen(now);
    this.#notifyAnswered(now);
  }

  /** The datagrams to send, in order; empties the list. */
  takeMessages(): Outgoing[] {
    return this.#outgoing.splice(0);
  }

  /**
   * Whether it was restarted without its past, and the others go on without it: it neither votes nor acknowledges, as if all that it
   * says to them got lost. It listens, passes on, and sends clients to the leader.
   */
  get isMute(): boolean {
    return !this.#hasPast && this.#births.isLatecomer;
  }

  /** Role, term and indexes, for logs. */
  status(): RaftStatus {
    return this.#node.status();
  }

  #receivePeer(datagram: JsonObject & { src: Address; dst: Address; type: string }, now: number): void {
    if (typeof datagram.eldest === "number") this.#births.learn(datagram.eldest);
    if (!this.#hasPast && now - this.#startedAt < this.#settings.silenceMs) return;
    this.#heard.note(datagram.src, now);
    this.#hearOfAnswers(datagram, now);
    const messages = this.#relay.arrive(datagram).filter(({ from }) => this.#others.includes(from));
    const acknowledging = messages.filter(({ type }) => type === "AppendEntriesResponse").map(({ from }) => from);
    this.#notices.noteReceived(acknowledging, now);
    const { lastIndex } = this.#node;
    for (const message of messages) this.#step(message, now);
    this.#settle(now);
    const completed = this.#relay.completed(now);
    // What it held before may be known to the leader, which then answers itself.
    if (completed?.prevLogIndex === lastIndex) this.#answerAtChainsEnd(completed);
    const onward = this.#relay.depart();
    if (onward !== undefined && this.#others.includes(onward.to)) this.#sendToPeer(onward, now);
  }

  /** The leader has left this answer to this replica; before a restart, it may have promised to leave it alone. */
  #answerAtChainsEnd(completed: AppendEntries): void {
    if (completed.term <= this.#termAtStart) return;
    for (const command of this.#answers.takeDelegated(completed)) this.#confirm(command);
  }

  /** What another replica knows of answers, and what it wants to know. */
  #hearOfAnswers({ src, answered, declined, ask }: JsonObject & { src: Address }, now: number): void {
    if (typeof answered === "number") {
      this.#answers.learnAnswered(answered);
      this.#notices.noteKnown(src, answered);
    }
    if (typeof declined === "number") this.#answers.learnDeclined(src, declined);
    if (typeof ask !== "number") return;
    this.#answers.decline(ask);
    this.#sendToPeer({ to: src, type: "Answered", fields: { declined: ask } }, now);
  }

  #step(message: Message, now: number): void {
    this.#node.step(message, now);
    // A leader that speaks is alive, so requests that waited because of a doubt about it can go there.
    const fromLeader = message.type === "AppendEntries" || message.type === "InstallSnapshot";
    if (fromLeader && this.#node.leader === message.from) this.#redirectWaiting(message.from);
  }

  #receiveRequest(request: ClientRequest, now: number): void {
    const { role, leader } = this.#node;
    if (role === "leader") this.#lead(request, now);
    // A client that believes in the same leader as we do would have reached it, were it alive: wait for a sign of life.
    else if (leader === undefined || request.leader === leader) this.#waiting.add(request, now);
    else this.#redirect(request, leader);
  }

  /** The leader takes a put into its log, and asks for a read index for a get. */
  #lead(request: ClientRequest, now: number): void {
    if (request.type === "get") {
      // Whoever was told of a put must see it, also when this leader does not know yet that it is committed. What it lost from its log
      // since it left it to others is not committed.
      const { delegatedThrough } = this.#answers;
      this.#reads.add(request, { notBefore: Math.min(delegatedThrough, this.#node.lastIndex) });
      if (!this.#node.readIndex(request.MID, now).accepted) this.#takeBackRead(request, now);
      return;
    }
    const { src: client, MID, key, value } = request;
    const command = { client, MID, key, value };
    const result = this.#node.propose(encodeCommand(command), now);
    if (result.accepted) this.#answers.proposed({ index: result.index, term: result.term, command });
    else if (result.reason === "not-leader") this.#waiting.add(request, now);
    else this.#send({ to: client, type: "fail", fields: { MID } });
  }

  #takeBackRead(request: ClientRequest, now: number): void {
    this.#reads.remove(request.MID);
    this.#waiting.add(request, now);
  }

  /** Does what the node wants done, and reacts when the leader has changed, until nothing is left to do. */
  #settle(now: number): void {
    do {
      while (this.#node.hasReady()) this.#execute(this.#node.ready(), now);
      this.#followLeadership(now);
    } while (this.#node.hasReady());
  }

  #execute(ready: Ready, now: number): void {
    this.#sendMessages(ready.messages, now);
    this.#persist?.(ready);
    if (ready.snapshot !== undefined) this.#store.restore(ready.snapshot.state);
    for (const entry of ready.committedEntries) this.#apply(entry, now);
    for (const { context } of ready.readStates) this.#reads.confirm(context);
    this.#sendMessages(
      ready.messagesAfterPersist.filter((message) => this.isMute || !this.#relay.keeps(message)),
      now,
    );
    this.#node.advance(ready);
    this.#answerReads();
    this.#compactLongLog();
  }

  #apply(entry: Entry, now: number): void {
    const { role, term, leader } = this.#node;
    const command = entry.type === "command" ? decodeCommand(entry.command) : undefined;
    if (command !== undefined) this.#store.put(command);
    for (const lost of this.#answers.takeOverwritten(entry)) {
      const request = asRequest(lost, this.#id);
      if (role === "leader") this.#lead(request, now);
      else if (leader === undefined) this.#waiting.add(request, now);
      else this.#redirect(request, leader);
    }
    const leaderOfTerm = this.#mayAnswer() ? term : undefined;
    const mustAnswer = this.#answers.applied(entry, command, { leaderOfTerm, now });
    if (mustAnswer && command !== undefined) this.#confirm(command);
  }

  /**
   * Committed entries are applied before read states are served, so the store has reached the read index. While puts are open, reads
   * wait: a client must not see its put before it has been told of it.
   */
  #answerReads(): void {
    if (this.#answers.isHolding) return;
    for (const { src, MID, key } of this.#reads.takeServable(this.#node.lastApplied)) {
      this.#send({ to: src, type: "ok", fields: { MID, value: this.#store.get(key) } });
    }
  }

  /** Under a lease nobody else leads, so nobody else answers. A leader that was paused may have been replaced meanwhile. */
  #mayAnswer(): boolean {
    const { role, lease } = this.#node;
    return role === "leader" && (lease || !this.#settings.raft.leaseReads);
  }

  #confirm({ client, MID }: PutCommand): void {
    this.#send({ to: client, type: "ok", fields: { MID } });
  }

  /** Reacts to gaining leadership and losing it. */
  #followLeadership(now: number): void {
    const { role, leader } = this.#node;
    if (role !== "leader" && this.#leadership !== undefined) {
      this.#leadership = undefined;
      for (const request of this.#reads.takeAll()) this.#waiting.add(request, now);
    }
    if (role === "leader" && this.#leadership === undefined) {
      this.#leadership = { since: now, askedAt: now, predecessor: this.#knownLeader };
      for (const request of this.#waiting.takeAll()) this.#lead(request, now);
    }
    this.#knownLeader = leader ?? this.#knownLeader;
  }

  /** Without a leader for so long, this side has probably no majority: whoever is silent may be on the side that has. */
  #handOver(now: number): void {
    if (this.#node.leader !== undefined) return;
    const silent = this.#heard.mostSilent();
    if (silent === undefined) return;
    for (const request of this.#waiting.takeSince(now - this.#settings.handOverMs)) this.#redirect(request, silent);
  }

  /** Answers the open puts, once everybody who may have answered one, or know of it, has told, or has had the time to. */
  #answerOpen(now: number): void {
    const [leadership, first] = [this.#leadership, this.#answers.firstOpen];
    if (leadership === undefined || first === undefined) return;
    const { lastApplied } = this.#node;
    const silent = this.#witnesses(first, leadership, now);
    if (silent.length > 0 && now - leadership.askedAt >= this.#settings.answersAskMs) {
      leadership.askedAt = now;
      for (const to of silent) this.#sendToPeer({ to, type: "Answered", fields: { ask: lastApplied } }, now);
    }
    // The word that it misses may wait in its own socket.
    if (!this.#mayAnswer() || !this.#standstill.isLongPast(now)) return;
    const isUnanswered = (put: OpenPut) => this.#witnesses(put, leadership, now).length === 0;
    for (const command of this.#answers.takeOpen(lastApplied, isUnanswered)) this.#confirm(command);
    this.#answerReads();
  }

  /** Those whose word on whether an open put has been answered is still awaited. */
  #witnesses(put: OpenPut, { since, predecessor }: Leadership, now: number): Address[] {
    const { delegate, index, term } = put;
    const { answersWaitMs, answersAskMs } = this.#settings;
    if (term !== this.#node.term) {
      return now - since >= answersWaitMs ? [] : this.#heard.silentSince(since).filter((id) => id !== predecessor);
    }
    // On links that lose nothing, three questions in vain are enough: it is dead or cut off.
    const waitMs = this.#notices.linksAreLossy ? answersWaitMs : 3 * answersAskMs;
    if (delegate === undefined || this.#answers.isDeclined(put) || now - put.since >= waitMs) return [];
    // It would have answered when the entry was new to it, and have told so together with its acknowledgement.
    return (this.#node.matchIndexOf(delegate) ?? 0) >= index ? [] : [delegate];
  }

  #notifyAnswered(now: number): void {
    if (this.#leadership === undefined) return;
    const answered = this.#answers.answeredThrough;
    if (this.#notices.isKnown(answered)) return;
    const matchIndex = (id: Address) => this.#node.matchIndexOf(id) ?? 0;
    const others = [...this.#others].sort((a, b) => matchIndex(b) - matchIndex(a));
    for (const to of this.#notices.recipients({ answered, others, now })) {
      this.#sendToPeer({ to, type: "Answered", fields: {} }, now);
    }
  }

  #compactLongLog(): void {
    const { firstIndex, lastApplied } = this.#node;
    if (lastApplied - firstIndex < this.#settings.snapshotEveryEntries) return;
    this.#node.compact({ index: lastApplied, state: this.#store.snapshot(), keepEntries: this.#settings.keepEntries });
  }

  #redirectWaiting(leader: Address): void {
    for (const request of this.#waiting.takeAll()) this.#redirect(request, leader);
  }

  #redirect({ src, MID }: ClientRequest, leader: Address): void {
    this.#outgoing.push({ src: this.#id, dst: src, leader, type: "redirect", MID });
  }

  #sendMessages(messages: readonly Message[], now: number): void {
    if (this.isMute) return;
    const pair = this.#settings.relay && messages.length > 1 ? this.#chainable(messages) : undefined;
    if (pair !== undefined) {
      const [first, second] = pair;
      // While a get waits, puts behind it are the leader's own to answer: the get must not follow the answer to a put that it misses.
      const delegated = this.#chainsEndAnswers && this.#reads.isEmpty && this.#answers.delegate(second, second.to);
      const answerBy = delegated ? now + 2 * this.#settings.answersAskMs : undefined;
      this.#sendToPeer(chain(first, second, { answerBy }), now);
    }
    for (const message of messages.filter((candidate) => !pair?.some((chained) => chained === candidate))) {
      this.#sendToPeer({ to: message.to, type: message.type, fields: encodeMessage(message) }, now);
    }
  }

  /** A chain through a follower that has not answered this leader yet might lead through a dead one. */
  #chainable(messages: readonly Message[]): ReturnType<typeof chainable> {
    const { progress } = this.#node.status();
    return chainable(messages.filter(({ to }) => progress.get(to)?.state === "replicate"));
  }

  #sendToPeer({ to, onward, type, fields }: RelayDatagram, now: number): void {
    const answered = this.#answers.answeredThrough;
    this.#notices.noteSent({ to, onward, type, answered }, now);
    this.#send({ to, type, fields: { ...fields, answered, eldest: this.#births.eldest } });
  }

  #send({ to, type, fields }: { to: Address; type: string; fields: JsonObject }): void {
    const leader = this.#node.leader ?? NO_LEADER;
    this.#outgoing.push({ ...fields, src: this.#id, dst: to, leader, type });
  }
}

function majorityOf(replicas: number): number {
  return Math.floor(replicas / 2) + 1;
}

function asRequest({ client, MID, key, value }: PutCommand, dst: Address): PutRequest {
  return { src: client, dst, leader: NO_LEADER, type: "put", MID, key, value };
}

function isClientRequest(message: JsonObject): message is JsonObject & ClientRequest {
  const { type, src, MID, key, value } = message;
  const named = typeof src === "string" && typeof MID === "string" && typeof key === "string";
  return named && (type === "get" || (type === "put" && typeof value === "string"));
}
