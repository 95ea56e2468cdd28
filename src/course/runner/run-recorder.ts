// Writes what happens in a run to its directory: the merged log, and the trace if one is wanted. Process shell: owns files.
import { createWriteStream, mkdirSync, rmSync, symlinkSync, type WriteStream } from "node:fs";
import path from "node:path";
import { type TraceEvent, TraceWriter } from "../../trace/index.ts";
import { type LogRole, logEventOf, RunLogWriter, TRACE_FILE } from "../log/index.ts";
import type { Address } from "../protocol.ts";

/** The files of one run. */
export class RunRecorder {
  readonly #log: RunLogWriter;
  readonly #traceFile: WriteStream | undefined;
  readonly #trace: TraceWriter | undefined;
  readonly #roleOf: (replica: Address) => LogRole;
  #failure: string | undefined;

  /** `roleOf` tells a replica's role at the moment of the call. Throws the file system's error when a file cannot be made. */
  constructor({
    directory,
    traceFile,
    roleOf,
  }: {
    directory: string;
    traceFile: string | undefined;
    roleOf: (replica: Address) => LogRole;
  }) {
    this.#roleOf = roleOf;
    this.#log = new RunLogWriter({ directory });
    const traceInDirectory = path.join(directory, TRACE_FILE);
    rmSync(traceInDirectory, { force: true });
    if (traceFile === undefined) return;
    mkdirSync(path.dirname(traceFile), { recursive: true });
    const file = createWriteStream(traceFile);
    // So that whoever has the directory finds the trace, too.
    if (path.resolve(traceFile) !== path.resolve(traceInDirectory))
      symlinkSync(path.resolve(traceFile), traceInDirectory);
    file.on("error", (error) => {
      this.#failure ??= `${traceFile}: ${error.message}`;
    });
    this.#traceFile = file;
    this.#trace = new TraceWriter((line) => file.write(`${line}\n`));
  }

  /** Why something could not be written; undefined while all is well. */
  get failure(): string | undefined {
    return this.#failure ?? this.#log.failure;
  }

  /** Whether messages are wanted. */
  get tracesMessages(): boolean {
    return this.#trace !== undefined;
  }

  /** Takes an event of the world that is no message. */
  event(event: TraceEvent): void {
    this.#trace?.write(event);
    const told = logEventOf(event);
    if (told !== undefined) this.#log.event(told);
  }

  /** Takes a message or an operation. */
  message(event: TraceEvent): void {
    this.#trace?.write(event);
  }

  /** Takes what a replica printed. */
  output({
    replica,
    stream,
    text,
    at,
  }: {
    replica: Address;
    stream: "stdout" | "stderr";
    text: string;
    at: number;
  }): void {
    this.#log.output({ replica, role: this.#roleOf(replica), stream, text, at });
  }

  /** Writes what is left and closes the files. */
  async close(): Promise<void> {
    this.#log.close();
    const file = this.#traceFile;
    if (file === undefined || file.destroyed) return;
    await new Promise<void>((resolve) => {
      file.once("error", () => resolve());
      file.end(resolve);
    });
  }
}
