// Runs in a worker: patches what it loads, then runs a scenario.
import { parentPort, workerData } from "node:worker_threads";
import type { Scenario, Violation } from "../../src/simulator/index.ts";
import { patchModules } from "../mutations/patched-modules.ts";
import type { Patch } from "../mutations/planted-bug.ts";

/** What a worker is to do. */
export interface ScenarioTask {
  readonly patches: readonly Patch[];
  readonly scenario: Scenario;
}

/** What came of it. */
export interface ScenarioNews {
  readonly violation: Violation | undefined;
}

const { patches, scenario } = workerData as ScenarioTask;
patchModules(patches);
const { runScenario } = await import("../../src/simulator/index.ts");
const news: ScenarioNews = { violation: runScenario(scenario).violation };
parentPort?.postMessage(news);
