// Tells other replicas what has been answered, when no message would carry it soon: if the leader dies, its successor must know.
import type { Address } from "../protocol.ts";
import { MessageBudget } from "./message-budget.ts";
import type { ReplicaSettings } from "./settings.ts";

/** How quickly old observations of loss fade: each new one weighs this much. */
const lossMemory = 0.02;

/** So many lost in a row may still be chance. */
const lostInRowMax = 4;

/** What was sent to another replica. */
interface Sent {
  readonly to: Address;
  readonly onward: Address | undefined;
  readonly type: string;
  /** Up to where the message tells that everything has been answered. */
  readonly answered: number;
}

/** The leader's view of who knows which answers, of how lossy the links are, and of how much is being sent. */
export class AnsweredNotices {
  readonly #settings: ReplicaSettings;
  readonly #budget: MessageBudget;
  /** Highest `answered` that was sent to each replica, or came from it. */
  readonly #told = new Map<Address, number>();
  /** Appends to each replica since it last answered. */
  readonly #unanswered = new Map<Address, number>();
  /** Share of appends that came back acknowledged, faded: 1 on perfect links. Some 25 in a row convince a replica that they are. */
  #roundTrips = 0.9;

  constructor(settings: ReplicaSettings, now: number) {
    this.#settings = settings;
    const { messagesPerSecond } = settings;
    this.#budget = new MessageBudget({ perSecond: messagesPerSecond, burst: messagesPerSecond, now });
  }

  /** The leader sent something; `onward` is the follower to which an append travels on. */
  noteSent({ to, onward, type, answered }: Sent, now: number): void {
    this.#budget.note(onward === undefined ? 1 : 2, now);
    this.noteKnown(to, answered);
    if (type !== "AppendEntries") return;
    for (const id of [to, onward]) if (id !== undefined) this.#unanswered.set(id, (this.#unanswered.get(id) ?? 0) + 1);
  }

  /** Another replica told what it knows. */
  noteKnown(id: Address, answered: number): void {
    this.#told.set(id, Math.max(answered, this.#told.get(id) ?? 0));
  }

  /** Something came; `from` are the replicas whose acknowledgements it holds. */
  noteReceived(from: readonly Address[], now: number): void {
    this.#budget.note(1, now);
    for (const id of from) {
      const asked = this.#unanswered.get(id) ?? 0;
      this.#unanswered.set(id, 0);
      // More in a row than chance would lose: that replica was cut off or paused, which says nothing about the links.
      if (asked === 0 || asked > lostInRowMax) continue;
      this.#roundTrips += lossMemory * asked * (1 / asked - this.#roundTrips);
    }
  }

  /** Whether enough others know that everything up to `answered` has been answered. */
  isKnown(answered: number): boolean {
    return this.#missing(answered) <= 0;
  }

  /**
   * Whom to tell now that everything up to `answered` has been answered. `others` come in order of preference: first those that hold the
   * entries, because one of them leads next.
   */
  recipients({ answered, others, now }: { answered: number; others: readonly Address[]; now: number }): Address[] {
    const missing = Math.min(this.#missing(answered), this.#budget.room(now));
    if (missing <= 0) return [];
    return others.filter((id) => (this.#told.get(id) ?? 0) < answered).slice(0, missing);
  }

  #missing(answered: number): number {
    let knowing = 0;
    for (const told of this.#told.values()) if (told >= answered) knowing++;
    return this.#settings.noticeCopies - knowing;
  }

  /** Whether links lose messages now and then. On those that do not, whoever is silent is dead or cut off. */
  get linksAreLossy(): boolean {
    const loss = 1 - Math.cbrt(this.#roundTrips);
    return loss >= 0.02;
  }
}
