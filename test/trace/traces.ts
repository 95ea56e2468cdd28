// Traces for the tests: a small one by hand, and those of whole runs in virtual time; and the command line as a user calls it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { runEventOf, runOwnReplica } from "../../src/course/distribution/index.ts";
import { TraceFile } from "../../src/course/log/index.ts";
import { parseConfig } from "../../src/course/runner/index.ts";
import type { RunEvent, TraceEvent } from "../../src/trace/index.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const CONFIGS = fileURLToPath(new URL("../../configs/", import.meta.url));

/** A fresh directory that outlives the test, so that a failure can be looked into. */
export function temporaryDirectory(): string {
  return mkdtempSync(path.join(tmpdir(), "keelson-trace-"));
}

/** Calls `keelson trace`. */
export function keelsonTrace(
  words: readonly string[],
  { input }: { readonly input?: string | Uint8Array } = {},
): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, "trace", ...words], {
    encoding: "utf8",
    maxBuffer: 512 * 1024 * 1024,
    ...(input !== undefined && { input }),
  });
  return { status, stdout, stderr };
}

/** How a trace by hand begins. */
export const RUN: RunEvent = {
  type: "run",
  at: 0,
  format: "keelson-trace",
  version: 1,
  producer: "by hand",
  name: "small",
  seed: "7",
  replicas: ["n1", "n2", "n3"],
  clients: ["c1"],
};

/** An election, a put that is lost on one link, heartbeats, a crash. */
export const SMALL: readonly TraceEvent[] = [
  RUN,
  { type: "timer", at: 100, replica: "n1", timer: "election", action: "set", due: 150 },
  { type: "timer", at: 150, replica: "n1", timer: "election", action: "fire" },
  { type: "state", at: 150, replica: "n1", role: "candidate", term: 1, votedFor: "n1" },
  { type: "send", at: 150.2, id: 1, from: "n1", to: "n2", message: "RequestVote", term: 1 },
  { type: "send", at: 150.2, id: 2, from: "n1", to: "n3", message: "RequestVote", term: 1 },
  { type: "deliver", at: 155, id: 1, from: "n1", to: "n2", message: "RequestVote" },
  { type: "state", at: 155, replica: "n2", role: "follower", term: 1, votedFor: "n1" },
  { type: "persist", at: 155, replica: "n2", phase: "start", term: 1, votedFor: "n1" },
  { type: "persist", at: 156, replica: "n2", phase: "done", term: 1, votedFor: "n1" },
  { type: "send", at: 156, id: 3, from: "n2", to: "n1", message: "RequestVoteResponse", term: 1, summary: "granted" },
  { type: "drop", at: 158, id: 2, from: "n1", to: "n3", message: "RequestVote", reason: "loss" },
  { type: "deliver", at: 160, id: 3, from: "n2", to: "n1", message: "RequestVoteResponse" },
  { type: "state", at: 160, replica: "n1", role: "leader", leader: "n1", why: "votes of n1 n2" },
  { type: "send", at: 161, id: 4, from: "n1", to: "n2", message: "AppendEntries", term: 1, heartbeat: true },
  { type: "send", at: 161, id: 5, from: "n1", to: "n3", message: "AppendEntries", term: 1, heartbeat: true },
  { type: "deliver", at: 165, id: 4, from: "n1", to: "n2", message: "AppendEntries" },
  { type: "deliver", at: 165, id: 5, from: "n1", to: "n3", message: "AppendEntries" },
  { type: "send", at: 165, id: 6, from: "n2", to: "n1", message: "AppendEntriesResponse", term: 1 },
  { type: "deliver", at: 170, id: 6, from: "n2", to: "n1", message: "AppendEntriesResponse" },
  { type: "client-invoke", at: 200, operation: 1, client: "c1", name: "put", key: "x", value: "1" },
  {
    type: "state",
    at: 200,
    replica: "n1",
    log: [{ kind: "append", entries: [{ index: 1, term: 1, text: "put x=1", key: "x", operation: 1 }] }],
  },
  { type: "send", at: 200, id: 7, from: "n1", to: "n2", message: "AppendEntries", term: 1, operation: 1 },
  { type: "deliver", at: 204, id: 7, from: "n1", to: "n2", message: "AppendEntries" },
  { type: "send", at: 204, id: 8, from: "n2", to: "n1", message: "AppendEntriesResponse", term: 1, operation: 1 },
  { type: "deliver", at: 208, id: 8, from: "n2", to: "n1", message: "AppendEntriesResponse" },
  { type: "state", at: 208, replica: "n1", commitIndex: 1, lastApplied: 1 },
  { type: "client-return", at: 208, operation: 1, client: "c1", outcome: "ok" },
  { type: "client-invoke", at: 210, operation: 2, client: "c1", name: "get", key: "y" },
  { type: "partition", at: 211, groups: [["n1"], ["n2", "n3"]], oneWay: [{ from: "n2", to: "n3" }] },
  { type: "kill", at: 220, replica: "n1", signal: "SIGKILL" },
  { type: "client-return", at: 230, operation: 2, client: "c1", outcome: "unknown", detail: "nobody answered" },
  { type: "heal", at: 240 },
  { type: "restart", at: 250, replica: "n1" },
  { type: "annotation", at: 255, topic: "phase", text: "liveness" },
  { type: "violation", at: 260, rule: "linearizable", detail: "a stale read", oracle: "ghost" },
];

/** Writes a trace to a file; gzipped if its name says so. */
export function writeTrace(file: string, events: readonly TraceEvent[], { keyframeEvents = 2000 } = {}): string {
  const trace = new TraceFile(file, { keyframeEvents });
  for (const event of events) trace.write(event);
  trace.close();
  assert.equal(trace.failure, undefined);
  return file;
}

/** Everything that happens in a run of one of the course's configs, in virtual time. */
export function courseRun(name: string, seed: string): readonly TraceEvent[] {
  const parsed = parseConfig(readFileSync(path.join(CONFIGS, `${name}.json`), "utf8"), { file: name });
  assert.ok(parsed.ok);
  const events: TraceEvent[] = [runEventOf(parsed.config, { seed, producer: "test" })];
  runOwnReplica(parsed.config, { seed, observe: (event) => events.push(event) });
  return events;
}
