// What is done to a cluster in the safety phase of a seed: load and faults at random times, as actions that a list could replay.
import { Prng } from "../base/index.ts";
import type { MembershipChange } from "../raft/index.ts";
import { deathFields, drawDeath } from "./choices.ts";
import type { Action, Decision, OperationRequest } from "./decisions.ts";
import { exponential } from "./distributions.ts";
import { drawCut, linksWhere } from "./partitions.ts";
import type { Replica } from "./replica.ts";
import { electionMs, type Rates } from "./settings.ts";
import type { World } from "./world.ts";

/** An action without its time. */
type Deed = Action extends infer Each ? (Each extends Action ? Omit<Each, "at"> : never) : never;

export class Chaos {
  readonly #world: World;
  readonly #prng: Prng;
  readonly #record: Decision[] | undefined;
  readonly #election: number;
  #values = 0;
  #over = false;

  constructor(world: World, { seed, record }: { seed: string; record: Decision[] | undefined }) {
    this.#world = world;
    this.#prng = new Prng(`${seed}/chaos`);
    this.#record = record;
    this.#election = electionMs(world.settings);
  }

  begin(): void {
    const deeds: Readonly<Record<keyof Rates, () => void>> = {
      operation: () => this.#operation(),
      partition: () => this.#partition(),
      cutOffLeader: () => this.#cutOffLeader(),
      swizzle: () => this.#swizzle(),
      clog: () => this.#clog(),
      crash: () => this.#crash(this.#victim()),
      crashMany: () => this.#crashMany(),
      pause: () => this.#pause(),
      wipe: () => this.#do({ type: "wipe", node: this.#anybody().id }),
      membership: () => this.#changeMembership(),
      transfer: () => this.#do({ type: "transfer", node: this.#likely().id, target: this.#anybody().id }),
      campaign: () => this.#do({ type: "campaign", node: this.#anybody().id }),
    };
    const { rates } = this.#world.settings;
    for (const [name, deed] of Object.entries(deeds)) this.#every(rates[name as keyof Rates], deed);
  }

  end(): void {
    this.#over = true;
  }

  #do(deed: Deed): void {
    const action: Action = { at: this.#world.queue.now, ...deed };
    this.#record?.push(action);
    this.#world.perform(action);
  }

