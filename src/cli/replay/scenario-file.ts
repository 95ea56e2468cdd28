// Scenario files: JSON with a decision on each line, and comments. docs/simulator.md describes the format.
import { raftConfig } from "../../raft/index.ts";
import { defaultSettings, type Scenario, type Settings, type Violation } from "../../simulator/index.ts";
import { ConfigError, messageOf } from "../flags.ts";
import { type ScenarioText, scenarioSchema } from "./scenario-schema.ts";

/** How a run is to end. */
export type Expectation = "passes" | Pick<Violation, "oracle" | "rule">;

/** A scenario, and how it is to end. */
export interface ScenarioFile {
  readonly scenario: Scenario;
  readonly expect: Expectation;
}

/** The text of a file; `remarks` become comments at its top. */
export function formatScenarioFile(
  { scenario, expect }: ScenarioFile,
  { keelson, remarks = [] }: { readonly keelson: string; readonly remarks?: readonly string[] },
): string {
  const { seed, liveness, settings, decisions } = scenario;
  const fields = [
    ["format", "keelson-scenario"],
    ["version", 1],
    ["keelson", keelson],
    ["seed", seed],
    ["expect", expect],
    ["liveness", liveness],
  ] as const;
  const lines = fields.map(([name, value]) => `  ${JSON.stringify(name)}: ${inline(value)},`);
  const different = Object.entries(differingSettings(settings));
  return [
    ...remarks.flatMap((remark) => remark.split("\n")).map((line) => `// ${line}`.trimEnd()),
    "{",
    ...lines,
    block(
      "settings",
      "{}",
      different.map(([name, value]) => `${JSON.stringify(name)}: ${inline(value)}`),
    ),
    `${block("decisions", "[]", decisions.map(inline)).slice(0, -1)}`,
    "}",
    "",
  ].join("\n");
}

/** Reads a file's text. Throws ConfigError with the file, the place and what is allowed there. */
export function parseScenarioFile(text: string, file: string): ScenarioFile {
  const parsed = scenarioSchema.safeParse(parseJson(text, file));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place =
      issue?.path.map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`)).join("") ?? "";
    throw new ConfigError(`${file}: ${place.replace(/^\./, "") || "the file"}: ${issue?.message ?? "is malformed"}`);
  }
  const { seed, expect, liveness, decisions } = parsed.data;
  const settings = settingsOf(parsed.data, file);
  for (const [at, decision] of decisions.entries())
    requireNames(decision, { settings, place: `${file}: decisions[${at}]` });
  return { expect, scenario: { seed, liveness, settings, decisions: decisions.map(withoutAbsent) } };
}

/** Whether a run ended as it was to end. */
export function isExpected(expect: Expectation, violation: Violation | undefined): boolean {
  if (expect === "passes" || violation === undefined) return expect === "passes" && violation === undefined;
  return expect.oracle === violation.oracle && expect.rule === violation.rule;
}

/** Comments become empty lines, so that the lines of errors are right. */
function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text.replaceAll(/^\s*\/\/.*$/gm, ""));
  } catch (error) {
    throw new ConfigError(`${file}: is not JSON: ${messageOf(error).replaceAll(/\s+/g, " ")}`);
  }
}

const SECTIONS = ["raft", "network", "process", "clients"] as const;

function differingSettings(settings: Settings): Record<string, unknown> {
  const { nodes, voters, safetyMs, clocks } = settings;
  const sections = SECTIONS.flatMap((section) => {
    const usual: Readonly<Record<string, unknown>> = { ...defaultSettings[section] };
    const different = Object.entries(settings[section]).filter(([name, value]) => value !== usual[name]);
    return different.length === 0 ? [] : [[section, Object.fromEntries(different)]];
  });
  return {
    nodes,
    ...(voters.join() !== nodes.join() && { voters }),
    safetyMs,
    ...Object.fromEntries(sections),
    ...(Object.keys(clocks).length > 0 && { clocks }),
  };
}

function settingsOf({ settings }: ScenarioText, file: string): Settings {
  const given = withoutAbsent(settings);
  const nodes = given.nodes ?? defaultSettings.nodes;
  const voters = given.voters ?? nodes;
  const stranger = voters.find((voter) => !nodes.includes(voter));
  if (stranger !== undefined) throw new ConfigError(`${file}: settings.voters: ${stranger} is not one of the nodes`);
  const raft: Settings["raft"] = { ...defaultSettings.raft, ...withoutAbsent(given.raft ?? {}) };
  try {
    raftConfig({ ...raft, id: "n1" });
  } catch (error) {
    throw new ConfigError(`${file}: settings.raft: ${messageOf(error)}`);
  }
  return {
    ...defaultSettings,
    nodes,
    voters,
    raft,
    clocks: given.clocks ?? {},
    network: { ...defaultSettings.network, ...withoutAbsent(given.network ?? {}) },
    process: { ...defaultSettings.process, ...withoutAbsent(given.process ?? {}) },
    clients: { ...defaultSettings.clients, ...withoutAbsent(given.clients ?? {}) },
    safetyMs: given.safetyMs ?? defaultSettings.safetyMs,
  };
}

/** A typing error in a name would pass over the decision in silence. */
function requireNames(
  decision: ScenarioText["decisions"][number],
  { settings, place }: { settings: Settings; place: string },
): void {
  const clients = Array.from({ length: settings.clients.count }, (_, at) => `c${at + 1}`);
  const named = [
    ...("node" in decision ? [decision.node] : []),
    ...("target" in decision ? [decision.target] : []),
    ...("link" in decision ? decision.link.split(">") : []),
    ...("cut" in decision ? decision.cut.flatMap((link) => link.split(">")) : []),
    ...("client" in decision ? [decision.client] : []),
    ...("nodes" in decision ? decision.nodes.map(({ node }) => node) : []),
    ...("changes" in decision ? decision.changes.map(({ id }) => id) : []),
  ];
  const known = [...settings.nodes, ...clients];
  const stranger = named.find((name) => !known.includes(name));
  if (stranger !== undefined) throw new ConfigError(`${place}: there is no ${stranger}; there are ${known.join(", ")}`);
}

/** An optional field of a file is absent, not undefined. */
function withoutAbsent<Fields extends object>(fields: Fields): Present<Fields> {
  return JSON.parse(JSON.stringify(fields));
}

type Present<Fields> = Fields extends unknown
  ? { [Name in keyof Fields]: Fields[Name] extends object ? Present<Fields[Name]> : Exclude<Fields[Name], undefined> }
  : never;

function block(name: string, empty: string, lines: readonly string[]): string {
  if (lines.length === 0) return `  "${name}": ${empty},`;
  return `  "${name}": ${empty[0]}\n${lines.map((line) => `    ${line}`).join(",\n")}\n  ${empty[1]},`;
}

/** JSON on one line, with spaces. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, each]) => each !== undefined);
  return `{ ${fields.map(([name, each]) => `${JSON.stringify(name)}: ${inline(each)}`).join(", ")} }`;
}
