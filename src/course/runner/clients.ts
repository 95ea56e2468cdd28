// The eight clients: whom they ask, how they retry, and what they make of the answers.
import { Prng } from "../../base/index.ts";
import type { TraceEvent } from "../../trace/index.ts";
import { type Address, type ClientAnswer, type ClientRequest, NO_LEADER } from "../protocol.ts";
import { Acknowledged } from "./acknowledged.ts";
import type { CourseConfig } from "./config.ts";
import type { Fleet } from "./fleet.ts";
import type { MessageNumbers } from "./network.ts";
import type { Operation } from "./result.ts";
import { randomMid, type ScheduledRequest } from "./schedule.ts";
import type { Counts } from "./statistics.ts";
import type { Verdicts } from "./verdicts.ts";

/** What the clients need of the world around them. */
export interface ClientParts<Packet> {
  readonly config: CourseConfig;
  readonly seed: string;
  readonly fleet: Fleet<Packet>;
  readonly counts: Counts;
  readonly verdicts: Verdicts;
  readonly numbers: MessageNumbers;
  /** Told of broken rules. */
  readonly observe: ((event: TraceEvent) => void) | undefined;
  /** Told of each operation and each message. */
  readonly observeMessage: ((event: TraceEvent) => void) | undefined;
}

/** A logical request, from its first sending to its final answer. */
interface Request {
  readonly index: number;
  readonly client: Address;
  readonly type: "get" | "put";
  readonly key: string;
  /** The value to put, later the value that a get returned. */
  value: string | undefined;
  readonly invokedAt: number;
  /** Its own stream of chance, so that its choices do not depend on other requests. */
  readonly random: Prng;
  attempts: number;
  completedAt: number | undefined;
  answeredBy: Address | undefined;
}

/** One sending of a request; its MID is remembered to the end of the run, to judge late and second answers. */
interface Attempt {
  readonly request: Request;
  readonly sentAt: number;
  state: "waiting" | "done" | "redirected" | "failed";
}

/** All clients of a run. */
export class Clients<Packet> {
  readonly #parts: ClientParts<Packet>;
  readonly #requests: Request[] = [];
  readonly #attempts = new Map<string, Attempt>();
  readonly #acknowledged: Acknowledged;
  /** Whom each client believes to be the leader. */
  readonly #beliefs = new Map<Address, Address>();

  constructor(parts: ClientParts<Packet>) {
    this.#parts = parts;
    this.#acknowledged = new Acknowledged({ shared: parts.config.sharedKeys > 0 });
  }

  /** All clients forget whom they believe to be the leader. */
  forgetLeader(): void {
    this.#beliefs.clear();
  }

  /** Makes a scheduled request. */
  start({ index, client, operation }: ScheduledRequest, now: number): void {
    const { counts, seed, observeMessage } = this.#parts;
    const key = operation.type === "get" ? this.#acknowledged.chooseKey(client, operation.choice) : operation.key;
    if (key === undefined) counts.getsNotGenerated++;
    const put = operation.type === "put" ? operation : key === undefined ? operation.instead : undefined;
    const request: Request = {
      index,
      client,
      type: put === undefined ? "get" : "put",
      key: put?.key ?? key ?? "",
      value: put?.value,
      invokedAt: now,
      random: new Prng(`${seed}/request/${index}`),
      attempts: 0,
      completedAt: undefined,
      answeredBy: undefined,
    };
    if (request.type === "get") counts.gets++;
    else counts.puts++;
    this.#requests.push(request);
    const { type: name, value } = request;
    observeMessage?.({
      type: "client-invoke",
      at: now,
      operation: index,
      client,
      name,
      key: request.key,
      ...(value && { value }),
    });
    this.#send(request, now);
  }

  /** Takes an answer of the replica `from`. `bytes` is the datagram's size, for the trace. */
  answer(from: Address, message: ClientAnswer, { now, bytes }: { now: number; bytes: number }): void {
    const attempt = this.#attempts.get(message.MID);
    this.#observeAnswer(from, message, { now, bytes });
    const fault = answerFault(message, attempt);
    if (fault !== undefined) return this.#incorrect(from, fault, now);
    this.#beliefs.set(message.dst, message.leader);
    if (attempt === undefined) return;
    if (attempt.state === "done") return this.#duplicate(from, attempt, now);
    this.#parts.counts.hopLatenciesMs.push(now - attempt.sentAt);
    switch (message.type) {
      case "ok":
        attempt.state = "done";
        return this.#complete(attempt.request, { from, message, now });
      case "redirect":
        attempt.state = "redirected";
        this.#parts.counts.redirects++;
        return this.#send(attempt.request, now);
      case "fail":
        attempt.state = "failed";
        if (attempt.request.type === "get") this.#parts.counts.getFailures++;
        else this.#parts.counts.putFailures++;
        return this.#send(attempt.request, now);
    }
  }

  /** Answered operations so far, for a progress display. */
  get answered(): number {
    return this.#parts.counts.endToEndLatenciesMs.length;
  }

  /** How many requests of a type are unanswered. */
  unanswered(type: "get" | "put"): number {
    return this.#requests.filter((request) => request.type === type && request.completedAt === undefined).length;
  }

