// The side of a replica that clients talk to: writes go into the log, reads wait for their index, and answers come from the state machine.
import type { Entry, ReadState, Term } from "../../raft/index.ts";
import type { OperationRequest } from "../decisions.ts";
import type { Replica } from "../replica.ts";
import type { Running } from "../replica-state.ts";
import { encodeCommand } from "../store/command.ts";
import type { WriteResult } from "../store/key-value-store.ts";
import type { ClientAnswer, ClientRequest, ClientResponse } from "./client-messages.ts";

export interface ServicePort {
  respond(replica: Replica, response: ClientResponse): void;
  /** The replica accepted a read that it serves under a lease, from a round of its own, or through its leader. */
  readAccepted(how: "lease" | "round" | "forwarded"): void;
  readRefused(): void;
  writeRefused(reason: string): void;
}

/** What a running replica owes to clients; a crash forgets it. */
class Waiting {
  /** By log index: the write that was proposed there, in that term. */
  readonly writes = new Map<number, { readonly term: Term; readonly request: ClientRequest }>();
  readonly reads = new Map<string, ClientRequest>();
}

export class Service {
  readonly #port: ServicePort;
  readonly #waiting = new WeakMap<Running, Waiting>();

  constructor(port: ServicePort) {
    this.#port = port;
  }

  /** A request arrives at a running replica. */
  receive(replica: Replica, message: ClientRequest): void {
    if (message.request.kind === "get") this.#read(replica, message);
    else this.#write(replica, message, message.request);
  }

  /** The replica's state machine has applied an entry. */
  applied(replica: Replica, running: Running, entry: Entry, result: WriteResult | undefined): void {
    const { writes } = this.#waitingAt(running);
    if (writes.size === 0) return;
    const waiting = writes.get(entry.index);
    if (waiting === undefined) return;
    writes.delete(entry.index);
    const { request, term } = waiting;
    // Another leader's entry took the place, so the one that was proposed here will never be committed.
    if (entry.term !== term || result === undefined) this.#refuse(replica, request);
    else this.#answer(replica, request, { type: "written", result });
  }

  /** The replica may serve a read. */
  readable(replica: Replica, running: Running, { context }: ReadState): ClientRequest | undefined {
    const { reads } = this.#waitingAt(running);
    const request = reads.get(context);
    if (request === undefined) return undefined;
    reads.delete(context);
    this.#answer(replica, request, { type: "value", value: running.store.get(request.request.key) });
    return request;
  }

  #read(replica: Replica, message: ClientRequest): void {
    replica.input({ type: "read" }, (node, now) => {
      const { running } = replica;
      if (running === undefined) return;
      const context = `${message.client}/${message.seq}/${message.attempt}`;
      const how = node.role !== "leader" ? "forwarded" : node.hasLease ? "lease" : "round";
      const result = node.readIndex(context, now);
      if (result.accepted) {
        this.#port.readAccepted(how);
        this.#waitingAt(running).reads.set(context, message);
      } else {
        this.#port.readRefused();
        this.#refuse(replica, message, result.leader);
      }
    });
  }

  #write(replica: Replica, message: ClientRequest, { kind, key, value = "", expected = "" }: OperationRequest): void {
    if (kind === "get") return;
    const { client, seq } = message;
    replica.input({ type: "propose" }, (node, now) => {
      const { running } = replica;
      if (running === undefined) return;
      const result = node.propose(encodeCommand({ client, seq, kind, key, value, expected }), now);
      if (result.accepted) {
        this.#waitingAt(running).writes.set(result.index, { term: result.term, request: message });
      } else {
        this.#port.writeRefused(result.reason);
        this.#refuse(replica, message, result.leader);
      }
    });
  }

  #refuse(replica: Replica, message: ClientRequest, leader?: string): void {
    this.#answer(replica, message, { type: "refused", leader });
  }

  #answer(replica: Replica, { client, seq, attempt }: ClientRequest, answer: ClientAnswer): void {
    this.#port.respond(replica, { type: "ClientResponse", client, seq, attempt, answer });
  }

  #waitingAt(running: Running): Waiting {
    const known = this.#waiting.get(running);
    if (known !== undefined) return known;
    const waiting = new Waiting();
    this.#waiting.set(running, waiting);
    return waiting;
  }
}
