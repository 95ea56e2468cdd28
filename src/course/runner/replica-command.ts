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
  if (existsSync(text)) return executable(text);
  const [program, ...args] = wordsOf(text);
  if (program === undefined) return problem("the replica's command is empty");
  if (args.length === 0 && program.includes("/")) return problem(`there is no file "${text}"`);
  const found = program.includes("/") ? path.resolve(program) : onPath(program);
  if (found === undefined || !existsSync(found)) {
    return problem(`"${program}" is neither a file here nor a program on the PATH`);
  }
  const missing = args.find((arg) => looksLikeSource(arg) && !existsSync(arg));
  if (missing !== undefined) return problem(`there is no file "${missing}"`);
  const absolute = args.map((arg) => (existsSync(arg) ? path.resolve(arg) : arg));
  return { ok: true, command: { program: found, args: absolute, text } };
}

function wordsOf(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
}

function executable(file: string): ReplicaCommandResult {
  if (statSync(file).isDirectory()) return problem(`"${file}" is a directory; give the replica's program`);
  try {
    accessSync(file, constants.X_OK);
  } catch {
    return problem(
      `"${file}" is not executable; run chmod +x on it, or name its interpreter: --replica "python3 ${file}"`,
    );
  }
  return { ok: true, command: { program: path.resolve(file), args: [], text: file } };
}

function onPath(program: string): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(path.delimiter)
    .map((folder) => path.join(folder, program))
    .find((file) => existsSync(file));
}

function looksLikeSource(argument: string): boolean {
  return !argument.startsWith("-") && /\.(py|js|mjs|ts|rb|jar|lua|pl|sh)$/.test(argument);
}

function problem(text: string): ReplicaCommandResult {
  return { ok: false, problem: text };
}
