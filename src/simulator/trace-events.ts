// What happens in a simulated run, as events of the trace format.
import type { Entry, Message, Ready } from "../raft/index.ts";
import {
  type LogChange,
  TRACE_FORMAT,
  TRACE_VERSION,
  type TraceEntry,
  type TraceEvent,
  type TraceMembership,
} from "../trace/index.ts";
import type { EndpointNames } from "./choices.ts";
import type { Outcome } from "./clients/client.ts";
import type { ClientRequest, ClientResponse } from "./clients/client-messages.ts";
import type { Action, OperationRequest } from "./decisions.ts";
import type { Sent } from "./network.ts";
import type { Replica } from "./replica.ts";
import type { Input, Running } from "./replica-state.ts";
import type { Settings } from "./settings.ts";
import { decodeCommand } from "./store/command.ts";

type Carried = Message | ClientRequest | ClientResponse;

/** Always the first event. */
export function runEvent(run: { seed: string; settings: Settings; clients: readonly string[] }): TraceEvent {
  const { seed, settings, clients } = run;
  return {
    type: "run",
    at: 0,
    format: TRACE_FORMAT,
    version: TRACE_VERSION,
    producer: "keelson simulator",
    name: "simulate",
    seed,
    replicas: settings.nodes,
    clients,
    config: JSON.parse(JSON.stringify(settings)),
    replay: `keelson simulate --seed ${seed}`,
  };
}

export function sent(
  at: number,
  { sent: { from, to, id }, message, names }: { sent: Sent; message: Carried; names: EndpointNames },
): TraceEvent {
  const [source, target] = [names[from] ?? "", names[to] ?? ""];
  const base = { type: "send", at, id, from: source, to: target, message: message.type } as const;
  if (message.type === "ClientRequest" || message.type === "ClientResponse") {
    const operation = message.seq * 64 + message.client;
    return { ...base, operation, summary: summaryOf(message) };
  }
  const heartbeat = message.type === "AppendEntries" && message.entries.length === 0;
  return { ...base, term: message.term, summary: summaryOf(message), ...(heartbeat && { heartbeat }) };
}

export function delivered(
  at: number,
  { sent: { from, to, id }, message, names }: { sent: Sent; message: Carried; names: EndpointNames },
): TraceEvent {
  return { type: "deliver", at, id, from: names[from] ?? "", to: names[to] ?? "", message: message.type };
}

export function dropped(
  at: number,
  fate: { sent: Sent; message: Carried; names: EndpointNames; reason: "loss" | "partition" | "dead" },
): TraceEvent {
  const { sent: way, message, names, reason } = fate;
  const [from, to] = [names[way.from] ?? "", names[way.to] ?? ""];
  return { type: "drop", at, id: way.id, from, to, message: message.type, reason };
}

export function invoked(
  at: number,
  { client, operation, request }: { client: string; operation: number; request: OperationRequest },
): TraceEvent {
  const { kind: name, key, value, expected } = request;
  const argument = kindOfArgument(name, value, expected);
  return { type: "client-invoke", at, operation, client, name, key: `k${key}`, ...argument };
}

function kindOfArgument(
  name: string,
  value: string | undefined,
  expected: string | undefined,
): { value?: string | string[] } {
  if (value === undefined) return {};
  return { value: name === "cas" ? [expected ?? "", value] : value };
}

export function returned(
  at: number,
  { client, operation, outcome }: { client: string; operation: number; outcome: Outcome },
): TraceEvent {
  const base = { type: "client-return", at, operation, client } as const;
  if (outcome.type !== "answered") return { ...base, outcome: outcome.type === "failed" ? "fail" : "unknown" };
  const { answer } = outcome;
  if (answer.type === "value") return { ...base, outcome: "ok", value: answer.value ?? null };
  return { ...base, outcome: "ok", ...(answer.type === "written" && { value: answer.result }) };
}

/** A restarted replica, with what it found on its disk. */
export function started(at: number, { id, running, durable }: Replica): TraceEvent {
  const why = durable.hardState === undefined ? "starts for the first time" : "starts from its disk";
  if (running === undefined) return { type: "restart", at, replica: id };
  const { node } = running;
  return {
    type: "state",
    at,
    replica: id,
    role: "follower",
    term: node.term,
    votedFor: node.votedFor ?? null,
    commitIndex: node.commitIndex,
    membership: membershipOf(node.membership),
    why,
  };
}

export function changed(
  at: number,
  { replica, running, input }: { replica: Replica; running: Running; input: Input },
): TraceEvent {
  const { node, seen } = running;
  return {
    type: "state",
    at,
    replica: replica.id,
    ...(node.role !== seen.role && { role: node.role }),
    ...(node.term !== seen.term && { term: node.term }),
    ...(node.votedFor !== seen.votedFor && { votedFor: node.votedFor ?? null }),
    ...(node.commitIndex !== seen.commitIndex && { commitIndex: node.commitIndex }),
    ...(node.membership !== seen.membership && { membership: membershipOf(node.membership) }),
    why: input.type === "message" ? `${input.message.type} of ${input.message.from}` : input.type,
  };
}

