// Writes a run's logs to its directory: all replicas' output in one file in order of time, and each replica's output as it printed it
// in a file of its own. Process shell: owns files and a timer.

import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_FLOOD_LIMITS, FloodGate, type FloodLimits } from "./flood-gate.ts";
import { LineSplitter } from "./line-splitter.ts";
import { formatLogLine, LOG_HEADER, type LogLine, type LogRole, type LogSource } from "./log-line.ts";
import type { LogEvent } from "./runner-events.ts";

/** The merged log's name in a run's directory. */
export const LOG_FILE = "run.log";

/** The trace's name in a run's directory, where one was asked for. */
export const TRACE_FILE = "trace.jsonl";

/** And of one that is gzipped. */
export const GZIPPED_TRACE_FILE = `${TRACE_FILE}.gz`;

/** A piece of what a replica printed: any number of lines and parts of lines, already decoded. */
export interface LogOutput {
  readonly replica: string;
  readonly role: LogRole;
  readonly stream: "stdout" | "stderr";
  readonly text: string;
  /** In ms since the run began. */
  readonly at: number;
}

/** One whole line of a replica. */
export interface PrintedLine {
  readonly replica: string;
  readonly text: string;
  /** In ms since the run began. */
  readonly at: number;
}

/** Lines wait in memory for at most this long. */
const FLUSH_INTERVAL_MS = 200;
const FLUSH_CHARACTERS = 64 * 1024;

/**
 * The logs of one run. Never throws after it was made: when the disk fails, it stops writing and `failure` says why. Floods are
 * bounded, and the log says how many lines were left out.
 */
export class RunLogWriter {
  readonly #directory: string;
  readonly #limits: FloodLimits;
  readonly #divert: (line: PrintedLine) => boolean;
  readonly #merged: BufferedFile;
  readonly #replicas = new Map<string, ReplicaLog>();
  readonly #timer: NodeJS.Timeout;
  #lastAt = 0;
  #lastLeader: string | undefined;
  #failure: string | undefined;

  /**
   * Makes `directory` where it is missing. Throws the file system's error when that or the merged file cannot be made. A line for
   * which `divert` gives true goes elsewhere and not into the logs.
   */
  constructor({
    directory,
    limits = DEFAULT_FLOOD_LIMITS,
    divert = () => false,
  }: {
    directory: string;
    limits?: FloodLimits;
    divert?: (line: PrintedLine) => boolean;
  }) {
    mkdirSync(directory, { recursive: true });
    this.#directory = directory;
    this.#limits = limits;
    this.#divert = divert;
    this.#merged = new BufferedFile(join(directory, LOG_FILE));
    this.#merged.append(LOG_HEADER);
    this.#timer = setInterval(() => this.flush(), FLUSH_INTERVAL_MS);
    this.#timer.unref();
  }

  /** Why writing stopped; undefined while all is well. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Takes what a replica printed. */
  output({ replica, role, stream, text, at }: LogOutput): void {
    this.#attempt(() => {
      const log = this.#replicaLog(replica);
      log.role = role;
      for (const line of log[stream].push(text))
        this.#keep(log, { at, replica, role, source: sourceOf(stream), text: line });
    });
  }

  /** Takes something that the runner did or saw. A leader who is named again without another in between is told once. */
  event({ type, text, at, about }: LogEvent): void {
    if (type === "leader" && about?.replica === this.#lastLeader) return;
    if (type === "leader") this.#lastLeader = about?.replica;
    this.#attempt(() => {
      const line = text === "" ? type : `${type} ${text}`;
      this.#write({ at, replica: about?.replica, role: about?.role, source: "run", text: line });
    });
  }

  /** Hands everything taken so far to the operating system. */
  flush(): void {
    this.#attempt(() => {
      for (const log of this.#replicas.values()) log.file.flush();
      this.#merged.flush();
    });
  }

  /** Writes what is left, unfinished lines too, and closes the files. Nothing may be written afterwards. */
  close(): void {
    clearInterval(this.#timer);
    this.#attempt(() => {
      for (const log of this.#replicas.values()) {
        this.#keepUnfinished(log);
        this.#reportLeftOut(log);
      }
    });
    this.flush();
    for (const file of [this.#merged, ...[...this.#replicas.values()].map((log) => log.file)]) file.close();
  }

  #keep(log: ReplicaLog, line: LogLine): void {
    if (this.#divert({ replica: log.replica, text: line.text, at: line.at })) return;
    this.#lastAt = Math.max(this.#lastAt, line.at);
    if (!log.gate.admits({ at: line.at, characters: line.text.length })) return;
    this.#reportLeftOut(log);
    log.file.append(line.text);
    this.#write(line);
  }

  #keepUnfinished(log: ReplicaLog): void {
    for (const stream of ["stdout", "stderr"] as const) {
      const text = log[stream].end();
      if (text === undefined) continue;
      this.#keep(log, { at: this.#lastAt, replica: log.replica, role: log.role, source: sourceOf(stream), text });
    }
  }

  #reportLeftOut(log: ReplicaLog): void {
    const leftOut = log.gate.takeLeftOut();
    if (leftOut === 0) return;
    const text = `flood ${leftOut} lines left out`;
    log.file.append(`(${text})`);
    this.#write({ at: this.#lastAt, replica: log.replica, role: log.role, source: "run", text });
  }

  #write(line: LogLine): void {
    // Two sources can differ by a fraction of a millisecond; the file stays in order.
    this.#lastAt = Math.max(this.#lastAt, line.at);
    this.#merged.append(formatLogLine({ ...line, at: this.#lastAt }));
  }

  #replicaLog(replica: string): ReplicaLog {
    const known = this.#replicas.get(replica);
    if (known !== undefined) return known;
    const log: ReplicaLog = {
      replica,
      role: "follower",
      file: new BufferedFile(join(this.#directory, `${replica}.log`)),
      gate: new FloodGate(this.#limits),
      stdout: new LineSplitter(),
      stderr: new LineSplitter(),
    };
    this.#replicas.set(replica, log);
    return log;
  }

  #attempt(action: () => void): void {
    if (this.#failure !== undefined) return;
    try {
      action();
    } catch (error) {
      this.#failure = error instanceof Error ? error.message : String(error);
    }
  }
}

interface ReplicaLog {
  readonly replica: string;
  /** The role when it last printed something. */
  role: LogRole;
  readonly file: BufferedFile;
  readonly gate: FloodGate;
  readonly stdout: LineSplitter;
  readonly stderr: LineSplitter;
}

function sourceOf(stream: "stdout" | "stderr"): LogSource {
  return stream === "stdout" ? "out" : "err";
}

/** A file that is written in large pieces. */
class BufferedFile {
  readonly #descriptor: number;
  #pending = "";

  constructor(path: string) {
    this.#descriptor = openSync(path, "w");
  }

  append(line: string): void {
    this.#pending += `${line}\n`;
    if (this.#pending.length >= FLUSH_CHARACTERS) this.flush();
  }

  flush(): void {
    if (this.#pending === "") return;
    const bytes = Buffer.from(this.#pending, "utf8");
    this.#pending = "";
    for (let written = 0; written < bytes.length; ) written += writeSync(this.#descriptor, bytes, written);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
