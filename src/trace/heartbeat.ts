// Which messages say nothing new.
import type { SendEvent } from "./message-events.ts";

const HEARTBEAT = /^heart[-_]?beat/i;
const APPEND = /^append/i;

/**
 * Whether a message is a heartbeat: its producer says so, or, where the producer says nothing about it, it is called one, or is an
 * append whose body shows a list of entries that is empty.
 */
export function isHeartbeat({ heartbeat, message, body }: SendEvent): boolean {
  if (heartbeat !== undefined) return heartbeat;
  if (HEARTBEAT.test(message)) return true;
  if (!APPEND.test(message) || typeof body !== "object" || body === null || !("entries" in body)) return false;
  return Array.isArray(body.entries) && body.entries.length === 0;
}
