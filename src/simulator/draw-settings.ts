// The settings of a seed. Each family of faults is on in about half of the seeds, and its amount is drawn over orders of magnitude, so
// that combinations differ, not only amounts (swarm testing, Groce et al. 2012).
import { Prng } from "../base/index.ts";
import { logUniform } from "./distributions.ts";
import type { ClientSettings, NetworkSettings, ProcessSettings, Rates, Settings } from "./settings.ts";

const TICK_MS = 50;
const ELECTION_TICKS = 10;
const ELECTION_MS = TICK_MS * ELECTION_TICKS;

/** Draws the settings of a seed. */
export function drawSettings(seed: string): Settings {
  const prng = new Prng(`${seed}/settings`);
  const general = drawGeneral(prng);
  return prng.chance(0.25) ? temptingLeases(prng, general) : general;
}

function drawGeneral(prng: Prng): Settings {
  const size = prng.pick([1, 2, 3, 3, 3, 3, 4, 5, 5, 5, 6, 7, 9]);
  const spares = prng.integer({ from: 0, to: Math.min(3, 10 - size) });
  const nodes = Array.from({ length: size + spares }, (_, at) => `n${at + 1}`);
  const raft = drawRaft(prng);
  return {
    nodes,
    voters: nodes.slice(0, size),
    raft,
    clocks: drawClocks(prng, { nodes, drift: raft.clockDriftMax ?? 0, shares: prng.pick([[0], [0, 1, prng.float()]]) }),
    network: drawNetwork(prng),
    process: drawProcess(prng),
    clients: drawClients(prng),
    rates: drawRates(prng),
    safetyMs: 20_000,
    operationsMin: 200,
  };
}

/** Quick worlds with leaders cut off and clocks as far apart as is allowed: they tempt a leader to trust its lease too long. */
function temptingLeases(prng: Prng, general: Settings): Settings {
  const nodes = Array.from({ length: prng.integer({ from: 3, to: 5 }) }, (_, at) => `n${at + 1}`);
  const drift = prng.pick([0.1, 0.5, 0.5]);
  return {
    ...general,
    nodes,
    voters: nodes,
    raft: { ...general.raft, replication: "eager", heartbeatTicks: 1, leaseReads: true, clockDriftMax: drift },
    clocks: drawClocks(prng, { nodes, drift, shares: [0, 1] }),
    network: { ...general.network, delayMs: 5, loss: 0, duplication: 0, holding: 0.01 },
    process: { ...general.process, gatherMs: 0, syncMs: 1, applyMs: 0, crashAtBoundary: 0, downMaxMs: ELECTION_MS / 2 },
    // They give up soon, so that somebody is always there to read.
    clients: { ...general.clients, count: 10, reads: 0.6, giveUpMs: ELECTION_MS },
    rates: {
      operation: 40,
      cutOffLeader: 4 * ELECTION_MS,
      // Few temptations at a time: all together they keep each other from succeeding.
      ...prng.pick<Partial<Rates>>([
        {},
        { pause: 3 * ELECTION_MS },
        { campaign: ELECTION_MS / 2 },
        { crash: 3 * ELECTION_MS, campaign: ELECTION_MS / 2 },
        { crash: ELECTION_MS, campaign: ELECTION_MS / 4 },
        { transfer: ELECTION_MS, clog: 2 * ELECTION_MS },
        { transfer: ELECTION_MS, clog: ELECTION_MS, pause: 3 * ELECTION_MS },
      ]),
    },
  };
}

function drawRaft(prng: Prng): Settings["raft"] {
  return {
    tickMs: TICK_MS,
    electionTimeoutTicks: ELECTION_TICKS,
    heartbeatTicks: prng.integer({ from: 1, to: 4 }),
    resendTicks: prng.integer({ from: 2, to: 5 }),
    replication: prng.pick(["eager", "thrifty"]),
    leaseReads: prng.chance(0.5),
    clockDriftMax: prng.pick([0.05, 0.1, 0.5]),
    entriesPerMessageMax: prng.pick([1, 2, 64]),
    messageBytesMax: prng.pick([1, 100, 1_000_000]),
    pendingReadsMax: prng.pick([1, 1000]),
    inflightMessagesMax: prng.pick([1, 2, 64]),
    inflightBytesMax: prng.pick([30, 100, 1_000_000]),
    uncommittedBytesMax: prng.pick([300, 1_000_000]),
    snapshotChunkBytesMax: prng.pick([20, 200, 10_000]),
  };
}

