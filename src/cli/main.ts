// The command line program. It loads one command only, the one that was asked for, and turns mistakes of the user into one line.
//
// CONVENTIONS: to add the command `keelson course`
// 1. Write src/cli/commands/course.ts with one export, `courseCommand(): Command`, a commander command that has its summary,
//    description, arguments, options and an `.action(async (...) => { ... })`. Heavy modules may be imported statically there:
//    the file is loaded only when its command runs. The tests of a command may import it without starting anything.
// 2. Add one line to COMMANDS below; `keelson course log` is an entry of its parent's `subcommands`.
// 3. Flag values are parsed by commander's `.choices()` or the parsers of flags.ts: `.option("--jobs <count>", "…", integer({ from: 1, to: 64 }), 1)`.
//    A mistake that shows only later (two flags that exclude each other, a bad config) is `throw new ConfigError("one line")`.
// 4. Exit status: 0 all is well, 1 the job ran and found failures (`process.exitCode = 1`, never `process.exit`, which can cut the
//    output short), 2 a mistake in flags, values or a config, 3 a bug of ours.
// 5. Results go to stdout, progress and warnings to stderr.
import { Command, CommanderError } from "commander";
import { ConfigError } from "./flags.ts";
import { packageVersion } from "./package.ts";

interface CommandEntry {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  readonly load: () => Promise<Command>;
  readonly subcommands?: readonly CommandEntry[];
}

const COMMANDS: readonly CommandEntry[] = [
  {
    name: "check",
    summary: "check recorded histories for linearizability",
    load: async () => (await import("./commands/check.ts")).checkCommand(),
  },
  {
    name: "course",
    summary: "run the course's tests with replicas in any language",
    load: async () => (await import("./commands/course.ts")).courseCommand(),
    subcommands: [
      {
        name: "log",
        summary: "print the merged log of a run in columns, one per replica",
        load: async () => (await import("./commands/course-log.ts")).courseLogCommand(),
      },
    ],
  },
  {
    name: "replay",
    summary: "run scenario files, and tell what happens in them",
    load: async () => (await import("./commands/replay.ts")).replayCommand(),
  },
  {
    name: "shrink",
    summary: "make of a failing seed a small scenario file",
    load: async () => (await import("./commands/shrink.ts")).shrinkCommand(),
  },
  {
    name: "simulate",
    summary: "run clusters, or configs of the course, in virtual time with many seeds",
    load: async () => (await import("./commands/simulate.ts")).simulateCommand(),
  },
  {
    name: "trace",
    summary: "show, count and convert traces of runs",
    load: async () => (await import("./commands/trace.ts")).traceCommand(),
    subcommands: [
      {
        name: "print",
        summary: "show a trace in columns, one per node",
        load: async () => (await import("./commands/trace-print.ts")).tracePrintCommand(),
      },
      {
        name: "stats",
        summary: "count a trace's events, messages, leaders and operations",
        load: async () => (await import("./commands/trace-stats.ts")).traceStatsCommand(),
      },
      {
        name: "export",
        summary: "convert a trace to Mermaid, Perfetto or ShiViz",
        load: async () => (await import("./commands/trace-export.ts")).traceExportCommand(),
      },
    ],
  },
];

await main(process.argv.slice(2));

/** Runs the command that `args` name; sets the exit status, never throws. */
async function main(args: readonly string[]): Promise<void> {
  endQuietlyWhenOutputIsClosed();
  const program = new Command("keelson")
    .description("Raft, and the course's key-value replicas put to the test.")
    .version(packageVersion(), "--version", "print the version")
    .helpCommand(false)
    .addHelpText("after", "\nkeelson <command> --help tells what a command does and which flags it has.");
  try {
    const words = args[0] === "help" ? [...args.slice(1), "--help"] : [...args];
    await addCommands(program, { entries: COMMANDS, words });
    prepare(program);
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    reportError(error);
  }
}

/** Adds the commands to `parent`: the one that `words` begin with in full, the others as their summaries. */
async function addCommands(
  parent: Command,
  { entries, words }: { readonly entries: readonly CommandEntry[]; readonly words: readonly string[] },
): Promise<void> {
  for (const entry of entries) {
    const asked = words[0] === entry.name;
    const command = asked ? await entry.load() : new Command(entry.name);
    command.summary(entry.summary);
    if (asked) await addCommands(command, { entries: entry.subcommands ?? [], words: words.slice(1) });
    parent.addCommand(command);
  }
}

/**
 * Makes `command` and those below it throw instead of printing and exiting, and keep their flags apart: `--replica` after `course log`
 * is the flag of `log`, not that of `course`.
 */
function prepare(command: Command): void {
  command.enablePositionalOptions();
  command.helpCommand(false).configureOutput({ outputError: () => {} });
  command.exitOverride((error) => {
    throw error.exitCode === 0 || error.code === "commander.help" ? error : new ConfigError(describe(error, command));
  });
  for (const child of command.commands) prepare(child);
}

/** One line on a mistake that commander found while it read the words for `command`. */
function describe(error: CommanderError, command: Command): string {
  const lines = error.message.replace(/^error: /, "").replaceAll(/\s*\n\s*/g, " ");
  if (error.code === "commander.unknownOption") {
    const flags = [...command.options.map((option) => option.long ?? option.short ?? ""), "--help"];
    return `${lines}; allowed: ${flags.join(", ")}`;
  }
  if (error.code === "commander.unknownCommand") {
    return `${lines}; allowed: ${command.commands.map((child) => child.name()).join(", ")}`;
  }
  return lines;
}

function reportError(error: unknown): void {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else if (error instanceof ConfigError) {
    process.stderr.write(`keelson: ${error.message}\n`);
    process.exitCode = 2;
  } else {
    const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`keelson: a bug in keelson, please report it:\n${trace}\n`);
    process.exitCode = 3;
  }
}

/** `keelson … | head` closes the pipe early: that is no error. */
function endQuietlyWhenOutputIsClosed(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
}
