// Tells other replicas what has been answered, when no message would carry it soon: if the leader dies, its successor must know.
import type { Address } from "../protocol.ts";
import { MessageBudget } from "./message-budget.ts";
import { settings } from "./settings.ts";

/** How quickly old observations of loss fade: each new one weighs this much. */
const lossMemory = 0.02;

/** The leader's view of who knows which answers, of how lossy the links are, and of how much is being sent. */
export class AnsweredNotices {
  readonly #budget: MessageBudget;
  /** Highest `answered` that was sent to each replica. */
  readonly #told = new Map<Address, number>();
  /** Share of appends that came back acknowledged, faded: 1 on perfect links. */
  #roundTrips = 1;
  #asked = 0;
  #heard = 0;

  constructor(now: number) {
    this.#budget = new MessageBudget({ perSecond: settings.messagesPerSecond, burst: settings.messagesPerSecond, now });
  }

  noteSent({ to, type, answered }: { to: Address; type: string; answered: number }, now: number): void {
    this.#budget.note(now);
    this.#told.set(to, Math.max(answered, this.#told.get(to) ?? 0));
    if (type === "AppendEntries") this.#asked++;
  }

  noteReceived(type: string, now: number): void {
    this.#budget.note(now);
    if (type === "AppendEntriesResponse") this.#heard++;
  }

  /** Whom to tell now that everything up to `answered` has been answered; `holders` have those entries, and may lead next. */
  recipients({ answered, holders, now }: { answered: number; holders: readonly Address[]; now: number }): Address[] {
    this.#observeLoss();
    const knowing = [...this.#told.values()].filter((told) => told >= answered).length;
    const missing = this.#copiesWanted() - knowing;
    if (missing <= 0 || !this.#budget.allows(missing, now)) return [];
    return holders.filter((id) => (this.#told.get(id) ?? 0) < answered).slice(0, missing);
  }

  /** A notice is not acknowledged, so on lossy links more than one replica is told. */
  #copiesWanted(): number {
    const loss = 1 - Math.sqrt(this.#roundTrips);
    if (loss < 0.02) return 1;
    return loss < 0.2 ? 2 : 3;
  }

  #observeLoss(): void {
    if (this.#asked < 4) return;
    const share = Math.min(1, this.#heard / this.#asked);
    const weight = Math.min(1, lossMemory * this.#asked);
    this.#roundTrips += weight * (share - this.#roundTrips);
    this.#asked = 0;
    this.#heard = 0;
  }
}
