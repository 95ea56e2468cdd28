// What clients may rely on, checked at once against the ghost: durability, no phantoms, exactly once, fresh reads.
import type { LogIndex } from "../../raft/index.ts";
import type { Command } from "../store/command.ts";
import type { WriteResult } from "../store/key-value-store.ts";
import { type Ghost, keyOf, violated } from "./ghost.ts";

/** What the ghost knows of one client operation. */
export interface Session {
  /** How much was committed when it began. */
  readonly floor: LogIndex;
  /** Where it was committed first. */
  committedAt?: LogIndex;
  /** What the first replica answered that applied it. */
  result?: WriteResult;
  /** The client was told that it has no effect. */
  failed?: boolean;
}

/** The operations of all clients, by client and sequence number. */
export class Sessions {
  readonly #sessions = new Map<number, Session>();

  begin(client: number, seq: number, floor: LogIndex): void {
    this.#sessions.set(keyOf(client, seq), { floor });
  }
  of(client: number, seq: number): Session {
    const session = this.#sessions.get(keyOf(client, seq));
    if (session === undefined)
      violated("L3 no phantoms", `operation ${seq} of client ${client + 1} was never asked for`);
    return session;
  }
}

/**
 * Notes where an operation is committed; returns whether it had been committed before. L3: not after its client was told that it has
 * no effect.
 */
export function noteCommand(sessions: Sessions, { client, seq }: Command, index: LogIndex): boolean {
  const session = sessions.of(client, seq);
  const isRepeated = session.committedAt !== undefined;
  session.committedAt ??= index;
  if (session.failed === true) {
    violated(
      "L3 no phantoms",
      `operation ${seq} of client ${client + 1} failed for certain, and is committed at ${index}`,
    );
  }
  return isRepeated;
}

/** L4: a repetition gets the answer of the first time, at every replica. "old": its client had gone on, and nobody hears it. */
export function answersAlike(
  sessions: Sessions,
  { command, result, id }: { command: Command; result: WriteResult; id: string },
): void {
  const { client, seq } = command;
  if (result === "old") return;
  const session = sessions.of(client, seq);
  session.result ??= result;
  if (session.result !== result) {
    violated(
      "L4 exactly once",
      `${id} answers operation ${seq} of client ${client + 1} with ${result}; before it was ${session.result}`,
    );
  }
}

/** L2: what was acknowledged is committed. */
export function acknowledgedIsCommitted({ committed }: Ghost, { committedAt }: Session, what: string): void {
  if (committedAt === undefined || committedAt > committed.length) {
    violated("L2 acknowledged writes are committed", `${what} was acknowledged, and is not committed`);
  }
}

/** L5, §8: a read sees everything that was committed when it was asked for. */
export function readSeesCommitted(
  { floor }: Session,
  { id, what, index }: { id: string; what: string; index: LogIndex },
): void {
  if (index < floor) {
    violated(
      "L5 fresh reads",
      `${id} answered ${what} from its state at ${index}; ${floor} was committed when it was asked`,
    );
  }
}
