// A worker of `keelson simulate` whose runs are made up: most are sound, at once.
import type { RunTask, TaskReport } from "../../src/cli/simulate/job.ts";
import { serve } from "../../src/cli/simulate/serve.ts";

/** What goes wrong with a seed. */
export type Oddity = "violation" | "throws" | "dies" | "hangs";

const ODDITIES: Readonly<Record<string, Oddity>> = { 13: "violation", 14: "throws", 15: "dies", 16: "hangs" };

/** Seeds from here on are sound and take a while. */
const LASTING = 100;

const SOUND: TaskReport = {
  virtualMs: 20_000,
  safetyMs: 15_000,
  events: 1_000,
  operations: 200,
  coverage: { "elections won": 2, "an interesting thing": 1 },
  traceHash: "0123456789abcdef",
};

const run: RunTask = ({ seed }) => {
  switch (ODDITIES[seed]) {
    case "violation":
      return { ...SOUND, failure: { oracle: "ghost", rule: "R0 nothing is made up", detail: "it was", at: 1234 } };
    case "throws":
      throw new TypeError("a planted mistake");
    case "dies":
      process.stderr.write("last words\n");
      process.kill(process.pid, "SIGKILL");
      return wait(60_000);
    case "hangs":
      return wait(3_600_000);
    default:
      return Number(seed) >= LASTING ? wait(20) : SOUND;
  }
};

/** Works without pause, as a run does. */
function wait(ms: number): TaskReport {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  return SOUND;
}

serve(() => run);
