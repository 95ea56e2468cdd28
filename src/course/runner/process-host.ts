// Runs a config against real replica processes: moves bytes between sockets and the pure world, and runs the world's effects.
import { isUtf8 } from "node:buffer";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { Prng } from "../../base/index.ts";
import { TRACE_FORMAT, TRACE_VERSION } from "../../trace/index.ts";
import type { LogRole } from "../log/index.ts";
import { type Address, clientIds, parseDatagram } from "../protocol.ts";
import type { CourseConfig } from "./config.ts";
import type { Effect } from "./effects.ts";
import { judge } from "./judgement.ts";
import type { ReplicaCommand } from "./replica-command.ts";
import { type Ending, ReplicaProcess } from "./replica-process.ts";
import type { RunResult } from "./result.ts";
import { claimDirectory, inDirectory, releaseDirectory, STATE_FOLDER } from "./run-directory.ts";
import { RunRecorder } from "./run-recorder.ts";
import { readSocketLosses } from "./socket-losses.ts";
import { type Progress, World } from "./world.ts";

/** One run to be made. */
export interface ProcessRunOptions {
  readonly config: CourseConfig;
  readonly configPath: string;
  readonly seed: string;
  readonly command: ReplicaCommand;
  /** Where log and state go, and the replicas' working directory; made if missing. */
  readonly directory: string;
  readonly traceFile?: string | undefined;
  readonly strict: boolean;
  /** The command that makes this run again. */
  readonly replay: string;
  /** The program and its version, for traces. */
  readonly producer: string;
}

/** An ending that takes longer than this is worth a warning: the original simulator stands still meanwhile. */
const SLOW_ENDING_MS = 300;

/** A run under way. */
export class ProcessRun {
  readonly #options: ProcessRunOptions;
  readonly #world: World<Buffer>;
  readonly #recorder: RunRecorder;
  readonly #replicas = new Map<Address, ReplicaProcess>();
  readonly #endings: Promise<void>[] = [];
  #startedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  /** What the timer is set for. */
  #timerDue = Number.POSITIVE_INFINITY;
  #finish: () => void = () => {};