  #every(mean: number | undefined, act: () => void): void {
    if (mean === undefined) return;
    this.#after(exponential(this.#prng, mean), () => {
      act();
      this.#every(mean, act);
    });
  }

  /** Does something later, unless the safety phase is over by then. */
  #after(delay: number, act: () => void): void {
    this.#world.queue.after(delay, () => {
      if (!this.#over) act();
    });
  }

  #anybody(): Replica {
    return this.#prng.pick(this.#world.replicas);
  }

  /** Mostly a replica that believes to lead: the others only refuse. */
  #likely(): Replica {
    const leaders = this.#world.replicas.filter(({ running }) => running?.node.role === "leader");
    return leaders.length > 0 && this.#prng.chance(0.8) ? this.#prng.pick(leaders) : this.#anybody();
  }

  /** Ten times as likely one that is writing. */
  #victim(): Replica {
    const writing = this.#world.replicas.filter(({ isWriting }) => isWriting);
    const others = this.#world.replicas.length - writing.length;
    const share = (10 * writing.length) / (10 * writing.length + others);
    return writing.length > 0 && this.#prng.chance(share) ? this.#prng.pick(writing) : this.#anybody();
  }

  #operation(): void {
    const idle = this.#world.clients.filter(({ isIdle }) => isIdle);
    if (idle.length === 0) return;
    const client = this.#prng.pick(idle);
    const key = this.#hotKey();
    const request = this.#drawRequest(key, client.lastSeen.get(key));
    this.#do({ type: "operation", client: client.name, node: this.#likely().id, request });
  }

  #drawRequest(key: number, seen: string | undefined): OperationRequest {
    if (this.#prng.chance(this.#world.settings.clients.reads)) return { kind: "get", key };
    const value = `${++this.#values}`;
    const kind = this.#prng.pick(["put", "append", "cas"] as const);
    if (kind === "append") return { kind, key, value: `,${value}` };
    return kind === "cas" && seen !== undefined ? { kind, key, value, expected: seen } : { kind: "put", key, value };
  }

  #partition(): void {
    const { nodes } = this.#world.settings;
    const { cut, situation } = drawCut(this.#prng, { nodes, likely: this.#likely().id });
    if (situation !== undefined) this.#world.coverage.note(situation);
    this.#do({ type: "partition", cut });
  }

  /** Replicas are cut off one by one, and come back in another order. */
  #swizzle(): void {
    const { nodes } = this.#world.settings;
    this.#world.coverage.note("partitions one by one");
    const chosen = this.#prng.shuffle(nodes).slice(0, this.#prng.integer({ from: 1, to: nodes.length }));
    const away = new Set<string>();
    const cut = () =>
      this.#do({ type: "partition", cut: linksWhere(nodes, (from, to) => away.has(from) || away.has(to)) });
    let at = 0;
    for (const id of chosen) {
      at += this.#prng.float() * this.#election;
      this.#after(at, () => {
        away.add(id);
        cut();
      });
    }
    for (const id of this.#prng.shuffle(chosen)) {
      at += this.#prng.float() * this.#election;
      this.#after(at, () => {
        away.delete(id);
        cut();
      });
    }
  }

  /** A leader loses its followers in two steps, and clients go on reading from it: does it notice when another one is elected? */
  #cutOffLeader(): void {
    const { leader, coverage, settings } = this.#world;
    if (leader === undefined) return;
    coverage.note("leaders cut off and read from");
    const { nodes } = settings;
    const isHeard = this.#prng.chance(0.3);
    const cutFrom = (lost: ReadonlySet<string>) =>
      linksWhere(
        nodes,
        (from, to) => (to === leader.id && lost.has(from)) || (from === leader.id && lost.has(to) && !isHeard),
      );
    const lostFirst = new Set(nodes.filter(() => this.#prng.chance(0.5)));
    this.#do({ type: "partition", cut: cutFrom(lostFirst) });
    this.#after(this.#prng.float() * 1.5 * this.#election, () => {
      this.#do({ type: "partition", cut: cutFrom(new Set(nodes)) });
      // Those that still stood by the leader may forget it in a crash.
      if (settings.rates.crash === undefined) return;
      for (const replica of this.#world.replicas) {
        if (replica !== leader && !lostFirst.has(replica.id)) this.#crash(replica);
      }
    });
    for (let after = 0; after < 3 * this.#election; after += this.#election / 25)
      this.#after(after, () => this.#readAt(leader));
  }

  #readAt(replica: Replica): void {
    const client = this.#world.clients.find(({ isIdle }) => isIdle);
    if (client === undefined) return;
    const request = { kind: "get", key: this.#hotKey() } as const;
    this.#do({ type: "operation", client: client.name, node: replica.id, request });
  }

  #hotKey(): number {
    const { keys, operationsPerKey } = this.#world.settings.clients;
    const generation = Math.floor(this.#world.operations / (keys * operationsPerKey));
    return generation * keys + this.#prng.integer({ from: 0, to: keys - 1 });
  }

  #clog(): void {
    const [from, to] = [this.#likely().id, this.#anybody().id];
    const link = this.#prng.chance(0.5) ? `${from}>${to}` : `${to}>${from}`;
    this.#do({ type: "clog", link, ms: this.#prng.float() * 10 * this.#election });
  }

  #crash({ id, running }: Replica): void {
    if (running === undefined) return;
    this.#do({ type: "crash", node: id, ...deathFields(drawDeath(this.#prng, this.#world.settings)) });
  }

  /** A majority, or all at once. */
  #crashMany(): void {
    const { replicas, coverage } = this.#world;
    coverage.note("crashes of many at once");
    const count = this.#prng.chance(0.5) ? replicas.length : Math.floor(replicas.length / 2) + 1;
    for (const replica of this.#prng.shuffle(replicas).slice(0, count)) this.#crash(replica);
  }

  #pause(): void {
    const replica = this.#prng.chance(0.5) ? this.#likely() : this.#anybody();
    const ms = this.#prng.float() * this.#prng.pick([1, 4, 10]) * this.#election;
    if (replica.running !== undefined) this.#do({ type: "pause", node: replica.id, ms });
  }

  #changeMembership(): void {
    const { replicas } = this.#world;
    const retired = replicas.filter((replica) => replica.retired).map(({ id }) => id);
    const types = ["add-voter", "add-voter", "add-learner", "remove"] as const;
    const candidates = this.#prng.shuffle(replicas).filter((replica) => !replica.retired);
    const changes = candidates
      .slice(0, this.#prng.pick([1, 1, 2, 3]))
      .map(({ id }): MembershipChange => ({ type: this.#prng.pick(types), id }));
    const gone =
      retired.length > 0 && this.#prng.chance(0.5) ? [{ type: "remove" as const, id: this.#prng.pick(retired) }] : [];
    this.#do({ type: "membership", node: this.#likely().id, changes: [...gone, ...changes] });
  }
}
