// What happens to a cluster in one seed: load and faults at random times, then healing, then proof that it lives.
import { Prng } from "../base/index.ts";
import type { MembershipChange } from "../raft/index.ts";
import { Cluster, type Tracer } from "./cluster.ts";
import type { Coverage } from "./coverage.ts";
import type { SimulatedReplica } from "./simulated-replica.ts";
import { ELECTION_MS, type Swarm } from "./swarm.ts";

/** A healed cluster did not come back to work. */
export class LivenessViolation extends Error {
  override readonly name = "LivenessViolation";
}

/** What one seed gave: virtual times that a healed cluster needed, and what had happened before. */
export interface RunReport {
  readonly coverage: Coverage;
  readonly probeAfterMs: number;
  readonly convergedAfterMs: number;
}

/** How long a healed cluster may take to commit something and to converge, virtual ms; and for each entry that it must move. */
const PROBE_WITHIN_MS = 20 * ELECTION_MS;
const CONVERGED_WITHIN_MS = 60 * ELECTION_MS;
/** With the smallest limits, an entry a round trip is what eager followers get, and an entry a heartbeat what thrifty ones get. */
const ENTRY_BY_ROUND_TRIP_MS = 0.1 * ELECTION_MS;
const ENTRY_BY_HEARTBEAT_MS = 0.6 * ELECTION_MS;
/** Then the last pauses end and the last held messages arrive, a TimeoutNow perhaps; afterwards nothing may disturb the leader. */
const SETTLED_AFTER_MS = 12 * ELECTION_MS;
const CALM_MS = 5 * ELECTION_MS;

/** Runs one seed's world. Throws SafetyViolation, LivenessViolation or the core's own AssertionError. */
export function runSeed(swarm: Swarm, trace?: Tracer): RunReport {
  trace?.(JSON.stringify(swarm));
  const cluster = new Cluster(swarm, trace);
  new Chaos(cluster).begin();
  cluster.run(swarm.chaosMs);
  return proveLife(cluster, trace);
}

