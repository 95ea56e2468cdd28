// Turns what the user gave as --replica into a program that can be started. Process shell: looks at files.
import { accessSync, constants, existsSync, statSync } from "node:fs";
import path from "node:path";

/** A program and its first arguments; port and ids follow. */
export interface ReplicaCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** As the user gave it. */
  readonly text: string;
}

/** A command, or in one line why it cannot be started. */
export type ReplicaCommandResult =
  | { readonly ok: true; readonly command: ReplicaCommand }
  | { readonly ok: false; readonly problem: string };

/**
 * Reads a replica's command: the path of an executable, or a program with arguments, separated by spaces ("python3 kv.py");
 * a word with spaces in it stands in quotes.
 * Paths are made absolute, because replicas run in the run's own directory.
 */
export function resolveReplica(text: string): ReplicaCommandResult {
  if (existsSync(text)) return commandOf({ program: text, args: [], text });
  const [program = "", ...args] = wordsOf(text);
  if (program === "") return problem("the replica's command is empty");
  const found = program.includes("/") ? program : onPath(program);
  if (found === undefined) return problem(`"${program}" is neither a file here nor a program on the PATH`);
  if (!existsSync(found)) return problem(`there is no file "${program}"`);
  const missing = args.find((arg) => looksLikeSource(arg) && !existsSync(arg));
  if (missing !== undefined) return problem(`there is no file "${missing}"`);
  const absolute = args.map((arg) => (existsSync(arg) ? path.resolve(arg) : arg));
  return commandOf({ program: found, args: absolute, text });
}

function wordsOf(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
}

function commandOf({ program, args, text }: ReplicaCommand): ReplicaCommandResult {
  if (statSync(program).isDirectory()) return problem(`"${program}" is a directory; give the replica's program`);
  if (!isExecutable(program)) {
    return problem(
      `"${program}" is not executable; run chmod +x on it, or name its interpreter: --replica "python3 ${program}"`,
    );
  }
  return { ok: true, command: { program: path.resolve(program), args, text } };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function onPath(program: string): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(path.delimiter)
    .map((folder) => path.join(folder, program))
    .find((file) => existsSync(file) && statSync(file).isFile() && isExecutable(file));
}

function looksLikeSource(argument: string): boolean {
  return !argument.startsWith("-") && /\.(py|js|mjs|ts|rb|jar|lua|pl|sh)$/.test(argument);
}

function problem(text: string): ReplicaCommandResult {
  return { ok: false, problem: text };
}
