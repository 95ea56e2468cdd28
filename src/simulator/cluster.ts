// A whole cluster in virtual time: replicas and their network, watched by a ghost that checks every property after every event.
import { Prng } from "../base/index.ts";
import {
  isJoint,
  type LogIndex,
  type MembershipChange,
  type Message,
  membershipOf,
  type RaftStatus,
  type ReadState,
  type Ready,
  type Snapshot,
} from "../raft/index.ts";
import { encodeAscii } from "./ascii.ts";
import { Coverage } from "./coverage.ts";
import { EventQueue } from "./event-queue.ts";
import * as safety from "./safety.ts";
import { SimulatedNetwork } from "./simulated-network.ts";
import { type Boundary, type ReplicaObserver, SimulatedReplica } from "./simulated-replica.ts";
import type { Swarm } from "./swarm.ts";

/** Receives one line for each thing that happens; for people who look for the cause of a failure. */
export type Tracer = (line: string) => void;

export class Cluster implements ReplicaObserver {
  readonly swarm: Swarm;
  readonly queue = new EventQueue();
  readonly coverage = new Coverage();
  readonly network: SimulatedNetwork;
  readonly replicas: readonly SimulatedReplica[];
  readonly ghost: safety.Ghost;
  readonly #trace: Tracer | undefined;
  /** The term that a replica led when its last Ready was taken. */
  readonly #ledAtHandOut = new Map<string, number>();
  /** Terms whose election a leadership transfer began. */
  readonly #transferTerms = new Set<number>();
  readonly #leaseReads = new Set<string>();
  #commands = 0;
  #reads = 0;

  constructor(swarm: Swarm, trace?: Tracer) {
    this.swarm = swarm;
    this.#trace = trace;
    this.ghost = safety.newGhost(membershipOf(swarm.firstVoters));
    this.network = new SimulatedNetwork({
      faults: swarm.network,
      prng: new Prng(`${swarm.seed}/network`),
      queue: this.queue,
      coverage: this.coverage,
      deliver: (message) => this.#deliver(message),
    });
    const surroundings = { swarm, queue: this.queue, observer: this };
    this.replicas = swarm.ids.map((id) => new SimulatedReplica(id, surroundings));
    for (const replica of this.replicas) replica.start();
  }

  /** Lets `duration` virtual ms pass, or less if `done` holds before; returns whether it did. */
  run(duration: number, done: () => boolean = () => false): boolean {
    const until = this.queue.now + duration;
    while (this.queue.step(until)) {
      if (done()) return true;
    }
    return done();
  }

  /** The replica that leads the highest term. */
  get leader(): SimulatedReplica | undefined {
    const leaders = this.replicas.filter(({ running }) => running?.status.role === "leader");
    return leaders.sort((a, b) => (b.running?.status.term ?? 0) - (a.running?.status.term ?? 0))[0];
  }

  /** Proposes a new command; returns whether it was accepted at once (a paused replica decides later). */
  propose(replica: SimulatedReplica): boolean {
    const command = encodeAscii(`command ${++this.#commands}`);
    let accepted = false;
    replica.input("propose", (node, now) => {
      const result = node.propose(command, now);
      accepted = result.accepted;
      if (!result.accepted && result.reason === "too-many-uncommitted")
        this.coverage.note("proposals refused by limits");
    });
    return accepted;
  }

  read(replica: SimulatedReplica): void {
    const context = `read ${++this.#reads}`;
    replica.input("read", (node, now) => {
      this.ghost.readFloors.set(context, this.ghost.committed.length);
      const { role, lease } = node.status();
      const result = node.readIndex(context, now);
      if (!result.accepted) this.coverage.note("reads refused");
      else if (role !== "leader") this.coverage.note("reads forwarded by followers");
      else if (lease) this.#leaseReads.add(context);
    });
  }

