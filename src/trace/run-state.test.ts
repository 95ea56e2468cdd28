// What a run looks like at a moment: told event by event, or from a keyframe on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Prng } from "../base/index.ts";
import { type Keyframe, parseTraceLine, RunState, type RunView, type TraceEvent, TraceWriter } from "./index.ts";

const RUN: TraceEvent = {
  type: "run",
  at: 0,
  format: "keelson-trace",
  version: 1,
  producer: "test",
  name: "states",
  seed: "1",
  replicas: ["n1", "n2", "n3"],
  clients: ["c1"],
};

function viewAfter(...events: readonly TraceEvent[]): RunView {
  const state = new RunState();
  for (const event of [RUN, ...events]) state.apply(event);
  return state.view();
}

const n1 = { at: 1, replica: "n1" } as const;

test("a replica's fields stay until they are told anew; null is told, too", () => {
  const { n1: replica } = viewAfter(
    {
      ...n1,
      type: "state",
      role: "leader",
      term: 2,
      leader: "n1",
      extra: { a: 1, b: 2 },
      progress: { n2: { match: 0, next: 1 } },
    },
    { ...n1, type: "state", commitIndex: 4, leader: null, extra: { a: null, c: 3 } },
  ).replicas;
  assert.deepEqual(replica, {
    status: "up",
    role: "leader",
    term: 2,
    leader: null,
    commitIndex: 4,
    extra: { b: 2, c: 3 },
    progress: { n2: { match: 0, next: 1 } },
  });
});

test("who leads no longer has no progress of followers", () => {
  const { n1: replica } = viewAfter(
    { ...n1, type: "state", role: "leader", progress: { n2: { match: 0, next: 1 } } },
    { ...n1, type: "state", role: "follower" },
  ).replicas;
  assert.deepEqual(replica, { status: "up", role: "follower" });
});

test("the log follows its changes: appended, overwritten, truncated, compacted, replaced by a snapshot", () => {
  const entry = (index: number, term: number) => ({ index, term });
  const log = (...changes: NonNullable<Extract<TraceEvent, { type: "state" }>["log"]>) => {
    const view = viewAfter({ ...n1, type: "state", log: changes }).replicas["n1"];
    assert.equal(view?.lastIndex, (view?.log?.snapshotIndex ?? 0) + (view?.log?.entries.length ?? 0));
    return [
      view?.log?.snapshotIndex,
      view?.log?.snapshotTerm,
      view?.log?.entries.map(({ index, term }) => `${index}/${term}`),
    ];
  };
  const three = { kind: "append", entries: [entry(1, 1), entry(2, 1), entry(3, 2)] } as const;
  assert.deepEqual(log(three), [0, 0, ["1/1", "2/1", "3/2"]]);
  assert.deepEqual(log(three, { kind: "append", entries: [entry(2, 3)] }), [0, 0, ["1/1", "2/3"]]);
  assert.deepEqual(log(three, { kind: "truncate", from: 2 }), [0, 0, ["1/1"]]);
  assert.deepEqual(log(three, { kind: "compact", to: 2, term: 1 }), [2, 1, ["3/2"]]);
  assert.deepEqual(log(three, { kind: "compact", to: 9, term: 4 }), [9, 4, []]);
  assert.deepEqual(
    log(three, { kind: "compact", to: 2, term: 1 }, { kind: "append", entries: [entry(2, 1), entry(3, 3)] }),
    [2, 1, ["3/3"]],
  );
  assert.deepEqual(log({ kind: "append", entries: [entry(7, 2)] }), [6, 0, ["7/2"]], "a trace that begins later");
});

