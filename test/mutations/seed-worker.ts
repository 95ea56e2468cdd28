// Runs in a worker: patches what it loads, then runs seeds until one is violated.
import { parentPort, workerData } from "node:worker_threads";
import { patchModules } from "./patched-modules.ts";
import type { Patch } from "./planted-bug.ts";

/** What a worker is to do. */
export interface SeedTask {
  readonly patches: readonly Patch[];
  readonly seeds: readonly string[];
}

/** What a worker tells: after each seed that it has run, and of one that was violated. */
export interface SeedNews {
  readonly seed: string;
  readonly violation?: { readonly oracle: string; readonly rule: string; readonly detail: string; readonly at: number };
}

const { patches, seeds } = workerData as SeedTask;
patchModules(patches);
const { simulateSeed } = await import("../../src/simulator/index.ts");

for (const seed of seeds) {
  const news = run(seed);
  parentPort?.postMessage(news);
  if (news.violation !== undefined) break;
}

/** A bug may also end in an exception of the language; it would stop a replica like a broken assertion. */
function run(seed: string): SeedNews {
  try {
    const { violation } = simulateSeed(seed);
    return violation === undefined ? { seed } : { seed, violation };
  } catch (error) {
    const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { seed, violation: { oracle: "exception", rule: detail, detail, at: 0 } };
  }
}
