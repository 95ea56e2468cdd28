// What becomes of the n-th message on a directed link: a function of seed, sender, receiver and n, whatever happens elsewhere.
import { Prng } from "../../base/index.ts";
import type { Address } from "../protocol.ts";
import type { LinkFaults } from "./config.ts";

/** The fate of one message. */
export interface Fate {
  readonly lost: boolean;
  /** Delays in ms of the message and of its copies; one element unless it is duplicated. */
  readonly delaysMs: readonly number[];
  /** Whether later messages on the link may overtake it. */
  readonly mayBeOvertaken: boolean;
}

/** Deals out the fates of all links of a run. */
export class LinkFates {
  readonly #seed: string;
  readonly #drops: number;
  readonly #faults: LinkFaults;
  readonly #links = new Map<string, Prng>();

  /** `drops` is the probability of loss. */
  constructor({ seed, drops, faults }: { seed: string; drops: number; faults: LinkFaults }) {
    this.#seed = seed;
    this.#drops = drops;
    this.#faults = faults;
  }

  /** The fate of the next message from `from` to `to`. */
  next({ from, to }: { from: Address; to: Address }): Fate {
    const name = `${from}/${to}`;
    let random = this.#links.get(name);
    if (random === undefined) {
      random = new Prng(`${this.#seed}/link/${name}`);
      this.#links.set(name, random);
    }
    return this.#draw(random);
  }

  /** Always draws the same number of values, so that the n-th fate does not depend on the earlier ones. */
  #draw(random: Prng): Fate {
    const { delayMs, jitterMs, reorder, reorderMs, duplicate } = this.#faults;
    const lost = random.chance(this.#drops);
    const jitter = random.float() * jitterMs;
    const reordered = random.chance(reorder);
    const heldBack = random.float() * reorderMs;
    const duplicated = random.chance(duplicate);
    const secondJitter = random.float() * jitterMs;
    const first = delayMs + jitter + (reordered ? heldBack : 0);
    return {
      lost,
      delaysMs: duplicated ? [first, delayMs + secondJitter] : [first],
      mayBeOvertaken: reordered,
    };
  }
}
