// Writes what happens in a run to its directory: the merged log, and the trace if one is wanted. Process shell: owns files.
import { rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { parseReplicaLine, type TraceEvent } from "../../trace/index.ts";
import {
  GZIPPED_TRACE_FILE,
  type LogRole,
  logEventOf,
  type PrintedLine,
  RunLogWriter,
  TRACE_FILE,
  TraceFile,
} from "../log/index.ts";
import type { Address } from "../protocol.ts";

/** The files of one run. */
export class RunRecorder {
  readonly #log: RunLogWriter;
  readonly #trace: TraceFile | undefined;
  readonly #roleOf: (replica: Address) => LogRole;
  /** Replicas that tell their own state, so that what others say about them is not needed. */
  readonly #tellers = new Set<string>();

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
    const tracing = traceFile !== undefined;
    this.#log = new RunLogWriter({ directory, divert: (line) => tracing && this.#told(line) });
    for (const name of [TRACE_FILE, GZIPPED_TRACE_FILE]) rmSync(path.join(directory, name), { force: true });
    if (traceFile === undefined) return;
    const traceInDirectory = path.join(directory, traceFile.endsWith(".gz") ? GZIPPED_TRACE_FILE : TRACE_FILE);
    this.#trace = new TraceFile(traceFile);
    // So that whoever has the directory finds the trace, too.
    if (path.resolve(traceFile) !== path.resolve(traceInDirectory))
      symlinkSync(path.resolve(traceFile), traceInDirectory);
  }

  /** Why something could not be written; undefined while all is well. */
  get failure(): string | undefined {
    return this.#trace?.failure ?? this.#log.failure;
  }

  /** Whether messages are wanted. */
  get tracesMessages(): boolean {
    return this.#trace !== undefined;
  }

  /** Takes an event of the world that is no message. */
  event(event: TraceEvent): void {
    if (event.type !== "state" || !this.#tellers.has(event.replica)) this.#trace?.write(event);
    const told = logEventOf(event);
    if (told !== undefined) this.#log.event(told);
  }

  /** Takes a message or an operation. */
  message(event: TraceEvent): void {
    this.#trace?.write(event);
  }

  /** Takes what a replica printed. Lines that tell its inner state go into the trace, if there is one, and not into the logs. */
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
  close(): void {
    this.#log.close();
    this.#trace?.close();
  }

  /** Whether a line told the replica's inner state; then it is in the trace. */
  #told({ replica, text, at }: PrintedLine): boolean {
    const line = parseReplicaLine(text, { replica, at });
    if (line?.kind === "error") {
      this.#trace?.write({
        type: "annotation",
        at,
        replica,
        topic: "trace",
        text: `not understood: ${line.reason}`,
        detail: text,
      });
      return false;
    }
    if (line?.kind !== "event") return false;
    // What arrives after its end was printed before it.
    if (this.#roleOf(replica) === "dead") return true;
    if (line.event.type === "state") this.#tellers.add(replica);
    this.#trace?.write(line.event);
    return true;
  }
}
