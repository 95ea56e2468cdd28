// Watches the replicas of a run: holds every rule against every event, and counts what came about.
import {
  type Entry,
  isJoint,
  type LogIndex,
  type Membership,
  type Message,
  type ReadState,
  type Ready,
  type Snapshot,
} from "../raft/index.ts";
import type { CoverageCounter } from "./coverage.ts";
import type { Boundary } from "./decisions.ts";
import type { Recovered } from "./disk/replica-storage.ts";
import type { CrashDamage } from "./disk/simulated-disk.ts";
import * as clients from "./ghost/client-rules.ts";
import * as elections from "./ghost/election-rules.ts";
import { committedHash, type Ghost, newGhost, violated } from "./ghost/ghost.ts";
import * as logs from "./ghost/log-rules.ts";
import * as memberships from "./ghost/membership-rules.ts";
import * as stateMachines from "./ghost/state-machine-rules.ts";
import type { Replica, ReplicaObserver } from "./replica.ts";
import type { Input, Running } from "./replica-state.ts";
import { decodeCommand } from "./store/command.ts";
import type { WriteResult } from "./store/key-value-store.ts";
import { sweep } from "./sweep.ts";

/** What the watch passes on. */
export interface WatchListener {
  sent(replica: Replica, message: Message): void;
  applied(replica: Replica, running: Running, entry: Entry, result: WriteResult | undefined): void;
  readable(replica: Replica, running: Running, read: ReadState): void;
  leaderChanged(): void;
  /** For the journal: the events themselves. */
  started(replica: Replica): void;
  changed(replica: Replica, running: Running, input: Input): void;
  handedOut(replica: Replica, running: Running, ready: Ready): void;
  persisted(replica: Replica, ready: Ready): void;
  crashed(replica: Replica, why: string): void;
  compacted(replica: Replica, snapshot: Snapshot): void;
}

/** Events between two sweeps over the whole cluster. */
const SWEEP_EVERY = 4096;

export class Watch implements ReplicaObserver {
  readonly ghost: Ghost;
  readonly sessions = new clients.Sessions();
  /** In a run: set once, when they exist. */
  replicas: readonly Replica[] = [];
  readonly #coverage: CoverageCounter;
  readonly #listener: WatchListener;
  /** Terms whose election a leadership transfer began. */
  readonly #transferTerms = new Set<number>();
  /** What the latest input brought, if that was a message. */
  #lastMessage: Message | undefined;
  #handled = 0;

  constructor(options: {
    nodes: readonly string[];
    membership: Membership;
    coverage: CoverageCounter;
    listener: WatchListener;
  }) {
    this.ghost = newGhost(options.nodes, options.membership);
    this.#coverage = options.coverage;
    this.#listener = options.listener;
  }

  logHashAt(index: LogIndex): number {
    return committedHash(this.ghost, index);
  }

  started(replica: Replica, recovered: Recovered): void {
    if (recovered.hardState !== undefined) this.#coverage.note("restarts");
    if (recovered.tornBytes > 0) this.#coverage.note("torn tails cut off");
    const { running } = replica;
    if (running === undefined) return;
    stateMachines.recoversWhatWasSynced(replica.id, { found: recovered.sequence, synced: replica.syncedSequence });
    elections.remembersAcrossRestart(this.ghost, replica, running);
    elections.findsItsPromises(this.ghost, replica, recovered.hardState);
    const { snapshot } = recovered;
    if (snapshot !== undefined) this.#checkSnapshot(replica, running, snapshot);
    this.#listener.started(replica);
  }