  /** Throws RunDirectoryError when the run's directory or its files cannot be had. */
  constructor(options: ProcessRunOptions) {
    this.#options = options;
    const { config, seed, strict, directory, traceFile } = options;
    claimDirectory(directory);
    const recorder = inDirectory(() => new RunRecorder({ directory, traceFile, roleOf: (id) => this.#roleOf(id) }));
    this.#recorder = recorder;
    this.#world = new World({
      config,
      seed,
      strict,
      observe: (event) => recorder.event(event),
      observeMessage: recorder.tracesMessages ? (event) => recorder.message(event) : undefined,
    });
  }

  /** How it stands. */
  get progress(): Progress & { readonly now: number; readonly endsAt: number } {
    return { ...this.#world.progress, now: this.#now(), endsAt: this.#world.endsAt };
  }

  /** Runs from start to end. Ends whatever the replicas do, at most some seconds after the config's time. */
  async run(): Promise<RunResult> {
    const finished = new Promise<void>((resolve) => {
      this.#finish = resolve;
    });
    await this.#start();
    await finished;
    clearTimeout(this.#timer);
    const durationMs = this.#now();
    this.#reportSocketLosses(durationMs);
    for (const id of this.#world.fleet.ids) this.#end(id);
    await Promise.all(this.#endings);
    for (const replica of this.#replicas.values()) replica.close();
    this.#recorder.close();
    releaseDirectory(this.#options.directory);
    this.#reportRecorderFailure(durationMs);
    return this.#result(durationMs);
  }

  async #start(): Promise<void> {
    const { ids } = this.#world.fleet;
    for (const id of ids) this.#replicas.set(id, await this.#open(id));
    this.#startedAt = performance.now();
    this.#traceStart();
    for (const replica of this.#replicas.values()) await replica.start();
    this.#act();
  }

  #open(id: Address): Promise<ReplicaProcess> {
    const { config, seed, directory, command } = this.#options;
    const stateDirectory = path.join(path.resolve(directory), STATE_FOLDER, id);
    const restarts = config.events.some(({ type }) => type === "restart");
    if (restarts) mkdirSync(stateDirectory, { recursive: true });
    const others = this.#world.fleet.ids.filter((other) => other !== id);
    const environment = {
      ...(restarts && { KEELSON_STATE_DIR: stateDirectory }),
      ...(this.#recorder.tracesMessages && { KEELSON_TRACE: "1" }),
    };
    return ReplicaProcess.open({
      id,
      others: new Prng(`${seed}/arguments/${id}`).shuffle(others),
      command,
      directory,
      environment,
      listener: {
        datagram: (bytes, port) => this.#receive(id, { bytes, port }),
        output: (stream, text) => this.#recorder.output({ replica: id, stream, text, at: this.#now() }),
        died: (how) => {
          this.#world.exited(id, how, this.#now());
          this.#act();
        },
      },
    });
  }

  #receive(from: Address, { bytes, port }: { bytes: Buffer; port: number }): void {
    const now = this.#now();
    const text = utf8Text(bytes);
    if (text === undefined) {
      this.#world.receiveNotUtf8(from, now);
    } else {
      const parsed = parseDatagram(text, { from, replicas: this.#options.config.replicas });
      if (parsed.kind === "hello") this.#replicas.get(from)?.learnPort(port);
      this.#world.receive(from, { parsed, packet: bytes, bytes: bytes.length, now });
    }
    this.#act();
  }

  /** Runs the world's effects and sets the timer for its next deadline. */
  #act(): void {
    for (const effect of this.#world.takeEffects()) this.#apply(effect);
    const due = this.#world.nextDeadline();
    if (due === this.#timerDue) return;
    clearTimeout(this.#timer);
    this.#timerDue = due;
    if (due === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#wake(), Math.max(0, Math.ceil(due - this.#now())));
  }

  #wake(): void {
    this.#timerDue = Number.POSITIVE_INFINITY;
    this.#world.advance(this.#now());
    this.#act();
  }

  #apply(effect: Effect<Buffer>): void {
    switch (effect.type) {
      case "deliver":
        return this.#replicas.get(effect.to)?.send(effect.packet);
      case "request":
        return this.#replicas.get(effect.to)?.send(JSON.stringify(effect.message));
      case "kill":
        return this.#end(effect.replica);
      case "pause":
        return this.#replicas.get(effect.replica)?.pause();
      case "resume":
        return this.#replicas.get(effect.replica)?.resume();
      case "restart":
        this.#replicas.get(effect.replica)?.start();
        return;
      case "finish":
        return this.#finish();
    }
  }

  #end(id: Address): void {
    const ending = this.#replicas.get(id)?.end();
    if (ending !== undefined) this.#endings.push(ending.then((how) => this.#remarkEnding(id, how)));
  }

  #remarkEnding(replica: Address, { tookMs, ignoredSigterm }: Ending): void {
    const at = this.#now();
    if (ignoredSigterm) {
      const text = "ignored SIGTERM for 2 s and was ended by SIGKILL; the original simulator would wait for ever";
      this.#world.remark({ severity: "failure", code: "ignored-sigterm", replica, at, text });
    } else if (tookMs > SLOW_ENDING_MS) {
      const text = `took ${Math.round(tookMs)} ms to end after SIGTERM; the original simulator stands still meanwhile`;
      this.#world.remark({ severity: "warning", code: "slow-sigterm", replica, at, text });
    }
  }

  #reportSocketLosses(at: number): void {
    const losses = readSocketLosses();
    for (const [replica, { localPort, replicaPort }] of this.#replicas) {
      const fromReplica = losses.get(localPort) ?? 0;
      const toReplica = replicaPort === undefined ? 0 : (losses.get(replicaPort) ?? 0);
      if (fromReplica + toReplica === 0) continue;
      this.#world.counts.blockedMessages += fromReplica + toReplica;
      const text = `full sockets lost ${toReplica} datagrams to it and ${fromReplica} from it`;
      this.#world.remark({ severity: "warning", code: "datagrams-lost", replica, at, text });
    }
  }

  #reportRecorderFailure(at: number): void {
    const { failure } = this.#recorder;
    if (failure === undefined) return;
    const text = `logs or trace are incomplete: ${failure}`;
    this.#world.verdicts.add({ severity: "warning", code: "log-incomplete", at, text });
  }

  #traceStart(): void {
    const { config, seed, producer, replay } = this.#options;
    if (!this.#recorder.tracesMessages) return;
    this.#recorder.message({
      type: "run",
      at: 0,
      format: TRACE_FORMAT,
      version: TRACE_VERSION,
      producer,
      name: config.name,
      seed,
      replicas: this.#world.fleet.ids,
      clients: clientIds(config.replicas),
      config: JSON.parse(JSON.stringify(config)),
      startedAt: new Date().toISOString(),
      replay,
    });
  }

  #roleOf(replica: Address): LogRole {
    const { fleet, leader } = this.#world;
    if (!fleet.isLiving(replica)) return "dead";
    if (fleet.isPaused(replica)) return "paused";
    return replica === leader ? "leader" : "follower";
  }

  #now(): number {
    return performance.now() - this.#startedAt;
  }

  #result(durationMs: number): RunResult {
    const { config, configPath, seed, command, directory, replay } = this.#options;
    return {
      config: config.name,
      configPath,
      seed,
      replica: command.text,
      ...judge(config, this.#world.outcome()),
      durationMs,
      directory,
      replay,
    };
  }
}

function utf8Text(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? bytes.toString("utf8") : undefined;
}
