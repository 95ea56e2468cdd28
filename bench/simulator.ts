// How fast the simulator is on one core: the cluster of the speed goal (5 replicas, heartbeats every 100 ms, 50 operations a second, all
// checks on), in calm weather and under faults, and the general swarm.
// Usage: node bench/simulator.ts [virtual seconds per run, default 300] [runs per row, default 5]
import os from "node:os";
import Table from "cli-table3";
import { drawSettings, type Settings, simulateSeed } from "../src/simulator/index.ts";

const HEARTBEAT_MS = 100;
const OPERATIONS_PER_SECOND = 50;

const [seconds = 300, runs = 5] = process.argv.slice(2).map(Number);
if (!(seconds > 0 && Number.isInteger(runs) && runs > 0)) {
  process.stderr.write(`simulator: "${process.argv.slice(2).join(" ")}" is not virtual seconds and a number of runs\n`);
  process.exit(2);
}

const calm = goalSettings(seconds * 1000);
const rows: readonly (readonly [string, (seed: string) => Settings])[] = [
  ["goal, calm", () => calm],
  ["goal, faults", (seed) => withFaults(calm, drawSettings(seed))],
  ["swarm", drawSettings],
];

const table = new Table({
  head: ["", "virtual s", "operations", "events", "events/s", "x real time", "slowest run", "x by CPU time"],
  style: { head: [], border: [] },
});
measure("1", () => calm); // compiles
for (const [name, settings] of rows) {
  process.stderr.write(`${name}\n`);
  const results = Array.from({ length: runs }, (_, at) => measure(String(at + 1), settings));
  const sum = (of: (result: Measured) => number) => results.reduce((total, result) => total + of(result), 0);
  const speed = (result: Measured) => result.virtualMs / result.wallMs;
  const whole = sum((result) => result.virtualMs) / sum((result) => result.wallMs);
  table.push([
    name,
    Math.round(sum((result) => result.virtualMs) / 1000),
    sum((result) => result.operations),
    sum((result) => result.events),
    Math.round((sum((result) => result.events) / sum((result) => result.wallMs)) * 1000),
    Math.round(whole),
    Math.round(Math.min(...results.map(speed))),
    Math.round(sum((result) => result.virtualMs) / sum((result) => result.cpuMs)),
  ]);
}
const [core] = os.cpus();
process.stdout.write(
  `${runs} runs a row, one after the other on one core; Node ${process.version}, ${core?.model ?? "unknown CPU"}\n`,
);
process.stdout.write(`${table}\n`);

interface Measured {
  readonly virtualMs: number;
  readonly operations: number;
  readonly events: number;
  readonly wallMs: number;
  /** User and system time of this process, its collector's threads too: less disturbed by what else the machine does. */
  readonly cpuMs: number;
}

function measure(seed: string, settings: (seed: string) => Settings): Measured {
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  const { violation, virtualMs, operations, events } = simulateSeed(seed, { settings: settings(seed) });
  const wallMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  if (violation !== undefined) throw new Error(`seed ${seed}: ${violation.rule}: ${violation.detail}`);
  return { virtualMs, operations, events, wallMs, cpuMs: (user + system) / 1000 };
}

/** Nothing fails, and a message takes 5 ms. */
function goalSettings(safetyMs: number): Settings {
  const nodes = ["n1", "n2", "n3", "n4", "n5"];
  const { process: drawn, clients } = drawSettings("1");
  return {
    nodes,
    voters: nodes,
    raft: { tickMs: HEARTBEAT_MS, electionTimeoutTicks: 10, heartbeatTicks: 1, resendTicks: 2, replication: "eager" },
    clocks: {},
    network: { delayMs: 5, loss: 0, duplication: 0, jitter: 0, jitterMs: 5, holding: 0, heldMaxMs: 0 },
    process: {
      ...drawn,
      gatherMs: 0,
      syncMs: 2,
      applyMs: 0,
      slowness: 0,
      pipelineMax: 4,
      crashAtBoundary: 0,
      syncError: 0,
      snapshotEvery: 1000,
      keepEntries: 100,
    },
    clients: { ...clients, count: 10, keys: 6, reads: 0.5 },
    rates: { operation: 1000 / OPERATIONS_PER_SECOND },
    safetyMs,
    operationsMin: 0,
  };
}

/** The same cluster and load with the faults that another seed drew. */
function withFaults(goal: Settings, { network, process: processes, rates }: Settings): Settings {
  return { ...goal, network, process: processes, rates: { ...rates, operation: goal.rates.operation } };
}
