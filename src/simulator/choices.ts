// Where every choice of a run comes from: drawn from the seed, or replayed from a list of decisions. The engine asks this port and
// nothing else. Without `record` a choice costs a few draws and no memory.
import { Prng } from "../base/index.ts";
import type { Boundary, Decision, Incident, Step } from "./decisions.ts";
import { heavyTailed } from "./distributions.ts";
import { electionMs, type Settings } from "./settings.ts";

/** How a process dies. */
export interface Death {
  readonly downMs: number;
  /** Seeds what becomes of un-synced writes; undefined: they are lost. */
  readonly damage: number | undefined;
}

export interface Choices {
  /** After how many ms the n-th message on a link arrives, once for each; none: it is lost. Links and nodes by number. */
  arrivals(link: number, n: number): readonly number[];
  /** Whether the message just decided upon is held until the next change of leader, if that comes before it arrives. */
  readonly isHeld: boolean;
  /** A held message arrives now, after so many ms. */
  released(link: number, n: number, arrivesAfter: number): void;
  /** What the node's n-th sync or apply takes, ms. */
  duration(node: number, step: Step, n: number): number;
  /** Whether the node's n-th sync fails. */
  syncError(node: number, n: number): Death | undefined;
  /** Whether the process dies when it passes the boundary for the n-th time. */
  death(node: number, boundary: Boundary, n: number): Death | undefined;
  /** From now on everything takes its default, and a quick one. */
  calm(): void;
}

/** Names of the endpoints by number: the replicas, then the clients. A link's number is from * names.length + to. */
export type EndpointNames = readonly string[];

/** How the default of everything is when all has healed: quick, so that liveness does not depend on slow settings. */
const CALM_DELAY_MS = 5;
const CALM_STEP_MS = 1;

/** Choices that depart from the default with the settings' chances. */
export class DrawnChoices implements Choices {
  isHeld = false;
  readonly #settings: Settings;
  readonly #names: EndpointNames;
  readonly #network: Prng;
  readonly #process: Prng;
  readonly #record: Decision[] | undefined;
  /** Where held messages stand in the record, by link and number: when they arrive is known only later. */
  readonly #heldAt = new Map<string, number>();
  #usual: readonly number[];
  #calm = false;

  constructor(options: { settings: Settings; seed: string; names: EndpointNames; record: Decision[] | undefined }) {
    this.#settings = options.settings;
    this.#names = options.names;
    this.#network = new Prng(`${options.seed}/network`);
    this.#process = new Prng(`${options.seed}/process`);
    this.#record = options.record;
    this.#usual = [options.settings.network.delayMs];
  }

