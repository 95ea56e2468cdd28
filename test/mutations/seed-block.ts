// Runs a block of seeds against patched sources, in a worker of its own.
import { Worker } from "node:worker_threads";
import type { Patch } from "./planted-bug.ts";
import type { SeedNews, SeedTask } from "./seed-worker.ts";

/** A block of seeds: `from`, `from + 1`, ..., as many as `count`. */
export interface SeedBlock {
  readonly from: number;
  readonly count: number;
}

/** How a block ended. */
export interface BlockResult {
  /** Seeds that were run, the violated one included. */
  readonly seeds: number;
  /** Undefined: nobody noticed anything. */
  readonly found?: { readonly seed: string; readonly oracle: string; readonly rule: string; readonly detail: string };
  readonly wallMs: number;
}

/** A seed that takes longer than this, on a busy machine too, does not end by itself. */
const HANGS_AFTER_MS = 90_000;

/** Runs seeds one after the other until one is violated. Rejects when a patch does not apply. */
export function runBlock(
  patches: readonly Patch[],
  { from, count }: SeedBlock,
  { hangsAfterMs = HANGS_AFTER_MS }: { readonly hangsAfterMs?: number } = {},
): Promise<BlockResult> {
  const began = performance.now();
  const seeds = Array.from({ length: count }, (_, at) => `${from + at}`);
  const workerData: SeedTask = { patches, seeds };
  const worker = new Worker(new URL("seed-worker.ts", import.meta.url), { workerData });
  return new Promise((resolve, reject) => {
    let ran = 0;
    const end = (found?: BlockResult["found"]) => {
      clearTimeout(deadline);
      const wallMs = performance.now() - began;
      resolve({ seeds: ran, wallMs, ...(found && { found }) });
      void worker.terminate();
    };
    const deadline = setTimeout(() => {
      const rule = "a seed ends";
      end({ seed: seeds[ran] ?? "", oracle: "hang", rule, detail: `${rule}: not within ${hangsAfterMs} ms` });
    }, hangsAfterMs);
    worker.on("message", ({ seed, violation }: SeedNews) => {
      ran++;
      deadline.refresh();
      if (violation !== undefined) end({ seed, ...violation });
      else if (ran === seeds.length) end();
    });
    worker.on("error", (error) => {
      clearTimeout(deadline);
      reject(error);
    });
  });
}
