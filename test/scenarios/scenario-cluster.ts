// The world of a scenario: its nodes, one clock for all of them, and a network that delivers only when it is told to.
import { assert } from "../../src/base/index.ts";
import { type Membership, type Message, membershipOf, type RaftOptions } from "../../src/raft/index.ts";
import { isHeartbeat, textOfMessage } from "./notation.ts";
import { type Past, ScenarioNode } from "./scenario-node.ts";

/** More messages than this in one delivery means that the nodes never come to rest. */
const DELIVERIES_MAX = 5000;

export class ScenarioCluster {
  readonly options: Omit<RaftOptions, "id">;
  readonly #membership: Membership;
  readonly #trace: (line: string) => void;
  readonly #nodes = new Map<string, ScenarioNode>();
  #now = 0;
  /** On their way, in the order of sending. */
  #messages: Message[] = [];
  /** Links that lose everything, as "from>to"; links and nodes that deliver nothing for now. */
  readonly #cut = new Set<string>();
  readonly #held = new Set<string>();
  readonly #paused = new Set<string>();
  /** How many of the next messages of a type get lost. */
  readonly #toLose = new Map<string, number>();
  /** The last heartbeat or answer that was shown on each link: one that says the same is not shown. */
  readonly #lastShown = new Map<string, string>();

  constructor(ids: readonly string[], options: Omit<RaftOptions, "id">, trace: (line: string) => void) {
    this.options = options;
    this.#membership = membershipOf(ids);
    this.#trace = trace;
    for (const id of ids) this.addNode(id);
  }

  get nodes(): ScenarioNode[] {
    return [...this.#nodes.values()];
  }
  node(id: string): ScenarioNode {
    const node = this.#nodes.get(id);
    assert(node !== undefined, `there is no node ${id}`);
    return node;
  }

  /** Starts a node, empty or with a past; in place of one with the same id. */
  addNode(id: string, past?: Past): void {
    const world = {
      now: () => this.#now,
      send: (message: Message) => {
        this.#messages.push(message);
      },
      trace: this.#trace,
    };
    const setup = { options: this.options, membership: this.#membership, world };
    this.#nodes.set(id, new ScenarioNode(id, past === undefined ? setup : { ...setup, past }));
  }

  /** `count` times: the clock moves by one tick, the timers of `ids` tick, and, if `deliver`, everything arrives. */
  tick(ids: readonly string[], { count, deliver }: { count: number; deliver: boolean }): void {
    for (let round = 0; round < count; round++) {
      this.#now += this.options.tickMs ?? 100;
      for (const id of ids) {
        const node = this.node(id);
        if (node.isRunning && !this.#paused.has(id)) node.input((raft, now) => raft.tick(now));
      }
      if (deliver) this.deliver();
    }
  }

  /** Time passes and nobody notices. */
  wait(ms: number): void {
    this.#now += ms;
  }

  /** Delivers what is under way, and what that causes, until the network is quiet; with a link: only what is on it now. */
  deliver(link?: string): void {
    const only = link === undefined ? undefined : new Set(this.#messages.filter((message) => linkOf(message) === link));
    for (let count = 0; count < DELIVERIES_MAX; count++) {
      const at = this.#messages.findIndex((message) => (only?.has(message) ?? true) && this.#canArrive(message));
      const [message] = at === -1 ? [] : this.#messages.splice(at, 1);
      if (message === undefined) return;
      this.#arrive(message);
    }
    assert(false, `the network is not quiet after ${DELIVERIES_MAX} messages`);
  }

  /** Loses what is under way: everything, or on one link. */
  drop(link?: string): void {
    for (const message of this.#messages.filter((each) => link === undefined || linkOf(each) === link))
      this.#lose(message);
    this.#messages = this.#messages.filter((each) => link !== undefined && linkOf(each) !== link);
  }

  /** The newest message on a link goes before all the others on it. */
  overtake(link: string): void {
    const newest = this.#messages.findLast((message) => linkOf(message) === link);
    assert(newest !== undefined, `there is nothing on ${link}`);
    this.#messages = [newest, ...this.#messages.filter((message) => message !== newest)];
  }

  loseNext(type: string, count: number): void {
    this.#toLose.set(type, count);
  }
  cut(links: readonly string[]): void {
    for (const link of links) this.#cut.add(link);
  }
  heal(): void {
    this.#cut.clear();
  }
  hold(link: string): void {
    this.#held.add(link);
  }
  release(link: string): void {
    this.#held.delete(link);
  }
  pause(id: string): void {
    this.#paused.add(id);
  }
  resume(id: string): void {
    this.#paused.delete(id);
  }

  /** Every link between the node and the others, both ways. */
  linksOf(id: string): string[] {
    const others = [...this.#nodes.keys()].filter((other) => other !== id);
    return others.flatMap((other) => [`${id}>${other}`, `${other}>${id}`]);
  }

  #canArrive(message: Message): boolean {
    return !this.#held.has(linkOf(message)) && !this.#paused.has(message.to);
  }

  #arrive(message: Message): void {
    const toLose = this.#toLose.get(message.type) ?? 0;
    const target = this.#nodes.get(message.to);
    if (toLose > 0) this.#toLose.set(message.type, toLose - 1);
    if (toLose > 0 || this.#cut.has(linkOf(message)) || target === undefined || !target.isRunning) {
      this.#lose(message);
      return;
    }
    this.#show(message, "->");
    target.input((node, now) => node.step(message, now));
  }

  #lose(message: Message): void {
    this.#show(message, "-x");
  }

  #show(message: Message, arrow: string): void {
    const text = `${message.from} ${arrow} ${message.to} ${textOfMessage(message)}`;
    const key = `${linkOf(message)} ${message.type}`;
    if (isHeartbeat(message) && this.#lastShown.get(key) === text) return;
    this.#lastShown.set(key, text);
    this.#trace(text);
  }
}

function linkOf({ from, to }: Message): string {
  return `${from}>${to}`;
}
