// Which messages say nothing new.
import type { SendEvent } from "./message-events.ts";

const HEARTBEAT = /^heart[-_]?beat/i;
const APPEND = /^append/i;
const ANSWER = /(?:response|reply|result|ack|resp)$/i;

/**
 * Tells heartbeats, and the answers to them, from other messages: by what their producer says, or, where it says nothing, by the
 * message's name (Heartbeat...), by an empty list of entries in an append's body, and by an answer's name (...Response, ...Reply)
 * after a heartbeat on the same link. It is given every send of a run in order.
 */
export class Heartbeats {
  /** Links, as "from/to", on which the last message but for answers was a heartbeat. */
  readonly #quietLinks = new Set<string>();

  /** Whether the next message of a run is one. */
  isQuiet(send: SendEvent): boolean {
    const { from, to, message, heartbeat } = send;
    if (ANSWER.test(message)) return heartbeat ?? this.#quietLinks.has(`${to}/${from}`);
    const isQuiet = heartbeat ?? isHeartbeat(send);
    if (isQuiet) this.#quietLinks.add(`${from}/${to}`);
    else this.#quietLinks.delete(`${from}/${to}`);
    return isQuiet;
  }
}

function isHeartbeat({ message, body }: SendEvent): boolean {
  if (HEARTBEAT.test(message)) return true;
  if (!APPEND.test(message) || typeof body !== "object" || body === null || !("entries" in body)) return false;
  return Array.isArray(body.entries) && body.entries.length === 0;
}
