// The command `keelson replay`: runs scenario files, tells what happens, and says whether each ends as it is to end.
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { TraceFile } from "../../course/log/index.ts";
import { runScenario, type SeedReport } from "../../simulator/index.ts";
import type { TraceEvent } from "../../trace/index.ts";
import { ConfigError, existingFile, messageOf } from "../flags.ts";
import { Account, outcomeText } from "../replay/account.ts";
import { type Expectation, isExpected, parseScenarioFile, type ScenarioFile } from "../replay/scenario-file.ts";

interface ReplayFlags {
  readonly trace?: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** The command `keelson replay`. */
export function replayCommand(): Command {
  return new Command("replay")
    .description("Runs scenario files, as keelson shrink writes them, and tells what happens in them.")
    .argument("<files...>", "scenario files", collectFiles)
    .option("--trace <file>", "of one scenario: write everything that happened; gzipped if named .gz")
    .option("--quiet", "say only how each ends")
    .option("--json", "print the results as JSON")
    .addHelpText("after", HELP)
    .action((files: readonly string[], flags: ReplayFlags) => replay(files, flags));
}

const HELP = `
Examples:
  keelson replay lost-vote.scenario                      what happens, and how it ends
  keelson replay --trace t.jsonl lost-vote.scenario      then: keelson trace print t.jsonl
  keelson replay --quiet test/replay/*.scenario          as regression tests

Exit status: 0 every scenario ends as its file expects, 1 one does not,
2 a mistake in flags or files. The format: docs/simulator.md`;

function collectFiles(file: string, before: readonly string[] = []): readonly string[] {
  return [...before, existingFile(file)];
}

function replay(files: readonly string[], flags: ReplayFlags): void {
  if (flags.trace !== undefined && files.length > 1)
    throw new ConfigError("--trace needs one scenario: it traces one run");
  const loaded = files.map((file) => ({ file, ...read(file) }));
  const results = loaded.map(({ file, scenario, expect }) => {
    const account = new Account(scenario);
    const report = traced(flags.trace, (write) => {
      return runScenario(scenario, (event) => {
        account.take(event);
        write?.(event);
      });
    });
    const asExpected = isExpected(expect, report.violation);
    if (flags.json !== true) {
      const lines = flags.quiet === true ? [] : account.lines();
      process.stdout.write(`${[...lines, verdict({ file, expect, report, asExpected })].join("\n")}\n`);
    }
    const { violation, virtualMs, traceHash } = report;
    return { file, expect, asExpected, ...(violation && { violation }), virtualMs, traceHash };
  });
  if (flags.json === true) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
  if (results.some(({ asExpected }) => !asExpected)) process.exitCode = 1;
}

function verdict(result: { file: string; expect: Expectation; report: SeedReport; asExpected: boolean }): string {
  const { file, expect, report, asExpected } = result;
  const expected = expect === "passes" ? "no violation" : `${expect.oracle}: ${expect.rule}`;
  const word = asExpected ? "as expected" : `NOT AS EXPECTED (${expected})`;
  return `${file}: ${word}: ${outcomeText(report)}`;
}

function read(file: string): ScenarioFile {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigError(messageOf(error));
  }
  return parseScenarioFile(text, file);
}

function traced(
  file: string | undefined,
  run: (write: ((event: TraceEvent) => void) | undefined) => SeedReport,
): SeedReport {
  if (file === undefined) return run(undefined);
  let trace: TraceFile;
  try {
    trace = new TraceFile(file);
  } catch (error) {
    throw new ConfigError(`--trace: ${messageOf(error)}`);
  }
  try {
    return run((event) => trace.write(event));
  } finally {
    trace.close();
    if (trace.failure !== undefined)
      process.stderr.write(`keelson: warning: the trace is incomplete: ${trace.failure}\n`);
  }
}