  /** The history of all operations. */
  operations(): Operation[] {
    return this.#requests.map((request) => ({
      client: request.client,
      type: request.type,
      key: request.key,
      ...(request.value !== undefined && { value: request.value }),
      invokedAt: request.invokedAt,
      ...(request.completedAt !== undefined && { completedAt: request.completedAt }),
      outcome: request.completedAt === undefined ? "unanswered" : "ok",
      attempts: request.attempts,
      ...(request.answeredBy !== undefined && { replica: request.answeredBy }),
    }));
  }

  #send(request: Request, now: number): void {
    const { fleet, counts, numbers, observeMessage } = this.#parts;
    const { client, type, key, random } = request;
    const MID = randomMid(random);
    const stranger = random.shuffle(fleet.ids).find((id) => fleet.isLiving(id));
    const leader = this.#beliefs.get(client) ?? NO_LEADER;
    const to = fleet.isLiving(leader) ? leader : stranger;
    if (to === undefined) return;
    request.attempts++;
    const traceId = numbers.next();
    this.#attempts.set(MID, { request, sentAt: now, state: "waiting" });
    const envelope = { src: client, dst: to, leader };
    const message: ClientRequest =
      type === "get"
        ? { ...envelope, type: "get", MID, key }
        : { ...envelope, type: "put", MID, key, value: request.value ?? "" };
    const handed = fleet.hand({ type: "request", to, message });
    if (!handed) counts.blockedMessages++;
    const trace = { at: now, id: traceId, from: client, to, message: type };
    observeMessage?.({ ...trace, type: "send", bytes: JSON.stringify(message).length, body: { ...message } });
    observeMessage?.(handed ? { ...trace, type: "deliver" } : { ...trace, type: "drop", reason: "overflow" });
  }

  #complete(request: Request, { from, message, now }: { from: Address; message: ClientAnswer; now: number }): void {
    const { counts, observeMessage } = this.#parts;
    request.completedAt = now;
    request.answeredBy = from;
    counts.endToEndLatenciesMs.push(now - request.invokedAt);
    const { index: operation, client } = request;
    if (request.type === "put") {
      counts.acknowledgedPuts++;
      this.#acknowledged.put(client, request.key, request.value ?? "");
      observeMessage?.({ type: "client-return", at: now, operation, client, outcome: "ok" });
      return;
    }
    const value = message.value ?? "";
    request.value = value;
    observeMessage?.({ type: "client-return", at: now, operation, client, outcome: "ok", value });
    const expected = this.#acknowledged.expected(client, request.key);
    if (expected === undefined || expected === value) return;
    counts.incorrectGets++;
    const fault = `a get of ${request.key} by ${client} returned "${value}"; its last acknowledged put was "${expected}"`;
    this.#incorrect(from, fault + this.#overlapNote(request), now);
  }

  /** The rule of the last acknowledged put is stricter than linearizability when a put of the key overlaps the get. */
  #overlapNote(get: Request): string {
    const overlapping = this.#requests.some(
      ({ type, key, completedAt }) =>
        type === "put" && key === get.key && (completedAt ?? Number.POSITIVE_INFINITY) > get.invokedAt,
    );
    return overlapping ? " (a put of this key overlapped the get or was never answered)" : "";
  }

  #duplicate(from: Address, { request }: Attempt, now: number): void {
    this.#parts.counts.duplicates++;
    const text = `answered a ${request.type} of ${request.client} that ${request.answeredBy} had answered before`;
    this.#parts.verdicts.add({ severity: "warning", code: "duplicate-answer", replica: from, at: now, text });
  }

  #incorrect(from: Address, text: string, now: number): void {
    const { counts, verdicts, observe } = this.#parts;
    counts.incorrect++;
    verdicts.add({ severity: "failure", code: "incorrect-answer", replica: from, at: now, text });
    observe?.({ type: "violation", at: now, rule: "correct answers", detail: text, replica: from });
  }

  #observeAnswer(from: Address, message: ClientAnswer, { now, bytes }: { now: number; bytes: number }): void {
    const { observeMessage, numbers } = this.#parts;
    const id = numbers.next();
    const { dst: to, type } = message;
    observeMessage?.({ type: "send", at: now, id, from, to, message: type, bytes, body: { ...message } });
    observeMessage?.({ type: "deliver", at: now, id, from, to, message: type });
  }
}

/** What is wrong with an answer by itself, whatever value it carries; undefined: nothing. */
function answerFault(message: ClientAnswer, attempt: Attempt | undefined): string | undefined {
  const { MID, type, dst } = message;
  if (attempt === undefined) return `answered MID "${MID}", which no client ever used`;
  const { request, state } = attempt;
  if (dst !== request.client) return `answered MID "${MID}" to ${dst}, but ${request.client} had asked`;
  if (state === "redirected" || state === "failed") {
    return `answered MID "${MID}" (${type}) after it had been ${state}: its client has forgotten it and retried with a new one`;
  }
  if (state === "waiting" && type === "ok" && request.type === "get" && message.value === undefined) {
    return `answered the get with MID "${MID}" with ok, but without a "value"`;
  }
  return undefined;
}
