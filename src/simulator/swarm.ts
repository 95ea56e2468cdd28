// What differs from seed to seed: size, settings, limits, loads, and which faults happen how often.
import { Prng } from "../base/index.ts";
import type { RaftOptions } from "../raft/index.ts";

/** How one seed's network treats a message. Probabilities 0 .. 1, times in virtual ms. */
export interface NetworkFaults {
  readonly loss: number;
  readonly duplication: number;
  /** The longest usual delay; messages overtake each other within it. */
  readonly delayMax: number;
  /** A message is held for up to `heldMax` ms: it arrives after elections that it knows nothing of. */
  readonly holding: number;
  readonly heldMax: number;
}

/** How long a replica takes for each step of a Ready, and where it dies. Times in virtual ms. */
export interface ShellSettings {
  /** Inputs gather up to this long before their Ready is taken; 0: a Ready after every input. */
  readonly gatherMax: number;
  readonly persistMax: number;
  readonly applyMax: number;
  /** Readys under way at once. */
  readonly pipelineMax: number;
  /** How late a tick may be; the next one is on time again. */
  readonly tickLateMax: number;
  /** Chance of a crash at each boundary between two steps of a Ready. */
  readonly crashAtBoundary: number;
  readonly restartMax: number;
  /** Whether the state machine survives a crash, or is built again from the snapshot. */
  readonly stateSurvives: boolean;
  /** A snapshot is taken when this many entries have been applied since the last; so many entries are kept before it. */
  readonly snapshotEvery: number;
  readonly keepEntries: number;
}

/** Mean time between two events of a kind, virtual ms, over the whole cluster; undefined: it does not happen in this seed. */
export interface Rates {
  readonly propose: number;
  readonly read: number;
  readonly partition: number | undefined;
  readonly cutOff: number | undefined;
  readonly crash: number | undefined;
  readonly crashAll: number | undefined;
  readonly pause: number | undefined;
  readonly membership: number | undefined;
  readonly transfer: number | undefined;
  readonly campaign: number | undefined;
}

/** Everything that a seed decides before the run. */
export interface Swarm {
  readonly seed: string;
  readonly ids: readonly string[];
  readonly firstVoters: readonly string[];
  /** Virtual ms of faults before everything heals. */
  readonly chaosMs: number;
  readonly raft: Omit<RaftOptions, "id">;
  readonly network: NetworkFaults;
  readonly shell: ShellSettings;
  readonly rates: Rates;
}

const TICK_MS = 10;
const ELECTION_TICKS = 10;
/** The shortest election timeout in virtual ms: the unit of most durations here. */
export const ELECTION_MS = TICK_MS * ELECTION_TICKS;

/** Draws a seed's world. Each family of faults is on in half of the seeds, so that combinations differ, not only amounts. */
export function drawSwarm(seed: string): Swarm {
  const prng = new Prng(`${seed}/swarm`);
  const size = prng.pick([1, 2, 3, 3, 3, 4, 5, 5, 7]);
  const spares = size === 7 ? 0 : prng.integer({ from: 0, to: Math.min(2, 7 - size) });
  const ids = Array.from({ length: size + spares }, (_, at) => `${at + 1}`);
  return {
    seed,
    ids,
    firstVoters: ids.slice(0, size),
    chaosMs: prng.pick([1000, 2000, 4000]),
    raft: drawRaft(prng),
    network: drawNetwork(prng),
    shell: drawShell(prng),
    rates: drawRates(prng),
  };
}