  arrivals(link: number, n: number): readonly number[] {
    this.isHeld = false;
    if (this.#calm) return this.#usual;
    const arrivals = this.#drawArrivals();
    if (this.#record !== undefined && arrivals !== this.#usual) this.#note(this.#record, { link, n, arrivals });
    return arrivals;
  }

  #drawArrivals(): readonly number[] {
    const { loss, duplication, holding, heldMaxMs } = this.#settings.network;
    const prng = this.#network;
    if (loss > 0 && prng.chance(loss)) return [];
    if (holding > 0 && prng.chance(holding)) {
      this.isHeld = true;
      return [prng.float() * heldMaxMs];
    }
    const first = this.#drawDelay();
    if (duplication > 0 && prng.chance(duplication)) return [first, this.#drawDelay() + prng.float()];
    return first === this.#usual[0] ? this.#usual : [first];
  }

  #drawDelay(): number {
    const { delayMs, jitter, jitterMs } = this.#settings.network;
    if (jitter === 0 || !this.#network.chance(jitter)) return delayMs;
    return heavyTailed(this.#network, jitterMs);
  }

  #note(record: Decision[], { link, n, arrivals }: { link: number; n: number; arrivals: readonly number[] }): void {
    if (this.isHeld) this.#heldAt.set(`${link}/${n}`, record.length);
    record.push({ type: "message", link: linkName(this.#names, link), n, arrivesAfter: arrivals });
  }

  released(link: number, n: number, arrivesAfter: number): void {
    const at = this.#heldAt.get(`${link}/${n}`);
    if (at === undefined || this.#record === undefined) return;
    this.#record[at] = { type: "message", link: linkName(this.#names, link), n, arrivesAfter: [arrivesAfter] };
  }

  duration(node: number, step: Step, n: number): number {
    const { slowness, slowMaxMs, syncMs, applyMs } = this.#settings.process;
    const usual = step === "sync" ? syncMs : applyMs;
    if (this.#calm) return Math.min(usual, CALM_STEP_MS);
    if (slowness === 0 || !this.#process.chance(slowness)) return usual;
    const ms = this.#process.float() * slowMaxMs;
    this.#record?.push({ type: "slow", node: this.#nameOf(node), step, n, ms });
    return ms;
  }

  syncError(node: number, n: number): Death | undefined {
    const { syncError } = this.#settings.process;
    if (this.#calm || syncError === 0 || !this.#process.chance(syncError)) return undefined;
    const death = this.#drawDeath();
    this.#record?.push({ type: "sync-error", node: this.#nameOf(node), n, ...deathFields(death) });
    return death;
  }

  death(node: number, boundary: Boundary, n: number): Death | undefined {
    const { crashAtBoundary } = this.#settings.process;
    if (this.#calm || crashAtBoundary === 0 || !this.#process.chance(crashAtBoundary)) return undefined;
    const death = this.#drawDeath();
    this.#record?.push({ type: "die", node: this.#nameOf(node), boundary, n, ...deathFields(death) });
    return death;
  }

  calm(): void {
    this.#calm = true;
    this.#usual = [Math.min(this.#settings.network.delayMs, CALM_DELAY_MS)];
  }

  #drawDeath(): Death {
    return drawDeath(this.#process, this.#settings);
  }

  #nameOf(node: number): string {
    return this.#names[node] ?? "";
  }
}

/** Draws how long a process stays down, and what a crash does to its disk. */
export function drawDeath(prng: Prng, settings: Settings): Death {
  const { downMaxMs, tornWrites } = settings.process;
  const atLeast = prng.chance(0.3) ? electionMs(settings) : 0;
  return { downMs: prng.float() * downMaxMs + atLeast, damage: tornWrites ? prng.uint32() : undefined };
}

/** As a decision writes it. */
export function deathFields({ downMs, damage }: Death): { downMs: number; damage?: number } {
  return damage === undefined ? { downMs } : { downMs, damage };
}

/** Choices that follow a list, and take the default where it says nothing. */
export class ReplayedChoices implements Choices {
  readonly isHeld = false;
  readonly #settings: Settings;
  readonly #names: EndpointNames;
  readonly #messages = new Map<number, Map<number, readonly number[]>>();
  readonly #slow = new Map<string, number>();
  readonly #deaths = new Map<string, Death>();
  #usual: readonly number[];
  #calm = false;

  constructor(options: { settings: Settings; names: EndpointNames; schedule: readonly Decision[] }) {
    this.#settings = options.settings;
    this.#names = options.names;
    this.#usual = [options.settings.network.delayMs];
    for (const decision of options.schedule) this.#learn(decision);
  }

  arrivals(link: number, n: number): readonly number[] {
    if (this.#calm) return this.#usual;
    return this.#messages.get(link)?.get(n) ?? this.#usual;
  }

  released(): void {}

  duration(node: number, step: Step, n: number): number {
    const { syncMs, applyMs } = this.#settings.process;
    const usual = step === "sync" ? syncMs : applyMs;
    if (this.#calm) return Math.min(usual, CALM_STEP_MS);
    return this.#slow.get(`${this.#names[node]}/${step}/${n}`) ?? usual;
  }

  syncError(node: number, n: number): Death | undefined {
    return this.#calm ? undefined : this.#deaths.get(`${this.#names[node]}/sync/${n}`);
  }

  death(node: number, boundary: Boundary, n: number): Death | undefined {
    return this.#calm || this.#deaths.size === 0
      ? undefined
      : this.#deaths.get(`${this.#names[node]}/${boundary}/${n}`);
  }

  calm(): void {
    this.#calm = true;
    this.#usual = [Math.min(this.#settings.network.delayMs, CALM_DELAY_MS)];
  }

  #learn(decision: Decision): void {
    switch (decision.type) {
      case "message":
        this.#learnMessage(decision);
        break;
      case "slow":
        this.#slow.set(`${decision.node}/${decision.step}/${decision.n}`, decision.ms);
        break;
      case "sync-error":
        this.#deaths.set(`${decision.node}/sync/${decision.n}`, { downMs: decision.downMs, damage: decision.damage });
        break;
      case "die":
        this.#deaths.set(`${decision.node}/${decision.boundary}/${decision.n}`, {
          downMs: decision.downMs,
          damage: decision.damage,
        });
        break;
      default:
        break;
    }
  }

  #learnMessage({ link, n, arrivesAfter }: Extract<Incident, { type: "message" }>): void {
    const number = linkNumber(this.#names, link);
    if (number === undefined) return;
    const ofLink = this.#messages.get(number) ?? new Map<number, readonly number[]>();
    this.#messages.set(number, ofLink.set(n, arrivesAfter));
  }
}

/** "n1>n2" */
function linkName(names: EndpointNames, link: number): string {
  return `${names[Math.floor(link / names.length)]}>${names[link % names.length]}`;
}

/** The number of a link; undefined when there are no such endpoints. */
export function linkNumber(names: EndpointNames, link: string): number | undefined {
  const [from = "", to = ""] = link.split(">");
  const [a, b] = [names.indexOf(from), names.indexOf(to)];
  return a < 0 || b < 0 ? undefined : a * names.length + b;
}