  changeMembership(replica: SimulatedReplica, changes: readonly MembershipChange[]): void {
    replica.input("change membership", (node, now) => {
      const before = node.status().membership;
      const result = node.proposeMembership(changes, now);
      if (!result.accepted) {
        if (result.reason === "change-in-progress") this.coverage.note("changes refused while one is under way");
        return;
      }
      const after = node.status().membership;
      this.coverage.note(isJoint(after) ? "joint configurations begun" : "single-server changes");
      if (after.learners.some((id) => !before.learners.includes(id))) this.coverage.note("learners added");
      if (after.voters.some((id) => before.learners.includes(id))) this.coverage.note("learners promoted");
    });
  }

  transfer(replica: SimulatedReplica, target: string): void {
    replica.input("transfer", (node, now) => {
      if (node.transferLeadership(target, now).accepted) this.coverage.note("transfers begun");
    });
  }

  #deliver(message: Message): void {
    const replica = this.replicas.find(({ id }) => id === message.to);
    if (message.term < (replica?.running?.status.term ?? 0)) this.coverage.note("messages of older terms received");
    this.#trace?.(`${this.#at()} ${message.from} -> ${message.to} arrives: ${textOf(message)}`);
    replica?.input(message.type, (node, now) => node.step(message, now));
  }

  started(replica: SimulatedReplica): void {
    this.#trace?.(`${this.#at()} ${replica.id} starts`);
    if (replica.durable.hardState !== undefined) this.coverage.note("restarts");
    safety.remembersAcrossRestart(this.ghost, replica);
  }

  handled(replica: SimulatedReplica, change: { input: string; before: RaftStatus; after: RaftStatus }): void {
    const { before, after, input } = change;
    this.#traceChange(change);
    safety.indexesGrow(before, after);
    safety.electionSafety(this.ghost, after);
    const stillInTerm = before.role === "leader" && after.term === before.term;
    if (stillInTerm && after.commitIndex > before.commitIndex) this.#leaderCommits(replica, before, after);
    if (after.role === "leader") safety.matchIsDurable(replica, this.replicas);
    if (after.membership !== before.membership) {
      safety.configurationsOverlap(this.ghost, this.replicas);
      if (after.role === "leader" && isJoint(before.membership) && !isJoint(after.membership))
        this.coverage.note("joint configurations left");
    }
    this.#noteRoles(input, before, after);
  }

  taken(replica: SimulatedReplica, ready: Ready, inputs: number): void {
    safety.leaderAppendOnly(replica, ready, this.#ledAtHandOut.get(replica.id));
    safety.truncatesOnlyConflicts(replica, ready, { inputs });
    const first = ready.entries[0]?.index ?? Number.POSITIVE_INFINITY;
    if (first <= (replica.running?.handed.lastIndex ?? 0)) this.coverage.note("follower logs truncated");
  }

  handedOut(replica: SimulatedReplica, ready: Ready): void {
    const { running } = replica;
    if (running === undefined) return;
    const { role, term } = running.status;
    safety.logMatching(this.ghost, replica, ready);
    if (role === "leader" && this.#ledAtHandOut.get(replica.id) !== term)
      safety.leaderCompleteness(this.ghost, replica);
    this.#ledAtHandOut.set(replica.id, role === "leader" ? term : -1);
    if (ready.snapshot !== undefined) safety.snapshotIsCommittedPrefix(this.ghost, replica.id, ready.snapshot);
    for (const { index } of ready.committedEntries) {
      safety.stateMachineSafety(this.ghost, replica.id, index, running.handed.hashAt(index));
    }
  }

  sent(replica: SimulatedReplica, message: Message): void {
    this.#trace?.(`${this.#at()} ${message.from} -> ${message.to}: ${textOf(message)}`);
    safety.promisesAreDurable(replica, message);
    safety.oneVoteATerm(this.ghost, message);
    if (message.type === "InstallSnapshot") this.coverage.note("snapshot chunks sent");
    if (message.type === "RequestVote" && message.leadershipTransfer) this.#transferTerms.add(message.term);
    this.network.send(message);
  }

  installed(_replica: SimulatedReplica, _snapshot: Snapshot): void {
    this.coverage.note("snapshots installed");
  }

  applied(replica: SimulatedReplica, index: LogIndex, hash: number): void {
    const expected = (replica.running?.applied.index ?? 0) + 1;
    if (index !== expected) throw new safety.SafetyViolation(`${replica.id} applied ${index} instead of ${expected}`);
    safety.stateMachineSafety(this.ghost, replica.id, index, hash);
  }

  snapshotTaken(replica: SimulatedReplica, snapshot: Snapshot): void {
    this.coverage.note("snapshots taken");
    safety.snapshotIsCommittedPrefix(this.ghost, replica.id, snapshot);
  }

  readAnswered(replica: SimulatedReplica, read: ReadState): void {
    this.#trace?.(`${this.#at()} ${replica.id} answers ${read.context} at ${read.readIndex}`);
    this.coverage.note(this.#leaseReads.has(read.context) ? "reads by lease" : "reads by round");
    safety.readSeesCommitted(this.ghost, replica.id, read);
  }

  crashed(replica: SimulatedReplica, boundary: Boundary | "any time"): void {
    this.#trace?.(`${this.#at()} ${replica.id} crashes ${boundary}`);
    this.#ledAtHandOut.delete(replica.id);
    this.coverage.note(boundary === "any time" ? "crashes at any time" : `crashes ${boundary}`);
  }

  #leaderCommits(replica: SimulatedReplica, before: RaftStatus, after: RaftStatus): void {
    const { ghost, replicas } = this;
    const handed = replica.running?.handed;
    if (handed === undefined) return;
    safety.commitsOwnTerm(replica, after.commitIndex, after.term);
    const newest = { index: after.commitIndex, hash: handed.hashAt(after.commitIndex), by: replica.id };
    safety.commitIsDurable(before.membership, newest, replicas);
    if (isJoint(before.membership)) this.coverage.note("commits by a joint configuration");
    for (let index = before.commitIndex + 1; index <= after.commitIndex; index++) {
      const link = handed.at(index);
      if (link === undefined)
        throw new safety.SafetyViolation(`${replica.id} committed ${index}, which it does not hold`);
      if (index <= ghost.committed.length) {
        safety.stateMachineSafety(ghost, replica.id, index, link.hash);
        continue;
      }
      const { entry, hash } = link;
      this.coverage.note("entries committed");
      if (entry.term < after.term) this.coverage.note("entries of earlier terms committed");
      ghost.committed.push({ term: entry.term, hash, committedIn: after.term });
      if (entry.type === "membership") ghost.memberships.push({ index, membership: entry.membership });
      safety.laterLeadersHave(ghost, index, replicas);
    }
  }

  #noteRoles(input: string, before: RaftStatus, after: RaftStatus): void {
    const { coverage } = this;
    if (after.role === "leader" && before.role !== "leader") {
      coverage.note("elections won");
      if (this.#transferTerms.has(after.term)) coverage.note("elections won by transfer");
    }
    if (before.role === "candidate" && after.role !== "leader" && after.role !== "candidate") {
      coverage.note("candidates that failed");
    }
    if (before.role !== "leader" || after.role === "leader") return;
    if (input === "tick") coverage.note("leaders that stepped down by CheckQuorum");
    else if (after.term === before.term) coverage.note("leaders removed by a committed change");
  }

  #traceChange({ input, before, after }: { input: string; before: RaftStatus; after: RaftStatus }): void {
    if (this.#trace === undefined) return;
    const [one, other] = [textOfStatus(before), textOfStatus(after)];
    if (one !== other) this.#trace(`${this.#at()} ${after.id} ${input}: ${one} => ${other}`);
  }

  #at(): string {
    return this.queue.now.toFixed(2).padStart(9);
  }
}

function textOfStatus({ role, term, votedFor, lastIndex, commitIndex, membership }: RaftStatus): string {
  const { voters, votersOutgoing, learners } = membership;
  const voting = `${voters.join("")}${votersOutgoing.length > 0 ? `&${votersOutgoing.join("")}` : ""}`;
  const config = learners.length > 0 ? `${voting}+${learners.join("")}` : voting;
  return `${role} t${term} v${votedFor ?? "-"} last ${lastIndex} commit ${commitIndex} [${config}]`;
}

function textOf(message: Message): string {
  return JSON.stringify(message, (key, value) => (key === "chunk" || key === "command" ? undefined : value));
}