class Chaos {
  readonly #cluster: Cluster;
  readonly #prng: Prng;
  #over = false;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#prng = new Prng(`${cluster.swarm.seed}/chaos`);
  }

  begin(): void {
    const { rates, chaosMs } = this.#cluster.swarm;
    this.#every(rates.propose, () => this.#cluster.propose(this.#somebodyLikely()));
    this.#every(rates.read, () => this.#cluster.read(this.#somebodyLikely()));
    this.#every(rates.partition, () => this.#partition());
    this.#every(rates.cutOff, () => this.#cutOffLeader());
    this.#every(rates.crash, () => this.#somebody().crash("any time"));
    this.#every(rates.crashAll, () => {
      for (const replica of this.#cluster.replicas) replica.crash("any time");
    });
    this.#every(rates.pause, () => this.#pause());
    this.#every(rates.membership, () => this.#changeMembership());
    this.#every(rates.transfer, () => this.#cluster.transfer(this.#somebodyLikely(), this.#somebody().id));
    this.#every(rates.campaign, () => this.#somebody().input("campaign", (node, now) => node.campaign(now)));
    this.#cluster.queue.after(chaosMs, () => {
      this.#over = true;
    });
  }

  /** Exponentially distributed pauses, so that some events come in bursts. */
  #every(mean: number | undefined, act: () => void): void {
    if (mean === undefined) return;
    this.#after(-Math.log(1 - this.#prng.float()) * mean, () => {
      act();
      this.#every(mean, act);
    });
  }

  /** Does something later, unless everything has healed by then. */
  #after(delay: number, act: () => void): void {
    this.#cluster.queue.after(delay, () => {
      if (!this.#over) act();
    });
  }

  #somebody(): SimulatedReplica {
    return this.#prng.pick(this.#cluster.replicas);
  }

  /** Mostly a replica that believes to lead: others only refuse. */
  #somebodyLikely(): SimulatedReplica {
    const leaders = this.#cluster.replicas.filter(({ running }) => running?.status.role === "leader");
    return leaders.length > 0 && this.#prng.chance(0.8) ? this.#prng.pick(leaders) : this.#somebody();
  }

  #pause(): void {
    const replica = this.#prng.chance(0.5) ? this.#somebodyLikely() : this.#somebody();
    if (replica.running === undefined) return;
    replica.pausedUntil = this.#cluster.queue.now + this.#prng.float() * 4 * ELECTION_MS;
    this.#cluster.coverage.note("pauses");
  }

  #partition(): void {
    const { network, replicas, coverage } = this.#cluster;
    const ids = replicas.map(({ id }) => id);
    const one = this.#somebodyLikely().id;
    const half = new Set(ids.filter(() => this.#prng.chance(0.5)));
    const bridge = this.#somebody().id;
    const apart = (from: string, to: string) => half.has(from) !== half.has(to);
    const shapes: ((from: string, to: string) => boolean)[] = [
      () => false,
      apart,
      (from, to) => from === one || to === one,
      (from) => from === one,
      (_from, to) => to === one,
      (from, to) => apart(from, to) && half.has(from),
      (from, to) => apart(from, to) && from !== bridge && to !== bridge,
    ];
    const shape = this.#prng.integer({ from: 0, to: shapes.length - 1 });
    if (shape > 0) coverage.note("partitions");
    if (shape >= 3 && shape <= 5) coverage.note("one-way partitions");
    network.partition(ids, shapes[shape] ?? (() => false));
  }

  /** A leader loses its followers in two steps, and clients go on reading from it: does it notice when another one is elected? */
  #cutOffLeader(): void {
    const { leader, network, replicas, coverage, swarm } = this.#cluster;
    if (leader === undefined) return;
    coverage.note("leaders cut off and read from");
    const ids = replicas.map(({ id }) => id);
    const isHeard = this.#prng.chance(0.3);
    const cutFrom = (lost: ReadonlySet<string>) => (from: string, to: string) =>
      (to === leader.id && lost.has(from)) || (from === leader.id && lost.has(to) && !isHeard);
    const lostFirst = new Set(ids.filter(() => this.#prng.chance(0.5)));
    network.partition(ids, cutFrom(lostFirst));
    this.#after(this.#prng.float() * 1.5 * ELECTION_MS, () => {
      network.partition(ids, cutFrom(new Set(ids)));
      const faithful = replicas.filter((replica) => replica !== leader && !lostFirst.has(replica.id));
      // Those that still stood by the leader may forget it in a crash.
      if (swarm.rates.crash !== undefined) for (const replica of faithful) replica.crash("any time");
    });
    for (let after = 0; after < 3 * ELECTION_MS; after += ELECTION_MS / 20) {
      this.#after(after, () => this.#cluster.read(leader));
    }
  }

  #changeMembership(): void {
    const types = ["add-voter", "add-voter", "add-learner", "remove"] as const;
    const count = this.#prng.pick([1, 1, 2, 3]);
    const ids = this.#prng.shuffle(this.#cluster.swarm.ids).slice(0, count);
    const changes = ids.map((id): MembershipChange => ({ type: this.#prng.pick(types), id }));
    this.#cluster.changeMembership(this.#somebodyLikely(), changes);
  }
}

/** After healing: a leader, a committed probe, the same log everywhere, and then no more elections. */
function proveLife(cluster: Cluster, trace: Tracer | undefined): RunReport {
  trace?.("--- heal");
  cluster.network.heal();
  for (const replica of cluster.replicas) {
    replica.healed = true;
    replica.pausedUntil = 0;
    replica.restart();
  }
  const healedAt = cluster.queue.now;
  const longestLog = Math.max(...cluster.replicas.map(({ running }) => running?.status.lastIndex ?? 0));
  const uncommitted = longestLog - cluster.ghost.committed.length;
  const probeWithin = PROBE_WITHIN_MS + uncommitted * ENTRY_BY_ROUND_TRIP_MS;
  if (!cluster.run(probeWithin, probe(cluster))) {
    throw new LivenessViolation(`no probe was committed within ${probeWithin} virtual ms: ${describe(cluster)}`);
  }
  const probeAfterMs = cluster.queue.now - healedAt;
  const convergedWithin = CONVERGED_WITHIN_MS + longestLog * ENTRY_BY_HEARTBEAT_MS;
  if (!cluster.run(convergedWithin, () => hasConverged(cluster))) {
    throw new LivenessViolation(`logs differ ${convergedWithin} virtual ms later: ${describe(cluster)}`);
  }
  const convergedAfterMs = cluster.queue.now - healedAt;
  cluster.run(SETTLED_AFTER_MS);
  const { term } = cluster.leader?.running?.status ?? { term: 0 };
  cluster.run(CALM_MS);
  const after = cluster.leader?.running?.status;
  if (after?.term !== term) throw new LivenessViolation(`an election without need: term ${term} became ${after?.term}`);
  return { coverage: cluster.coverage, probeAfterMs, convergedAfterMs };
}

/** Proposes now and then to whoever leads, until one of these commands is committed. */
function probe(cluster: Cluster): () => boolean {
  const { ghost, queue } = cluster;
  const committedBefore = ghost.committed.length;
  let committed = false;
  let proposedIn = 0;
  const ask = () => {
    const { leader } = cluster;
    const term = leader?.running?.status.term ?? 0;
    committed = ghost.committed
      .slice(committedBefore)
      .some((entry) => entry.term === proposedIn && entry.committedIn === term);
    if (committed) return;
    if (leader !== undefined && cluster.propose(leader)) proposedIn = term;
    queue.after(ELECTION_MS / 10, ask);
  };
  ask();
  return () => committed;
}

function hasConverged(cluster: Cluster): boolean {
  const status = cluster.leader?.running?.status;
  if (status === undefined || status.membership.votersOutgoing.length > 0) return false;
  const { voters, learners } = status.membership;
  const last = cluster.ghost.committed.length;
  return [...voters, ...learners].every((member) => {
    const running = cluster.replicas.find(({ id }) => id === member)?.running;
    return running?.applied.index === last && running.status.lastIndex === last;
  });
}

function describe(cluster: Cluster): string {
  const states = cluster.replicas.map(({ running, id }) => {
    const { role, term, lastIndex } = running?.status ?? {};
    return `${id} ${role} of term ${term} last ${lastIndex} applied ${running?.applied.index}`;
  });
  return `${states.join("; ")}; committed ${cluster.ghost.committed.length}`;
}
