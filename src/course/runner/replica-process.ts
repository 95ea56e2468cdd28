// One replica as a process with its own UDP socket: starting, talking, signalling, ending. Process shell.
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { StringDecoder } from "node:string_decoder";
import type { Address } from "../protocol.ts";
import { addGroup, dissolveGroup, signalGroup } from "./process-groups.ts";
import type { ReplicaCommand } from "./replica-command.ts";

/** What a replica's process tells its host. */
export interface ReplicaListener {
  datagram(bytes: Buffer, port: number): void;
  output(stream: "stdout" | "stderr", text: string): void;
  /** It ended although nobody ended it; `how` says how, in words. */
  died(how: string): void;
}

/** How a replica is started. */
export interface ReplicaProcessOptions {
  readonly id: Address;
  readonly others: readonly Address[];
  readonly command: ReplicaCommand;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly listener: ReplicaListener;
}

/** How an ending went. */
export interface Ending {
  /** From SIGTERM to the end of the process. */
  readonly tookMs: number;
  /** Whether SIGKILL was needed. */
  readonly ignoredSigterm: boolean;
}

const SIGTERM_PATIENCE_MS = 2000;
/** How long the last words of an ended process may take to arrive. */
const LAST_WORDS_MS = 50;
const LAST_WORDS_CHARACTERS = 400;
/** The kernel caps this at its own limit (net.core.rmem_max). */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/** A replica; it can be started again after it was ended. */
export class ReplicaProcess {
  readonly #options: ReplicaProcessOptions;
  readonly #socket: Socket;
  #child: ChildProcess | undefined;
  #port: number | undefined;
  #lastWords = "";
  /** Set while an ending is under way, and kept after it. */
  #ending: Promise<Ending> | undefined;

  private constructor(options: ReplicaProcessOptions, socket: Socket) {
    this.#options = options;
    this.#socket = socket;
    socket.on("message", (bytes, { port }) => options.listener.datagram(bytes, port));
    // A send can fail when the replica is just going away; the world learns that from the process itself.
    socket.on("error", () => {});
  }

  /** Binds the replica's socket and starts its process. */
  static async open(options: ReplicaProcessOptions): Promise<ReplicaProcess> {
    const socket = createSocket({
      type: "udp4",
      recvBufferSize: RECEIVE_BUFFER_BYTES,
      // The default looks every address up asynchronously; ours are literal.
      lookup: (host, _options, callback) => callback(null, host, 4),
    });
    const listening = once(socket, "listening");
    socket.bind({ port: 0, address: "127.0.0.1", exclusive: true });
    await listening;
    return new ReplicaProcess(options, socket);
  }

  /** The port of its socket on our side. */
  get localPort(): number {
    return this.#socket.address().port;
  }

  /** The port that its hello came from. */
  get replicaPort(): number | undefined {
    return this.#port;
  }

  /** Where to send from now on. */
  learnPort(port: number): void {
    this.#port = port;
  }

  /** Starts the process; after an ending, once that is over. */
  async start(): Promise<void> {
    await this.#ending;
    this.#ending = undefined;
    this.#port = undefined;
    this.#lastWords = "";
    try {
      this.#attend(this.#spawn());
    } catch (error) {
      this.#options.listener.died(`cannot be started: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Sends a datagram; nothing happens while its port is unknown. */
  send(bytes: Buffer | string): void {
    if (this.#port !== undefined) this.#socket.send(bytes, this.#port, "127.0.0.1", ignoreResult);
  }

  pause(): void {
    if (this.#child?.pid !== undefined) signalGroup(this.#child.pid, "SIGSTOP");
  }

  resume(): void {
    if (this.#child?.pid !== undefined) signalGroup(this.#child.pid, "SIGCONT");
  }

  /** Ends the process: SIGTERM, and SIGKILL when that does not help in time. Never waits longer. */
  end(): Promise<Ending> {
    this.#ending ??= this.#terminate();
    return this.#ending;
  }

  /** Closes the socket; the process must have ended. */
  close(): void {
    this.#socket.close();
  }

  /** Some failures are thrown (arguments that are too long), others come as an event (no such program). */
  #spawn(): ChildProcess {
    const { command, id, others, directory, environment } = this.#options;
    const args = [...command.args, String(this.localPort), id, ...others];
    return spawn(command.program, args, {
      cwd: directory,
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
  }

  #attend(child: ChildProcess): void {
    this.#child = child;
    if (child.pid !== undefined) addGroup(child.pid);
    this.#listen(child, "stdout");
    this.#listen(child, "stderr");
    child.on("error", (error) => this.#ended(child, `cannot be started: ${error.message}`));
    child.on("exit", (status, signal) => {
      const how = signal === null ? `exit status ${status}` : signal;
      const timer = setTimeout(() => this.#ended(child, how), LAST_WORDS_MS);
      child.once("close", () => {
        clearTimeout(timer);
        this.#ended(child, how);
      });
    });
  }

  async #terminate(): Promise<Ending> {
    const child = this.#child;
    if (child?.pid === undefined || hasEnded(child)) return { tookMs: 0, ignoredSigterm: false };
    const startedAt = performance.now();
    const ended = once(child, "exit");
    signalGroup(child.pid, "SIGTERM");
    // A stopped process notices nothing until it goes on.
    signalGroup(child.pid, "SIGCONT");
    let ignoredSigterm = false;
    const { pid } = child;
    const timer = setTimeout(() => {
      ignoredSigterm = true;
      signalGroup(pid, "SIGKILL");
    }, SIGTERM_PATIENCE_MS);
    await ended;
    clearTimeout(timer);
    return { tookMs: performance.now() - startedAt, ignoredSigterm };
  }

  #listen(child: ChildProcess, stream: "stdout" | "stderr"): void {
    const decoder = new StringDecoder("utf8");
    child[stream]?.on("data", (bytes: Buffer) => {
      const text = decoder.write(bytes);
      if (stream === "stderr") this.#lastWords = (this.#lastWords + text).slice(-LAST_WORDS_CHARACTERS);
      this.#options.listener.output(stream, text);
    });
  }

  #ended(child: ChildProcess, how: string): void {
    if (child.pid !== undefined) dissolveGroup(child.pid);
    child.stdout?.destroy();
    child.stderr?.destroy();
    if (this.#child !== child) return;
    this.#child = undefined;
    const lastLine = this.#lastWords.trimEnd().split("\n").at(-1) ?? "";
    if (this.#ending === undefined)
      this.#options.listener.died(lastLine === "" ? how : `${how}; it said last: ${lastLine}`);
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function ignoreResult(): void {}
