// A scenario: everything that determines one run, small enough to be read and edited.
import type { TraceEvent } from "../../trace/index.ts";
import type { Decision } from "../decisions.ts";
import type { Settings } from "../settings.ts";
import { type SeedReport, simulateSeed } from "../simulate-seed.ts";

/** One run, to be replayed. Election timeouts come from the seed, everything else from the settings and the decisions. */
export interface Scenario {
  readonly seed: string;
  /** `settings.safetyMs` is how long the safety phase lasts; what only draws use (rates, shares) means nothing here. */
  readonly settings: Settings;
  /** Whether the cluster heals after the safety phase and must prove that it lives. */
  readonly liveness: boolean;
  /** In the order in which they come about. */
  readonly decisions: readonly Decision[];
}

/** The scenario of a run that was recorded. Throws RangeError when the report holds no decisions. */
export function scenarioOf({ seed, settings, safetyMs, decisions }: SeedReport): Scenario {
  if (decisions === undefined) throw new RangeError(`the run of seed ${seed} was not recorded`);
  return { seed, settings: { ...withoutDraws(settings), safetyMs }, liveness: true, decisions };
}

/** Runs a scenario. A violation is in the report, never thrown. */
export function runScenario(
  { seed, settings, liveness, decisions }: Scenario,
  trace?: (event: TraceEvent) => void,
): SeedReport {
  return simulateSeed(seed, { settings, schedule: decisions, safetyOnly: !liveness, ...(trace && { trace }) });
}

/**
 * The settings that a scenario need not mention: three quick replicas and three clients. Shares and rates are zero, for a scenario draws
 * nothing.
 */
export const defaultSettings: Settings = {
  nodes: ["n1", "n2", "n3"],
  voters: ["n1", "n2", "n3"],
  raft: {
    tickMs: 50,
    electionTimeoutTicks: 10,
    heartbeatTicks: 2,
    resendTicks: 5,
    replication: "eager",
    leaseReads: false,
    clockDriftMax: 0.1,
    entriesPerMessageMax: 64,
    messageBytesMax: 1_000_000,
    pendingReadsMax: 1000,
    inflightMessagesMax: 64,
    inflightBytesMax: 1_000_000,
    uncommittedBytesMax: 1_000_000,
    snapshotChunkBytesMax: 10_000,
  },
  clocks: {},
  network: { delayMs: 5, loss: 0, duplication: 0, jitter: 0, jitterMs: 0, holding: 0, heldMaxMs: 0 },
  process: {
    gatherMs: 0,
    syncMs: 0,
    applyMs: 0,
    slowness: 0,
    slowMaxMs: 0,
    pipelineMax: 1,
    crashAtBoundary: 0,
    syncError: 0,
    tornWrites: false,
    downMaxMs: 0,
    stateSurvives: false,
    snapshotEvery: 1_000_000,
    keepEntries: 0,
  },
  clients: { count: 3, keys: 1, operationsPerKey: 1, reads: 0, attemptMs: 500, giveUpMs: 1500 },
  rates: { operation: 0 },
  safetyMs: 20_000,
  operationsMin: 0,
};

/** The same run with what only draws use at its default. */
function withoutDraws(settings: Settings): Settings {
  const { network, process, clients, rates, operationsMin } = defaultSettings;
  const { delayMs } = settings.network;
  const { gatherMs, syncMs, applyMs, pipelineMax, stateSurvives, snapshotEvery, keepEntries } = settings.process;
  const { count, attemptMs, giveUpMs } = settings.clients;
  return {
    ...settings,
    network: { ...network, delayMs },
    process: { ...process, gatherMs, syncMs, applyMs, pipelineMax, stateSurvives, snapshotEvery, keepEntries },
    clients: { ...clients, count, attemptMs, giveUpMs },
    rates,
    operationsMin,
  };
}
