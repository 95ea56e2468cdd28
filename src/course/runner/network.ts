// The network between replicas: partitions, one-way cuts, loss, delay, reordering, duplication. Clients are not on it.
import type { DropReason, TraceEvent } from "../../trace/index.ts";
import { type Address, BROADCAST, type PeerMessage } from "../protocol.ts";
import type { CourseConfig } from "./config.ts";
import type { Fleet } from "./fleet.ts";
import { LinkFates } from "./link-fates.ts";
import type { Counts } from "./statistics.ts";
import { TimedQueue } from "./timed-queue.ts";

/** A message of a replica with the host's own form of it. */
export interface PeerPacket<Packet> {
  readonly message: PeerMessage;
  readonly packet: Packet;
  readonly bytes: number;
}

/** One message to one receiver; `id` names it in the trace. */
interface Transmission<Packet> {
  readonly id: number;
  readonly from: Address;
  readonly to: Address;
  readonly type: string;
  readonly packet: Packet;
}

/** Numbers the messages of a run for its trace, those of clients included. */
export interface MessageNumbers {
  next(): number;
}

/** What the network needs of the world around it. */
export interface NetworkParts<Packet> {
  readonly config: CourseConfig;
  readonly seed: string;
  readonly fleet: Fleet<Packet>;
  readonly counts: Counts;
  readonly numbers: MessageNumbers;
  /** Told of partitions and their ends. */
  readonly observe: ((event: TraceEvent) => void) | undefined;
  /** Told of each message. */
  readonly observeMessage: ((event: TraceEvent) => void) | undefined;
}

/** Carries messages between replicas, or loses them. */
export class Network<Packet> {
  readonly #parts: NetworkParts<Packet>;
  readonly #fates: LinkFates;
  readonly #underway = new TimedQueue<Transmission<Packet>>();
  /** When the last message that may not be overtaken is due, by link. */
  readonly #lastDue = new Map<string, number>();
  /** One side of the partition, the one that the simulator listens to; undefined: no partition. */
  #majority: ReadonlySet<Address> | undefined;
  /** Links cut in one direction, as "from/to". */
  readonly #cuts = new Set<string>();

  constructor(parts: NetworkParts<Packet>) {
    this.#parts = parts;
    const { seed, config } = parts;
    this.#fates = new LinkFates({ seed, drops: config.drops, faults: config.faults });
  }

  /** Splits the replicas: `majority` on one side, all others on the other. Replaces an earlier split. */
  partition(majority: readonly Address[], now: number): void {
    this.#majority = new Set(majority);
    this.#observePartition(now);
  }

  /** Cuts links in one direction, beside those that are cut already. */
  cut(links: readonly { readonly from: Address; readonly to: Address }[], now: number): void {
    for (const { from, to } of links) this.#cuts.add(`${from}/${to}`);
    this.#observePartition(now);
  }

  /** Ends the partition and all cuts. */
  heal(now: number): void {
    this.#majority = undefined;
    this.#cuts.clear();
    this.#parts.observe?.({ type: "heal", at: now });
  }

  /** Whether the simulator learns about leaders from this replica: always, but for the minority of a partition. */
  isHeard(id: Address): boolean {
    return this.#majority === undefined || this.#majority.has(id);
  }

  /** Carries a message of the replica `from` to its receiver, or to all others. */
  route(from: Address, packet: PeerPacket<Packet>, now: number): void {
    const { dst } = packet.message;
    if (dst !== BROADCAST) return this.#send({ from, to: dst }, packet, now);
    for (const to of this.#parts.fleet.ids) {
      if (to !== from) this.#send({ from, to }, packet, now);
    }
  }

  /** When the next delayed message is due, or Infinity. */
  nextDeadline(): number {
    return this.#underway.nextDue();
  }

  /** Delivers what is due. */
  advance(now: number): void {
    for (let due = this.#underway.takeDue(now); due !== undefined; due = this.#underway.takeDue(now)) {
      this.#arrive(due.item, now);
    }
  }

  #send({ from, to }: { from: Address; to: Address }, sent: PeerPacket<Packet>, now: number): void {
    const { fleet, counts, numbers, observeMessage } = this.#parts;
    const { type } = sent.message;
    const transmission = { id: numbers.next(), from, to, type, packet: sent.packet };
    counts.countMessage({ from, type, bytes: sent.bytes });
    observeMessage?.({
      type: "send",
      at: now,
      id: transmission.id,
      from,
      to,
      message: type,
      bytes: sent.bytes,
      body: sent.message,
    });
    // Every message uses up its link's fate, also a cut-off one: the n-th fate belongs to the n-th message.
    const fate = this.#fates.next({ from, to });
    if (!fleet.isLiving(to)) return this.#drop(transmission, "dead", now);
    if (this.#isSeparated(from, to)) return this.#drop(transmission, "partition", now);
    if (fate.lost) return this.#drop(transmission, "loss", now);
    if (fate.mayBeOvertaken) counts.messagesReordered++;
    if (fate.delaysMs.length > 1) counts.messagesDuplicated++;
    for (const delay of fate.delaysMs)
      this.#dispatch(transmission, { delay, mayBeOvertaken: fate.mayBeOvertaken }, now);
  }

  #dispatch(
    transmission: Transmission<Packet>,
    { delay, mayBeOvertaken }: { delay: number; mayBeOvertaken: boolean },
    now: number,
  ): void {
    const link = `${transmission.from}/${transmission.to}`;
    const earliest = mayBeOvertaken ? 0 : (this.#lastDue.get(link) ?? 0);
    const due = Math.max(now + delay, earliest);
    if (due <= now) return this.#arrive(transmission, now);
    if (!mayBeOvertaken) this.#lastDue.set(link, due);
    this.#underway.add({ due, item: transmission });
  }

  #arrive(transmission: Transmission<Packet>, now: number): void {
    const { fleet, observeMessage } = this.#parts;
    const { id, from, to, type, packet } = transmission;
    if (!fleet.isLiving(to)) return this.#drop(transmission, "dead", now);
    if (!fleet.hand({ type: "deliver", to, packet })) return this.#drop(transmission, "overflow", now);
    observeMessage?.({ type: "deliver", at: now, id, from, to, message: type });
  }

  #drop(transmission: Transmission<Packet>, reason: DropReason, now: number): void {
    const { counts, observeMessage } = this.#parts;
    if (reason === "dead") counts.lostToDead++;
    if (reason === "partition") counts.lostByPartition++;
    if (reason === "loss") counts.lostByChance++;
    if (reason === "overflow") counts.blockedMessages++;
    const { id, from, to, type } = transmission;
    observeMessage?.({ type: "drop", at: now, id, from, to, message: type, reason });
  }

  #isSeparated(from: Address, to: Address): boolean {
    if (this.#cuts.has(`${from}/${to}`)) return true;
    return this.#majority !== undefined && this.#majority.has(from) !== this.#majority.has(to);
  }

  #observePartition(now: number): void {
    const { fleet, observe } = this.#parts;
    const majority = this.#majority;
    const groups =
      majority === undefined
        ? [fleet.ids]
        : [fleet.ids.filter((id) => majority.has(id)), fleet.ids.filter((id) => !majority.has(id))];
    const oneWay = [...this.#cuts].map((link) => ({ from: link.slice(0, 4), to: link.slice(5) }));
    observe?.({ type: "partition", at: now, groups, ...(oneWay.length > 0 && { oneWay }) });
  }
}
