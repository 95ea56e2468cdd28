// Correctness: the rules that a run must keep to pass at all, the original's and ours.
import { checkHistory, type KeyValueInput, type KeyValueOutput, keyValueModel } from "../../checker/index.ts";
import type { CourseConfig } from "./config.ts";
import type { Check, Operation, Verdict } from "./result.ts";
import type { WorldOutcome } from "./world.ts";

/** Judges a finished run by every rule, in the order in which a report shows them. */
export function checkRun(config: CourseConfig, outcome: WorldOutcome): Check[] {
  return [
    incorrectCheck(outcome),
    diedCheck(outcome),
    conductCheck(outcome),
    storedCheck(outcome),
    unansweredCheck("get", { config, outcome }),
    unansweredCheck("put", { config, outcome }),
    generatedCheck(config, outcome),
    floorCheck(config, outcome),
    linearizableCheck(outcome),
  ];
}

/** Fewer messages than this cannot replicate the puts: half a message for each put and replica. */
export function messageFloor({ requests, replicas, mix }: CourseConfig): number {
  // Fractions like 0.2 have no exact double: 500 x 5 x (1 - 0.2) / 2 is to be 1000, not 1000.0000000000001.
  return Number((requests * replicas * (1 - mix) * 0.5).toFixed(6));
}

/** Verdicts that have a check of their own; every other failing one fails "conduct". */
const OWN_CHECK: ReadonlySet<Verdict["code"]> = new Set([
  "incorrect-message",
  "incorrect-answer",
  "not-utf8",
  "died",
  "never-said-hello",
  "message-before-hello",
]);

function incorrectCheck({ statistics, verdicts }: WorldOutcome): Check {
  const { incorrect, incorrectGets } = statistics;
  const offenders = failures(verdicts, ["incorrect-message", "incorrect-answer", "not-utf8"]);
  return {
    name: "incorrect answers",
    passed: incorrect === 0,
    detail: [
      `${incorrect} incorrect messages, ${incorrectGets} of them gets with a wrong value; allowed 0`,
      ...offenders,
    ].join("\n"),
  };
}

function diedCheck({ statistics, verdicts }: WorldOutcome): Check {
  const offenders = failures(verdicts, ["died", "never-said-hello", "message-before-hello", "not-utf8"]);
  return {
    name: "replicas died",
    passed: statistics.died === 0,
    detail: [`${statistics.died} replicas died; allowed 0`, ...offenders].join("\n"),
  };
}

function conductCheck({ verdicts }: WorldOutcome): Check {
  const offences = verdicts.filter(({ severity, code }) => severity === "failure" && !OWN_CHECK.has(code));
  return {
    name: "conduct",
    passed: offences.length === 0,
    detail: offences.length === 0 ? "no storm, everybody ended when told to" : offences.map(describe).join("\n"),
  };
}

function storedCheck({ stored }: WorldOutcome): Check {
  return { name: "state stored", passed: stored > 0, detail: `${stored} puts acknowledged; at least 1 is needed` };
}

function unansweredCheck(
  type: "get" | "put",
  { config, outcome }: { config: CourseConfig; outcome: WorldOutcome },
): Check {
  const { statistics } = outcome;
  const isGet = type === "get";
  const unanswered = isGet ? statistics.unansweredGets : statistics.unansweredPuts;
  const all = isGet ? statistics.gets : statistics.puts;
  const fraction = isGet ? config.tests.maximumGetFailFraction : config.tests.maximumPutFailFraction;
  return {
    name: `unanswered ${type}s`,
    passed: unanswered <= fraction * all,
    detail: `${unanswered} of ${all} ${type}s; allowed ${percent(fraction)}`,
  };
}

function generatedCheck(config: CourseConfig, { statistics }: WorldOutcome): Check {
  const { gets, getsNotGenerated } = statistics;
  const fraction = config.tests.maximumGetGenerationFailFraction;
  const wanted = gets + getsNotGenerated;
  return {
    name: "gets generated",
    passed: getsNotGenerated <= fraction * wanted,
    detail: `${getsNotGenerated} of ${wanted} gets had no acknowledged key to ask for; allowed ${percent(fraction)}`,
  };
}

function floorCheck(config: CourseConfig, { statistics }: WorldOutcome): Check {
  const floor = messageFloor(config);
  return {
    name: "message floor",
    passed: statistics.totalMessages >= floor,
    detail: `${statistics.totalMessages} messages between replicas; at least ${floor} are needed to replicate the puts`,
  };
}

function linearizableCheck({ operations }: WorldOutcome): Check {
  const result = checkHistory<KeyValueInput, KeyValueOutput>({
    model: keyValueModel({ absent: "" }),
    history: operations.map(historyOperation),
  });
  const name = "linearizable";
  switch (result.verdict) {
    case "linearizable":
      return { name, passed: true, detail: `${operations.length} operations on ${result.parts} keys` };
    case "unknown":
      return { name, passed: false, detail: `not decided: ${result.reason}` };
    case "not-linearizable": {
      const [first] = result.violations;
      const count = `${result.violations.length} of ${result.parts} keys have no linear order`;
      return { name, passed: false, detail: [count, first?.explanation ?? ""].join("\n") };
    }
  }
}

function historyOperation({ client, type, key, value, invokedAt, completedAt }: Operation) {
  const output = type === "get" ? value : undefined;
  return {
    process: client,
    input: type === "get" ? ({ kind: "get", key } as const) : ({ kind: "put", key, value: value ?? "" } as const),
    invokedAt,
    returned: completedAt === undefined ? undefined : { at: completedAt, output },
  };
}

function failures(verdicts: readonly Verdict[], codes: readonly Verdict["code"][]): string[] {
  return verdicts.filter(({ severity, code }) => severity === "failure" && codes.includes(code)).map(describe);
}

function describe({ replica, text, times }: Verdict): string {
  return `${replica === undefined ? "" : `${replica} `}${text}${times > 1 ? ` (${times} times)` : ""}`;
}

function percent(fraction: number): string {
  return `${Number((fraction * 100).toFixed(4))} %`;
}