/** Every clock runs faster than true time by one of the `shares` of the greatest drift. */
function drawClocks(
  prng: Prng,
  { nodes, drift, shares }: { nodes: readonly string[]; drift: number; shares: readonly number[] },
): Settings["clocks"] {
  const clock = () => ({ offsetMs: Math.floor(prng.float() * 3_600_000), speed: 1 + prng.pick(shares) * drift });
  return Object.fromEntries(nodes.map((id) => [id, clock()]));
}

function drawNetwork(prng: Prng): NetworkSettings {
  const on = () => prng.chance(0.5);
  return {
    delayMs: prng.pick([1, 5, 5, 20, 20, 80]),
    loss: on() ? logUniform(prng, { from: 0.005, to: 0.3 }) : 0,
    duplication: on() ? logUniform(prng, { from: 0.01, to: 0.5 }) : 0,
    jitter: on() ? logUniform(prng, { from: 0.05, to: 1 }) : 0,
    jitterMs: logUniform(prng, { from: 5, to: 300 }),
    holding: on() ? logUniform(prng, { from: 0.0005, to: 0.02 }) : 0,
    heldMaxMs: prng.integer({ from: 1, to: 10 }) * ELECTION_MS,
  };
}

function drawProcess(prng: Prng): ProcessSettings {
  const on = () => prng.chance(0.5);
  return {
    gatherMs: prng.pick([0, 0, 0, 0, 20, 60]),
    syncMs: prng.pick([0, 0, 2, 5, 20, 100]),
    applyMs: prng.pick([0, 0, 10]),
    slowness: on() ? logUniform(prng, { from: 0.01, to: 0.5 }) : 0,
    slowMaxMs: logUniform(prng, { from: 10, to: 1000 }),
    pipelineMax: prng.pick([1, 2, 4]),
    crashAtBoundary: prng.chance(0.4) ? logUniform(prng, { from: 0.0003, to: 0.003 }) : 0,
    syncError: prng.chance(0.4) ? logUniform(prng, { from: 0.001, to: 0.02 }) : 0,
    tornWrites: on(),
    downMaxMs: prng.pick([1, 4, 20]) * ELECTION_MS,
    stateSurvives: prng.chance(0.5),
    snapshotEvery: prng.pick([3, 5, 10, 40, 1_000_000]),
    keepEntries: prng.pick([0, 0, 2, 10]),
  };
}

function drawClients(prng: Prng): ClientSettings {
  return {
    count: prng.integer({ from: 6, to: 10 }),
    keys: prng.pick([1, 2, 3, 6]),
    operationsPerKey: prng.pick([10, 20, 40]),
    reads: prng.pick([0.2, 0.5, 0.7]),
    attemptMs: prng.pick([0.4, 1, 1]) * ELECTION_MS,
    giveUpMs: prng.pick([2, 4, 4, 6]) * ELECTION_MS,
  };
}

function drawRates(prng: Prng): Rates {
  const times = ELECTION_MS;
  const sometimes = (name: keyof Rates, { from, to, chance = 0.5 }: { from: number; to: number; chance?: number }) =>
    prng.chance(chance) ? { [name]: logUniform(prng, { from: from * times, to: to * times }) } : {};
  return {
    operation: prng.pick([30, 60, 90]),
    ...sometimes("partition", { from: 2, to: 20 }),
    ...sometimes("cutOffLeader", { from: 4, to: 20 }),
    ...sometimes("swizzle", { from: 8, to: 30, chance: 0.3 }),
    ...sometimes("clog", { from: 2, to: 20 }),
    ...sometimes("crash", { from: 2, to: 20 }),
    ...sometimes("crashMany", { from: 8, to: 40, chance: 0.2 }),
    ...sometimes("pause", { from: 2, to: 20 }),
    ...sometimes("wipe", { from: 10, to: 40, chance: 0.2 }),
    ...sometimes("membership", { from: 0.5, to: 10 }),
    ...sometimes("transfer", { from: 1, to: 10 }),
    ...sometimes("campaign", { from: 1, to: 10 }),
  };
}
