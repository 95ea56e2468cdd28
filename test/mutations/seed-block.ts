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

/** A seed takes less than a second of a processor; one that takes this long does not end by itself. A busy machine does not count. */
const HANGS_AFTER_CPU_MS = 15_000;
const LOOK_EVERY_MS = 1000;

/** Runs a block of seeds, see runSeeds. */
export function runBlock(patches: readonly Patch[], { from, count }: SeedBlock): Promise<BlockResult> {
  const seeds = Array.from({ length: count }, (_, at) => `${from + at}`);
  return runSeeds(patches, seeds);
}

/** Runs seeds one after the other until one is violated. Rejects when a patch does not apply. */
export function runSeeds(patches: readonly Patch[], seeds: readonly string[]): Promise<BlockResult> {
  const began = performance.now();
  if (seeds.length === 0) return Promise.resolve({ seeds: 0, wallMs: 0 });
  const workerData: SeedTask = { patches, seeds };
  const worker = new Worker(new URL("seed-worker.ts", import.meta.url), { workerData });
  return new Promise((resolve, reject) => {
    let ran = 0;
    const end = (found?: BlockResult["found"]) => {
      watchdog.stop();
      const wallMs = performance.now() - began;
      resolve({ seeds: ran, wallMs, ...(found && { found }) });
      void worker.terminate();
    };
    const watchdog = new Watchdog(worker, () => {
      const rule = "a seed ends";
      const detail = `seed ${seeds[ran]} took more than ${HANGS_AFTER_CPU_MS} ms of a processor`;
      end({ seed: seeds[ran++] ?? "", oracle: "hang", rule, detail });
    });
    worker.on("message", ({ seed, violation }: SeedNews) => {
      ran++;
      watchdog.progressed = true;
      if (violation !== undefined) end({ seed, ...violation });
      else if (ran === seeds.length) end();
    });
    worker.on("error", (error) => {
      watchdog.stop();
      reject(error);
    });
  });
}

/** Looks now and then how much of a processor the worker has used since it last made progress. */
class Watchdog {
  progressed = false;
  #usedBefore = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(worker: Worker, hangs: () => void) {
    this.#timer = setInterval(() => {
      worker.cpuUsage().then(
        ({ user, system }) => this.#look((user + system) / 1000, hangs),
        () => this.stop(), // it has ended meanwhile
      );
    }, LOOK_EVERY_MS);
  }

  #look(usedMs: number, hangs: () => void): void {
    if (this.progressed) this.#usedBefore = usedMs;
    this.progressed = false;
    if (usedMs - this.#usedBefore > HANGS_AFTER_CPU_MS) hangs();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
