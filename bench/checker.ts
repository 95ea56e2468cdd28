// How fast the linearizability checker is: model steps (calls of the model's step function) a second on one core, on register histories.
// Usage: node bench/checker.ts [runs per workload, default 7]
import Table from "cli-table3";
import { casRegisterModel, checkHistory } from "../src/checker/index.ts";
import { type RegisterWorkload, registerHistory, withWrongRead } from "./checker-histories.ts";

interface Workload extends Omit<RegisterWorkload, "seed"> {
  readonly name: string;
  /** One read is made to see this value instead of its own. */
  readonly wrong?: number;
}

const mixed = { values: 5, reads: 0.34, cas: 0.33, unknown: 0 };

const workloads: readonly Workload[] = [
  { name: "5 clients, 50,000 operations", clients: 5, operations: 50_000, ...mixed },
  { name: "20 clients, 20,000 operations", clients: 20, operations: 20_000, ...mixed },
  { name: "50 clients, 2,000 operations", clients: 50, operations: 2_000, ...mixed },
  {
    name: "20 clients, reads and writes of 100 values",
    clients: 20,
    operations: 20_000,
    values: 100,
    reads: 0.5,
    cas: 0,
    unknown: 0,
  },
  { name: "10 clients, 5 % unknown", clients: 10, operations: 2_000, ...mixed, unknown: 0.05 },
  { name: "10 clients, 20 % unknown, a wrong read", clients: 10, operations: 300, ...mixed, unknown: 0.2, wrong: 0 },
  {
    name: "60 clients, reads and writes of 50 values",
    clients: 60,
    operations: 2_000,
    values: 50,
    reads: 0.5,
    cas: 0.1,
    unknown: 0,
  },
];

const runs = Number(process.argv[2] ?? 7);
if (!Number.isInteger(runs) || runs < 1) {
  process.stderr.write(`checker: "${process.argv[2]}" is not a number of runs (1 or more)\n`);
  process.exit(2);
}
const table = new Table({
  head: ["workload", "verdict", "operations", "steps", "median ms", "million steps/s"],
  style: { head: [], border: [] },
});
for (const workload of workloads) {
  process.stderr.write(`${workload.name}\n`);
  table.push(row(workload));
}
process.stdout.write(
  `median of ${runs} runs after one to warm up, at most 10 million steps each, node ${process.version}\n${table}\n`,
);

function row(workload: Workload): string[] {
  const seed = "bench";
  const right = registerHistory({ ...workload, seed });
  const history = workload.wrong === undefined ? right : withWrongRead(right, { seed, value: workload.wrong });
  const request = { model: casRegisterModel(), history, stepsMax: 10_000_000 };
  const { verdict, steps } = checkHistory(request);
  const times = Array.from({ length: runs }, () => {
    const began = performance.now();
    checkHistory(request);
    return performance.now() - began;
  });
  const median = times.sort((left, right) => left - right)[Math.floor(runs / 2)] ?? 0;
  const rate = steps / median / 1000;
  return [workload.name, verdict, String(history.length), String(steps), median.toFixed(1), rate.toFixed(2)];
}