test("a restart keeps what is on disk, a wiped one nothing", () => {
  const life: readonly TraceEvent[] = [
    {
      ...n1,
      type: "state",
      role: "leader",
      term: 3,
      votedFor: "n1",
      commitIndex: 1,
      log: [{ kind: "append", entries: [{ index: 1, term: 3 }] }],
    },
    { ...n1, type: "persist", phase: "done", term: 3, lastIndex: 1 },
    { ...n1, type: "timer", timer: "heartbeat", action: "set", due: 50 },
    { ...n1, type: "kill" },
  ];
  assert.equal(viewAfter(...life).replicas["n1"]?.status, "dead");
  assert.deepEqual(viewAfter(...life, { ...n1, type: "restart" }).replicas["n1"], {
    status: "up",
    term: 3,
    votedFor: "n1",
    lastIndex: 1,
    log: { snapshotIndex: 0, snapshotTerm: 0, entries: [{ index: 1, term: 3 }] },
    durable: { term: 3, lastIndex: 1 },
  });
  assert.deepEqual(viewAfter(...life, { ...n1, type: "restart", wiped: true }).replicas["n1"], { status: "up" });
});

test("pausing and resuming a dead replica wakes nobody", () => {
  const status = (...types: readonly ("pause" | "kill" | "resume")[]) =>
    viewAfter(...types.map((type): TraceEvent => ({ ...n1, type }))).replicas["n1"]?.status;
  assert.equal(status("pause"), "paused");
  assert.equal(status("pause", "resume"), "up");
  assert.equal(status("pause", "kill", "resume"), "dead");
  assert.equal(status("kill", "pause"), "dead");
});

test("a dead replica that tells its state has been started anew", () => {
  const { n1: replica } = viewAfter(
    { ...n1, type: "state", role: "leader", term: 3, commitIndex: 2 },
    { ...n1, type: "kill" },
    { ...n1, type: "state", role: "follower" },
  ).replicas;
  assert.deepEqual(replica, { status: "up", role: "follower", term: 3 });
});

test("timers, messages under way, open operations and partitions come and go", () => {
  const begun: readonly TraceEvent[] = [
    { ...n1, type: "timer", timer: "election", action: "set", due: 150 },
    { type: "send", at: 1, id: 7, from: "n1", to: "n2", message: "append", heartbeat: true },
    { type: "client-invoke", at: 1, operation: 3, client: "c1", name: "put", key: "x", value: "1" },
    { type: "partition", at: 1, groups: [["n1"], ["n2", "n3"]] },
  ];
  const view = viewAfter(...begun);
  assert.deepEqual(view.replicas["n1"]?.timers, { election: 150 });
  assert.deepEqual(view.underway, [{ id: 7, from: "n1", to: "n2", message: "append", sentAt: 1, heartbeat: true }]);
  assert.deepEqual(view.operations, [{ operation: 3, client: "c1", name: "put", key: "x", value: "1", invokedAt: 1 }]);
  assert.deepEqual(view.partition, { groups: [["n1"], ["n2", "n3"]] });
  const ended = viewAfter(
    ...begun,
    { ...n1, type: "timer", timer: "election", action: "fire" },
    { type: "drop", at: 2, id: 7, from: "n1", to: "n2", message: "append", reason: "partition" },
    { type: "client-return", at: 2, operation: 3, client: "c1", outcome: "unknown" },
    { type: "heal", at: 2 },
  );
  assert.deepEqual(ended, viewAfter());
});

test("from any keyframe on, a reader sees what one sees who read everything", () => {
  const seed = process.env["KEELSON_SEED"] ?? "trace-keyframes";
  const lines: { line: string; keyframe: Keyframe | undefined }[] = [];
  const writer = new TraceWriter((line, keyframe) => lines.push({ line, keyframe }), { keyframeEvents: 50 });
  for (const event of randomEvents(seed, 2000)) writer.write(event);

  const whole = new RunState();
  const fromKeyframes: RunState[] = [];
  let events = 0;
  for (const { line } of lines) {
    const parsed = parseTraceLine(line);
    if (parsed.kind === "keyframe") {
      const { type, at, events: before, ...view } = parsed.keyframe;
      assert.equal(before, events, `replay: KEELSON_SEED=${seed}`);
      assert.deepEqual(view, JSON.parse(JSON.stringify(whole.view())), `keyframe at ${at}; KEELSON_SEED=${seed}`);
      fromKeyframes.push(new RunState(view));
    } else {
      assert.equal(parsed.kind, "event");
      if (parsed.kind !== "event") continue;
      events++;
      for (const state of [whole, ...fromKeyframes]) state.apply(parsed.event);
    }
  }
  assert.ok(fromKeyframes.length >= 5, `${fromKeyframes.length} keyframes`);
  for (const state of fromKeyframes) assert.deepEqual(state.view(), whole.view(), `KEELSON_SEED=${seed}`);
});

