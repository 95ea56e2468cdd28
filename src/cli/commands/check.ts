// `keelson check`: whether recorded histories are linearizable.
import { writeFileSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import {
  type CellValue,
  checkRecorded,
  DEFAULT_BYTES_MAX,
  FAILED_CAS,
  type FailedCas,
  MODEL_NAMES,
  type ModelName,
  type RecordedCheckResult,
  type RecordedViolation,
  readHistory,
  readValue,
  timelinePage,
} from "../../checker/index.ts";
import { ConfigError, integer, type ValueParser } from "../flags.ts";
import { readHistoryFile } from "../history-file.ts";

interface CheckOptions {
  readonly model?: ModelName;
  readonly initial?: { readonly value: CellValue };
  readonly failedCas?: FailedCas;
  readonly timeLimit: number;
  readonly memoryLimit: number;
  readonly stepLimit?: number;
  readonly html?: string;
  readonly json?: true;
}

/** Exit status of each verdict. */
const STATUS = { malformed: 2, "not-linearizable": 1, unknown: 3, linearizable: 0 } as const;
const WORST_FIRST = [2, 1, 3, 0];

const MIB = 1024 * 1024;

/** The command `keelson check`. */
export function checkCommand(): Command {
  return new Command("check")
    .description(
      "Checks recorded histories: whether every operation can have taken effect at one moment between its call and its return.\n" +
        "Reads JSON lines, traces of keelson, Jepsen's logs and EDN operation maps, plain or gzipped.",
    )
    .argument("<files...>", "histories; - is standard input")
    .addOption(
      new Option("--model <model>", "the object (default: the one that the operations tell)").choices(MODEL_NAMES),
    )
    .option(
      "--initial <value>",
      "what a register or key holds at first (default: nothing, or 0 where reads show it)",
      value,
    )
    .addOption(
      new Option(
        "--failed-cas <reading>",
        "a failed cas found another value, or only wrote nothing (default: refused in logs, no-effect elsewhere)",
      ).choices(FAILED_CAS),
    )
    .option("--time-limit <seconds>", "a file that takes longer is unknown", seconds, 300)
    .option(
      "--memory-limit <MiB>",
      "a file whose search needs more memory is unknown",
      integer({ from: 1, to: 16_384 }),
      DEFAULT_BYTES_MAX / MIB,
    )
    .option("--step-limit <steps>", "a file that takes more steps of the model is unknown (default: no limit)", steps)
    .option("--html <file>", "write a timeline of the first violation: one page that needs no network")
    .option("--json", "print one JSON object for each file instead of text")
    .addHelpText(
      "after",
      `
Models: register (read, write), cas-register (and cas), key-value (get, put, append, delete, cas; by key), mutex (acquire,
release), transactions (lists of steps on the whole store). docs/checker.md describes them, the formats and the limits.

Exit status: 0 linearizable, 1 not linearizable, 3 unknown (a limit was reached), 2 malformed or misused.
Of several files the worst, in the order 2, 1, 3, 0.

Examples:
  keelson check history.edn
  keelson check --model cas-register --initial 0 --html violation.html jepsen.log.gz
  keelson simulate --seed 7 --trace trace.jsonl && keelson check trace.jsonl`,
    )
    .action((files: readonly string[], options: CheckOptions) => {
      checkFiles(files, options);
    });
}

function checkFiles(files: readonly string[], options: CheckOptions): void {
  if (files.filter((file) => file === "-").length > 1)
    throw new ConfigError("standard input (-) can be read once only");
  let page: string | undefined;
  const statuses = files.map((file) => {
    const result = checkFile(file, options);
    report(file, result, options);
    const violation = result.verdict === "not-linearizable" ? result.violations[0] : undefined;
    if (violation !== undefined) page ??= timelinePage(violation, { title: file === "-" ? "standard input" : file });
    return STATUS[result.verdict];
  });
  if (options.html !== undefined) writePage(options.html, page);
  process.exitCode = WORST_FIRST.find((status) => statuses.some((found) => found === status)) ?? 0;
}

function checkFile(file: string, options: CheckOptions): RecordedCheckResult {
  const content = readHistoryFile(file);
  if ("problem" in content) return { verdict: "malformed", line: 0, reason: content.problem };
  const read = readHistory(content.text);
  if (read.kind === "malformed") return { verdict: "malformed", line: read.line, reason: read.reason };
  const watch = new Stopwatch(file, options.timeLimit);
  const result = checkRecorded(read.history, {
    model: options.model,
    failedCas: options.failedCas,
    ...(options.initial === undefined ? {} : { initial: options.initial.value }),
    stepsMax: options.stepLimit ?? Number.MAX_SAFE_INTEGER,
    bytesMax: options.memoryLimit * MIB,
    shouldStop: (stepsSoFar) => watch.isOver(stepsSoFar),
  });
  watch.end();
  return result;
}

/** Ends a check that takes too long, and tells on a terminal how far it is. */
class Stopwatch {
  readonly #file: string;
  readonly #began = performance.now();
  readonly #limitMs: number;
  #nextReport = 1000;
  #hasReported = false;

  constructor(file: string, limitSeconds: number) {
    this.#file = file;
    this.#limitMs = limitSeconds * 1000;
  }

  isOver(stepsSoFar: number): boolean {
    const elapsed = performance.now() - this.#began;
    if (process.stderr.isTTY && elapsed > this.#nextReport) {
      this.#nextReport = elapsed + 500;
      this.#hasReported = true;
      const millions = (stepsSoFar / 1e6).toFixed(1);
      process.stderr.write(`\r\u001b[K${this.#file}: ${(elapsed / 1000).toFixed(0)} s, ${millions} million steps`);
    }
    return elapsed > this.#limitMs;
  }

  end(): void {
    if (this.#hasReported) process.stderr.write("\r\u001b[K");
  }
}

function report(file: string, result: RecordedCheckResult, options: CheckOptions): void {
  if (result.verdict === "malformed") {
    process.stderr.write(`keelson: ${file}${result.line === 0 ? "" : `:${result.line}`}: ${result.reason}\n`);
  }
  if (options.json === true) process.stdout.write(`${JSON.stringify({ file, ...jsonOf(result) })}\n`);
  else process.stdout.write(textOf(file, result));
}

function textOf(file: string, result: RecordedCheckResult): string {
  if (result.verdict === "malformed") return `${file}: malformed\n`;
  const { model, operations, parts, steps: taken, initial } = result;
  const beginning = initial === null || model === "mutex" ? "" : `, beginning with ${JSON.stringify(initial)}`;
  const facts = `${operations} operations, model ${model}${beginning}, ${parts} ${parts === 1 ? "part" : "parts"}, ${taken} steps`;
  const head = `${file}: ${result.verdict.replace("-", " ")} (${facts})\n`;
  if (result.verdict === "unknown") return `${head}${indent(result.reason)}\n`;
  if (result.verdict === "not-linearizable")
    return `${head}${result.violations.map(({ explanation }) => `${indent(explanation)}\n`).join("\n")}`;
  return head;
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}

function jsonOf(result: RecordedCheckResult): object {
  if (result.verdict !== "not-linearizable") return result;
  // All operations of a part would say the history again.
  return {
    ...result,
    violations: result.violations.map(({ operations: _, ...violation }: RecordedViolation) => violation),
  };
}

function writePage(file: string, page: string | undefined): void {
  if (page === undefined) {
    process.stderr.write(`keelson: no violation found, ${file} is not written\n`);
    return;
  }
  try {
    writeFileSync(file, page);
  } catch (error) {
    throw new ConfigError(`--html ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const value: ValueParser<{ readonly value: CellValue }> = (text) => {
  const read = readValue(text);
  if (read === undefined)
    throw new InvalidArgumentError('Allowed: one value: nil, a number, true, false, "text", [1 2].');
  return read;
};

const steps = integer({ from: 1, to: Number.MAX_SAFE_INTEGER });

const seconds: ValueParser<number> = (text) => {
  const number = Number(text);
  if (text.trim() === "" || !(number > 0 && number < Infinity)) {
    throw new InvalidArgumentError("Allowed: seconds, more than 0.");
  }
  return number;
};
