// Carries messages between replicas: late, out of order, twice or never.
import type { Prng } from "../base/index.ts";
import type { Message } from "../raft/index.ts";
import type { Coverage } from "./coverage.ts";
import type { EventQueue } from "./event-queue.ts";
import type { NetworkFaults } from "./swarm.ts";

export class SimulatedNetwork {
  readonly #faults: NetworkFaults;
  readonly #prng: Prng;
  readonly #queue: EventQueue;
  readonly #coverage: Coverage;
  readonly #deliver: (message: Message) => void;
  /** Links that carry nothing, as "from>to". */
  #cut = new Set<string>();
  #healed = false;

  constructor(options: {
    faults: NetworkFaults;
    prng: Prng;
    queue: EventQueue;
    coverage: Coverage;
    deliver: (message: Message) => void;
  }) {
    this.#faults = options.faults;
    this.#prng = options.prng;
    this.#queue = options.queue;
    this.#coverage = options.coverage;
    this.#deliver = options.deliver;
  }

  send(message: Message): void {
    if (this.#healed) {
      this.#carry(message, 1 + this.#prng.float());
      return;
    }
    if (this.#isLost(message)) return;
    this.#carry(message, this.#delay());
    if (!this.#prng.chance(this.#faults.duplication)) return;
    this.#coverage.note("messages doubled");
    this.#carry(message, this.#delay());
  }

  /** Cuts the links for which `isCut` holds, and mends all others. */
  partition(ids: readonly string[], isCut: (from: string, to: string) => boolean): void {
    const links = ids.flatMap((from) => ids.map((to) => ({ from, to })));
    this.#cut = new Set(links.filter(({ from, to }) => isCut(from, to)).map(({ from, to }) => `${from}>${to}`));
  }

  /** From now on everything arrives soon; what is still held arrives when it arrives. */
  heal(): void {
    this.#healed = true;
    this.#cut.clear();
  }

  #isLost({ from, to }: Message): boolean {
    const lost = this.#cut.has(`${from}>${to}`) || this.#prng.chance(this.#faults.loss);
    if (lost) this.#coverage.note("messages lost");
    return lost;
  }

  #delay(): number {
    const { delayMax, holding, heldMax } = this.#faults;
    if (!this.#prng.chance(holding)) return this.#prng.float() * delayMax;
    this.#coverage.note("messages held");
    return this.#prng.float() * heldMax;
  }

  #carry(message: Message, delay: number): void {
    this.#queue.after(delay, () => {
      // A link that was cut meanwhile loses what is on its way, sometimes.
      if (this.#cut.has(`${message.from}>${message.to}`) && this.#prng.chance(0.5)) return;
      this.#deliver(message);
    });
  }
}