test("keyframes take at most a bounded part of a trace, however large the state", () => {
  let characters = 0;
  let ofKeyframes = 0;
  const writer = new TraceWriter(
    (line, keyframe) => {
      characters += line.length;
      if (keyframe !== undefined) ofKeyframes += line.length;
    },
    { keyframeEvents: 10 },
  );
  writer.write(RUN);
  for (let index = 1; index <= 5000; index++) {
    writer.write({ type: "state", at: index, replica: "n1", log: [{ kind: "append", entries: [{ index, term: 1 }] }] });
  }
  assert.ok(ofKeyframes > 0);
  assert.ok(ofKeyframes < characters / 3, `${ofKeyframes} of ${characters}`);
});

/** A run in which everything may happen. */
function randomEvents(seed: string, count: number): TraceEvent[] {
  const prng = new Prng(seed);
  const events: TraceEvent[] = [RUN];
  const last = new Map<string, number>();
  for (let id = 1; events.length <= count; id++) {
    const at = id / 4;
    const replica = prng.pick(["n1", "n2", "n3"]);
    const next = (last.get(replica) ?? 0) + 1;
    const message = { id, from: replica, to: prng.pick(["n1", "n2", "c1"]), message: "m" };
    const choices: (() => readonly TraceEvent[])[] = [
      () => [{ type: "send", at, ...message, bytes: id }],
      () => [
        { type: "send", at, ...message },
        { type: "deliver", at, ...message },
      ],
      () => [
        { type: "send", at, ...message },
        { type: "drop", at, ...message, reason: "loss" },
      ],
      () => {
        last.set(replica, next);
        return [
          {
            type: "state",
            at,
            replica,
            term: id,
            log: [{ kind: "append", entries: [{ index: next, term: id, text: "x" }] }],
          },
        ];
      },
      () => {
        last.set(replica, Math.max(0, next - 3));
        return [{ type: "state", at, replica, log: [{ kind: "truncate", from: Math.max(1, next - 2) }] }];
      },
      () => [
        {
          type: "state",
          at,
          replica,
          role: prng.pick(["leader", "follower"]),
          progress: { n2: { match: 1, next: id } },
        },
      ],
      () => [{ type: "state", at, replica, leader: null, commitIndex: id, extra: { id: prng.pick([id, null]) } }],
      () => [
        { type: "timer", at, replica, timer: prng.pick(["a", "b"]), action: prng.pick(["set", "fire"]), due: at + 5 },
      ],
      () => [{ type: "persist", at, replica, phase: prng.pick(["start", "done"]), term: id, votedFor: null }],
      () => [{ type: prng.pick(["kill", "pause", "resume", "restart"]), at, replica }],
      () => [{ type: "restart", at, replica, wiped: prng.float() < 0.3 }],
      () => [{ type: "client-invoke", at, operation: id, client: "c1", name: "get", key: "k" }],
      () => [{ type: "client-return", at, operation: Math.max(1, id - 5), client: "c1", outcome: "ok" }],
      () => [{ type: "partition", at, groups: [["n1"], ["n2", "n3"]], oneWay: [{ from: "n2", to: "n3" }] }],
      () => [{ type: "heal", at }],
      () => [{ type: "annotation", at, text: "x" }],
    ];
    events.push(...prng.pick(choices)());
  }
  return events;
}