  handled(replica: Replica, running: Running, input: Input): void {
    const { node, seen } = running;
    elections.termsGrow(replica, running);
    logs.commitGrows(replica, running);
    if (input.type === "message") this.#checkMessage(replica, running, input.message);
    if (input.type === "propose" || input.type === "membership") memberships.transferringTakesNothing(replica, running);
    const isLeader = node.role === "leader";
    if (isLeader && seen.role !== "leader") this.#becameLeader(replica, running);
    if (node.commitIndex > seen.commitIndex) {
      if (isLeader || (seen.role === "leader" && node.term === seen.term)) this.#leaderCommits(replica, running);
      memberships.removedLeaderStepsDown(replica, running);
    }
    if (node.membership !== seen.membership) this.#changedMembership(running);
    this.#lastMessage = input.type === "message" ? input.message : undefined;
    if (node.role !== seen.role || node.term !== seen.term) this.#changedRole(input, running);
    if (isChanged(running)) this.#listener.changed(replica, running, input);
    see(running);
    if (++this.#handled % SWEEP_EVERY === 0) sweep(this.ghost, this.replicas);
  }

  taken(replica: Replica, running: Running, ready: Ready, inputs: number): void {
    logs.leaderAppendOnly(replica, running, ready);
    logs.truncatesOnlyConflicts(replica, running, { ready, inputs });
    const first = ready.entries[0];
    if (first !== undefined && first.index <= running.handed.lastIndex) this.#coverage.note("follower logs truncated");
  }

  handedOut(replica: Replica, running: Running, ready: Ready, inputs: number): void {
    const { ghost } = this;
    const { node, handed } = running;
    const isLeader = node.role === "leader";
    if (ready.entries.length > 0) {
      logs.logMatching(ghost, replica, running, ready);
      memberships.usesLastConfiguration(replica, running);
      memberships.oneChangeAtATime(replica, running, ready);
    }
    if (isLeader && running.ledTerm !== node.term) logs.leaderCompleteness(ghost, replica, running);
    running.ledTerm = isLeader ? node.term : undefined;
    running.handedCommit =
      ready.committedEntries.at(-1)?.index ?? ready.snapshot?.lastIncludedIndex ?? running.handedCommit;
    if (ready.snapshot !== undefined) stateMachines.snapshotIsCommittedPrefix(ghost, replica, ready.snapshot);
    for (const { index } of ready.committedEntries)
      logs.committedIsEqual(ghost, replica.id, index, handed.hashAt(index));
    for (const message of ready.messagesAfterPersist) {
      elections.votesForUpToDateLogs(ghost, replica, { message, handed, inputs });
      if (inputs === 1) elections.repeatsItsVote(replica, { running, message, request: this.#lastMessage });
    }
    this.#listener.handedOut(replica, running, ready);
  }

  persisted(replica: Replica, ready: Ready): void {
    const { hardState } = replica.durable;
    if (hardState !== undefined) this.ghost.hardStates.set(replica.number, hardState);
    this.#listener.persisted(replica, ready);
  }

  sent(replica: Replica, message: Message): void {
    elections.promisesAreDurable(replica, message);
    elections.oneVoteATerm(this.ghost, replica, message);
    elections.noteCandidate(this.ghost, replica, message);
    if (message.type === "InstallSnapshot") this.#coverage.note("snapshot chunks sent");
    if (message.type === "RequestVote" && message.leadershipTransfer) this.#transferTerms.add(message.term);
    this.#listener.sent(replica, message);
  }

  installed(replica: Replica, running: Running, snapshot: Snapshot): void {
    this.#coverage.note("snapshots installed");
    this.#checkSnapshot(replica, running, snapshot);
  }

  applied(replica: Replica, running: Running, entry: Entry, result: WriteResult | undefined): void {
    const { index } = entry;
    stateMachines.appliesInOrder(replica, running, index);
    stateMachines.statesAreEqual(this.ghost, replica, index, running.store.hash);
    if (entry.type === "command" && result !== undefined) {
      clients.answersAlike(this.sessions, { command: decodeCommand(entry.command), result, id: replica.id });
    }
    this.#listener.applied(replica, running, entry, result);
  }

  compacted(replica: Replica, snapshot: Snapshot, { forgotTo }: { forgotTo: LogIndex }): void {
    this.#coverage.note("snapshots taken");
    stateMachines.snapshotIsCommittedPrefix(this.ghost, replica, snapshot);
    stateMachines.compactsOnlySnapshots(replica, { snapshot, forgotTo });
    this.#listener.compacted(replica, snapshot);
  }

  readable(replica: Replica, running: Running, read: ReadState): void {
    this.#listener.readable(replica, running, read);
  }

  crashed(replica: Replica, why: string, { lost, kept, torn }: CrashDamage): void {
    if (isBoundary(why)) this.#coverage.note(`crashes ${why}`);
    else if (why === "any time") this.#coverage.note("crashes at any time");
    else if (why === "sync error") this.#coverage.note("syncs failed");
    if (lost > 0) this.#coverage.note("un-synced writes lost", lost);
    if (kept > 0) this.#coverage.note("un-synced writes kept", kept);
    if (torn > 0) this.#coverage.note("un-synced writes torn", torn);
    if (lost + kept + torn > 0) this.#coverage.note("crashes while writing");
    this.#listener.crashed(replica, why);
  }

  #checkSnapshot(replica: Replica, running: Running, snapshot: Snapshot): void {
    stateMachines.snapshotIsCommittedPrefix(this.ghost, replica, snapshot);
    if (running.appliedIndex !== snapshot.lastIncludedIndex) return;
    stateMachines.statesAreEqual(this.ghost, replica, snapshot.lastIncludedIndex, running.store.hash);
  }

  #checkMessage(replica: Replica, running: Running, message: Message): void {
    const { node, seen } = running;
    if (message.term < seen.term) {
      this.#coverage.note("messages of older terms received");
      elections.staleMessagesChangeNothing(this.ghost, replica, { running, message });
    }
    logs.commitsOnlyVerified(replica, running, message);
    if (node.role !== "leader") return;
    if (message.type === "AppendEntriesResponse" || message.type === "InstallSnapshotResponse") {
      const follower = this.replicas[this.ghost.numbers.get(message.from) ?? -1];
      logs.matchIsDurable(replica, running, follower);
      logs.matchGrows(this.ghost, replica, { node, follower });
    }
  }

  #becameLeader(replica: Replica, running: Running): void {
    elections.electionSafety(this.ghost, replica, running);
    elections.electedByQuorum(this.ghost, replica, running);
    this.#coverage.note("elections won");
    if (this.#transferTerms.has(running.node.term)) this.#coverage.note("elections won by transfer");
    this.#listener.leaderChanged();
  }

  #leaderCommits(replica: Replica, running: Running): void {
    const { ghost, replicas } = this;
    const { node, seen, handed } = running;
    logs.commitsOwnTerm(replica, running);
    const hash = handed.hashAt(node.commitIndex) ?? Number.NaN;
    logs.commitIsDurable(seen.membership, { index: node.commitIndex, hash, by: replica.id }, replicas);
    if (isJoint(seen.membership)) this.#coverage.note("commits by a joint configuration");
    for (let index = seen.commitIndex + 1; index <= node.commitIndex; index++) {
      const entry = handed.entryAt(index);
      const entryHash = handed.hashAt(index) ?? Number.NaN;
      if (entry === undefined) violated("R10 commit is durable on a quorum", `${replica.id} committed ${index} unseen`);
      if (index <= ghost.committed.length) logs.committedIsEqual(ghost, replica.id, index, entryHash);
      else this.#firstCommit(entry, { hash: entryHash, committedIn: node.term });
    }
  }