/** The changes of the log that a Ready shows, and the write that it begins. */
export function handedOut(
  at: number,
  { replica, running, ready }: { replica: Replica; running: Running; ready: Ready },
): TraceEvent[] {
  const { snapshot, entries, hardState } = ready;
  if (snapshot === undefined && entries.length === 0 && hardState === undefined) return [];
  const log: LogChange[] = [];
  if (snapshot !== undefined) {
    log.push({ kind: "compact", to: snapshot.lastIncludedIndex, term: snapshot.lastIncludedTerm });
  }
  if (entries.length > 0) log.push({ kind: "append", entries: entries.map(entryOf) });
  const state: TraceEvent = { type: "state", at, replica: replica.id, log };
  const persist: TraceEvent = {
    type: "persist",
    at,
    replica: replica.id,
    phase: "start",
    ...(hardState && { term: hardState.currentTerm, votedFor: hardState.votedFor ?? null }),
    ...(entries.length > 0 && { lastIndex: running.handed.lastIndex }),
    ...(snapshot && { snapshotIndex: snapshot.lastIncludedIndex }),
  };
  return log.length > 0 ? [state, persist] : [persist];
}

export function persisted(at: number, { replica, ready }: { replica: Replica; ready: Ready }): TraceEvent {
  const { hardState, snapshot } = ready;
  return {
    type: "persist",
    at,
    replica: replica.id,
    phase: "done",
    ...(hardState && { term: hardState.currentTerm, votedFor: hardState.votedFor ?? null }),
    lastIndex: replica.durable.log.lastIndex,
    ...(snapshot && { snapshotIndex: snapshot.lastIncludedIndex }),
  };
}

/** A cut of the network: groups where it parts the replicas into groups, single links otherwise. */
export function partition(
  at: number,
  { cut, nodes }: { cut: readonly string[]; nodes: readonly string[] },
): TraceEvent {
  if (cut.length === 0) return { type: "heal", at };
  const isCut = (from: string, to: string) => cut.includes(`${from}>${to}`);
  const groupOf = (id: string) => nodes.filter((other) => other === id || !(isCut(id, other) && isCut(other, id)));
  const groups = [...new Map(nodes.map((id) => [groupOf(id).join(" "), groupOf(id)])).values()];
  const parts = groups.reduce((sum, group) => sum + group.length, 0) === nodes.length;
  const whole = groups.every((group) => group.every((from) => group.every((to) => from === to || !isCut(from, to))));
  if (parts && whole) return { type: "partition", at, groups };
  const oneWay = cut.map((link) => ({ from: link.split(">")[0] ?? "", to: link.split(">")[1] ?? "" }));
  return { type: "partition", at, groups: [nodes], oneWay };
}

/** What was done to the cluster, in words. */
export function annotation(at: number, action: Action): TraceEvent {
  const { type, at: _at, ...rest } = action;
  const replica = "node" in action ? { replica: action.node } : {};
  return { type: "annotation", at, text: type, detail: JSON.stringify(rest), topic: "fault", ...replica };
}

function entryOf(entry: Entry): TraceEntry {
  const { index, term, type } = entry;
  if (type === "no-op") return { index, term, kind: "noop" };
  if (type === "membership") return { index, term, kind: "membership", text: JSON.stringify(entry.membership.voters) };
  const { client, seq, kind, key, value } = decodeCommand(entry.command);
  return { index, term, text: `${kind} k${key}=${value}`, key: `k${key}`, operation: seq * 64 + client };
}

function membershipOf(membership: {
  voters: readonly string[];
  votersOutgoing: readonly string[];
  learners: readonly string[];
}): TraceMembership {
  const { voters, votersOutgoing: outgoing, learners } = membership;
  return { voters, ...(outgoing.length > 0 && { outgoing }), ...(learners.length > 0 && { learners }) };
}

function summaryOf(message: Carried): string {
  switch (message.type) {
    case "ClientRequest":
      return `attempt ${message.attempt}`;
    case "ClientResponse":
      return message.answer.type;
    case "AppendEntries": {
      const { prevLogIndex, prevLogTerm, entries, leaderCommit } = message;
      const last = prevLogIndex + entries.length;
      const what = entries.length > 0 ? `entries ${prevLogIndex + 1}..${last}, ` : "";
      return `after ${prevLogIndex}@${prevLogTerm}: ${what}commit ${leaderCommit}`;
    }
    case "AppendEntriesResponse":
      return message.success ? `holds up to ${message.matchIndex}` : `refuses ${message.matchIndex}`;
    case "PreVote":
    case "RequestVote":
      return `log ends with ${message.lastLogIndex}@${message.lastLogTerm}`;
    case "PreVoteResponse":
    case "RequestVoteResponse":
      return message.voteGranted ? "granted" : "refused";
    case "InstallSnapshot":
      return `snapshot ${message.lastIncludedIndex}@${message.lastIncludedTerm}, bytes from ${message.offset} of ${message.totalBytes}`;
    case "InstallSnapshotResponse":
      return message.done ? `installed up to ${message.matchIndex}` : `wants bytes from ${message.nextOffset}`;
    case "ReadIndexRequest":
      return message.context;
    case "ReadIndexResponse":
      return `${message.context} at ${message.readIndex}`;
    case "TimeoutNow":
      return "take over";
  }
}