/** Worlds that tempt a leader to trust its lease too long: quick, with leaders cut off, and clocks as far apart as is allowed. */
export function drawLeaseSwarm(seed: string): Swarm {
  const general = drawSwarm(seed);
  const prng = new Prng(`${seed}/lease`);
  const voters = prng.integer({ from: 3, to: 5 });
  const ids = Array.from({ length: voters }, (_, at) => `${at + 1}`);
  return {
    ...general,
    ids,
    firstVoters: ids,
    chaosMs: 3000,
    raft: {
      ...general.raft,
      replication: "eager",
      heartbeatTicks: 1,
      leaseReads: true,
      clockDriftMax: prng.pick([0.1, 0.9]),
    },
    network: { loss: 0, duplication: 0, delayMax: 3, holding: 0.01, heldMax: 3 * ELECTION_MS },
    shell: {
      ...general.shell,
      gatherMax: 0,
      persistMax: 1,
      applyMax: 0,
      crashAtBoundary: 0,
      restartMax: ELECTION_MS / 2,
    },
    rates: {
      propose: 10,
      read: 10,
      partition: 400,
      cutOff: 400,
      crash: prng.chance(0.5) ? 300 : undefined,
      crashAll: undefined,
      pause: prng.chance(0.5) ? 300 : undefined,
      membership: undefined,
      transfer: prng.chance(0.5) ? 100 : undefined,
      campaign: prng.chance(0.5) ? 100 : undefined,
    },
  };
}

function drawRaft(prng: Prng): Omit<RaftOptions, "id"> {
  return {
    tickMs: TICK_MS,
    electionTimeoutTicks: ELECTION_TICKS,
    heartbeatTicks: prng.integer({ from: 1, to: 4 }),
    resendTicks: prng.integer({ from: 2, to: 5 }),
    replication: prng.pick(["eager", "thrifty"]),
    leaseReads: prng.chance(0.5),
    clockDriftMax: prng.pick([0.1, 0.9]),
    entriesPerMessageMax: prng.pick([1, 2, 64]),
    messageBytesMax: prng.pick([1, 100, 1_000_000]),
    pendingReadsMax: prng.pick([1, 1000]),
    inflightMessagesMax: prng.pick([1, 2, 64]),
    inflightBytesMax: prng.pick([30, 100, 1_000_000]),
    uncommittedBytesMax: prng.pick([200, 1_000_000]),
    snapshotChunkBytesMax: prng.pick([7, 20, 1000]),
  };
}

function drawNetwork(prng: Prng): NetworkFaults {
  return {
    loss: prng.chance(0.5) ? prng.float() * 0.3 : 0,
    duplication: prng.chance(0.5) ? prng.float() * 0.3 : 0,
    delayMax: prng.pick([2, 5, 15, 40]),
    holding: prng.chance(0.5) ? 0.001 + prng.float() * 0.02 : 0,
    heldMax: prng.integer({ from: 1, to: 10 }) * ELECTION_MS,
  };
}

function drawShell(prng: Prng): ShellSettings {
  return {
    gatherMax: prng.pick([0, 0, 5, 15]),
    persistMax: prng.pick([0, 2, 10, 30]),
    applyMax: prng.pick([0, 2, 10]),
    pipelineMax: prng.pick([1, 2, 4]),
    tickLateMax: prng.pick([0, TICK_MS]),
    crashAtBoundary: prng.chance(0.3) ? 0.0005 + prng.float() * 0.003 : 0,
    restartMax: prng.pick([1, 5, 20]) * ELECTION_MS,
    stateSurvives: prng.chance(0.5),
    snapshotEvery: prng.pick([3, 5, 10, 40, 1_000_000]),
    keepEntries: prng.pick([0, 0, 2, 10]),
  };
}

function drawRates(prng: Prng): Rates {
  const sometimes = (from: number, to: number) => (prng.chance(0.5) ? prng.integer({ from, to }) : undefined);
  return {
    propose: prng.pick([5, 20, 60]),
    read: prng.pick([4, 15, 60]),
    partition: sometimes(50, 600),
    cutOff: sometimes(200, 600),
    crash: sometimes(100, 1000),
    crashAll: prng.chance(0.1) ? 700 : undefined,
    pause: sometimes(100, 800),
    membership: sometimes(40, 400),
    transfer: sometimes(60, 600),
    campaign: sometimes(60, 600),
  };
}