  #firstCommit(entry: Entry, { hash, committedIn }: { hash: number; committedIn: number }): void {
    const { ghost, replicas } = this;
    const { index, term } = entry;
    this.#coverage.note("entries committed");
    if (term < committedIn) this.#coverage.note("entries of earlier terms committed");
    logs.noteCommitted(ghost, { index, term, hash, committedIn });
    if (entry.type === "membership") ghost.memberships.push({ index, membership: entry.membership });
    if (entry.type === "command" && clients.noteCommand(this.sessions, decodeCommand(entry.command), index)) {
      this.#coverage.note("operations committed twice, applied once");
    }
    logs.laterLeadersHave(ghost, index, replicas);
  }

  #changedMembership(running: Running): void {
    const { node, seen } = running;
    memberships.configurationsOverlap(this.ghost, this.replicas);
    if (node.role === "leader") logs.forgetMatches(this.ghost, running, this.replicas);
    if (node.role === "leader" && isJoint(seen.membership) && !isJoint(node.membership)) {
      this.#coverage.note("joint configurations left");
    }
  }

  #changedRole(input: Input, { node, seen }: Running): void {
    if (seen.role === "candidate" && node.role !== "leader" && node.role !== "candidate") {
      this.#coverage.note("candidates that failed");
    }
    if (seen.role !== "leader" || node.role === "leader") return;
    if (input.type === "tick") this.#coverage.note("leaders that stepped down by CheckQuorum");
    else if (node.term === seen.term) this.#coverage.note("leaders removed by a committed change");
  }
}

function isChanged({ node, seen }: Running): boolean {
  return (
    node.role !== seen.role ||
    node.term !== seen.term ||
    node.votedFor !== seen.votedFor ||
    node.commitIndex !== seen.commitIndex ||
    node.membership !== seen.membership
  );
}

function see({ node, seen }: Running): void {
  seen.role = node.role;
  seen.term = node.term;
  seen.votedFor = node.votedFor;
  seen.commitIndex = node.commitIndex;
  seen.lastIndex = node.lastIndex;
  seen.electionElapsedTicks = node.electionElapsedTicks;
  seen.membership = node.membership;
}

const BOUNDARIES: readonly string[] = [
  "before sending",
  "before persisting",
  "after persisting",
  "before applying",
  "after applying",
] satisfies readonly Boundary[];

function isBoundary(why: string): why is Boundary {
  return BOUNDARIES.includes(why);
}
