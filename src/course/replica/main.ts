// 3700kvstore <port> <id> <others...>: the process around one course replica: a UDP socket, a timer, a log file on request.
import { createSocket, type Socket } from "node:dgram";
import { flushCompileCache } from "node:module";
import { isAddress, type JsonObject } from "../protocol.ts";
import { CourseReplica } from "./course-replica.ts";
import { RoleLog } from "./role-log.ts";
import { courseSettings as settings } from "./settings.ts";
import { StateFile, StateFileError } from "./state-file.ts";
import { warmUp } from "./warm-up.ts";

const usage = "usage: 3700kvstore <UDP port> <own id> <other id> [<other id> ...]";

/** The simulator is gone when nobody has listened on its port for this long, ms. */
const orphanedMs = 3_000;

interface Arguments {
  readonly port: number;
  readonly id: string;
  readonly others: readonly string[];
}

main();

function main(): void {
  const args = parseArguments(process.argv.slice(2));
  if (typeof args === "string") fail(args);
  const { port, id, others } = args;
  try {
    run({ port, id, others });
  } catch (error) {
    if (error instanceof StateFileError) fail(error.message);
    throw error;
  }
}

function run({ port, id, others }: Arguments): void {
  const { KEELSON_STATE_DIR, KEELSON_REPLICA_LOG, KEELSON_SEED } = process.env;
  // The wall clock: all replicas run on one machine.
  const bornAt = performance.timeOrigin;
  const stateFile = KEELSON_STATE_DIR === undefined ? undefined : new StateFile(KEELSON_STATE_DIR, { bornAt });
  const replica = new CourseReplica({
    id,
    others,
    seed: KEELSON_SEED ?? String(process.pid),
    now: monotonicMs(),
    bornAt: stateFile?.bornAt ?? bornAt,
    ...(stateFile && { restored: stateFile.restored, persist: (ready) => stateFile.save(ready) }),
  });
  const log = KEELSON_REPLICA_LOG === undefined ? undefined : new RoleLog(KEELSON_REPLICA_LOG, id);
  const socket = createSocket("udp4");
  const flush = () => {
    for (const message of replica.takeMessages()) socket.send(JSON.stringify(message));
    log?.observe(replica, performance.now());
  };
  socket.on("message", (datagram) => {
    const message = parse(datagram);
    if (message === undefined) return;
    replica.receive(message, monotonicMs());
    flush();
  });
  endWithSimulator(socket);
  socket.bind(0, "127.0.0.1", () => {
    // A connected socket sends without a name lookup, and hears only the simulator.
    socket.connect(port, "127.0.0.1", () => {
      replica.start(monotonicMs());
      flush();
      rehearse();
      // A signal ends a replica, so Node never gets to keep its compiled code for the next start: 70 of 100 ms. Now all is quiet.
      flushCompileCache();
      setInterval(() => {
        replica.tick(monotonicMs());
        flush();
      }, settings.raft.tickMs);
    });
  });
}

/** Warms up while the others may not be spoken to anyway; in slices, so that messages and signals never wait for long. */
function rehearse(): void {
  const endAt = monotonicMs() + settings.silenceMs;
  const rehearsal = warmUp({ requests: settings.warmUpRequests });
  const slice = () => {
    const pauseAt = monotonicMs() + 5;
    while (monotonicMs() < pauseAt) if (rehearsal.next().done) return;
    if (monotonicMs() < endAt) setImmediate(slice);
  };
  setImmediate(slice);
}

/** The kernel reports a datagram that nobody takes. A simulator that is gone for good must not leave replicas behind. */
function endWithSimulator(socket: Socket): void {
  let refusedSince: number | undefined;
  socket.on("message", () => {
    refusedSince = undefined;
  });
  socket.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "ECONNREFUSED") fail(`the UDP socket failed: ${error.message}`);
    refusedSince ??= monotonicMs();
    if (monotonicMs() - refusedSince > orphanedMs) process.exit(0);
  });
}

/** The clock of the machine, which all replicas share; performance.now() begins anew in every process. */
function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function parseArguments([port, id, ...others]: readonly string[]): Arguments | string {
  if (port === undefined || id === undefined || others.length === 0) return usage;
  const number = Number(port);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) {
    return `port "${port}" is not a UDP port (1 to 65535); ${usage}`;
  }
  const ids = [id, ...others];
  const malformed = ids.find((candidate) => !isAddress(candidate));
  if (malformed !== undefined) return `id "${malformed}" is not four hex digits; ${usage}`;
  if (new Set(ids).size !== ids.length) return `the ids ${ids.join(" ")} repeat one; ${usage}`;
  return { port: number, id, others };
}

function parse(datagram: Buffer): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(datagram.toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

function fail(message: string): never {
  process.stderr.write(`3700kvstore: ${message}\n`);
  process.exit(2);
}
