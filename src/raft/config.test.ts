// Settings: what is out of range is refused, in words that say which setting, which value, and what is allowed.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { type RaftConfig, type RaftOptions, raftConfig } from "./config.ts";

type NumericSetting = { [Name in keyof RaftConfig]: RaftConfig[Name] extends number ? Name : never }[keyof RaftConfig];

const ranges: Readonly<Record<NumericSetting, { from: number; to: number; whole: boolean }>> = {
  tickMs: { from: 0.001, to: 1_000_000, whole: false },
  electionTimeoutTicks: { from: 2, to: 1_000_000, whole: true },
  heartbeatTicks: { from: 1, to: 4, whole: true },
  resendTicks: { from: 1, to: Number.MAX_SAFE_INTEGER, whole: true },
  clockDriftMax: { from: 0, to: 0.9, whole: false },
  entriesPerMessageMax: { from: 1, to: Number.MAX_SAFE_INTEGER, whole: true },
  messageBytesMax: { from: 1, to: Number.MAX_SAFE_INTEGER, whole: true },
  inflightMessagesMax: { from: 1, to: Number.MAX_SAFE_INTEGER, whole: true },
  inflightBytesMax: { from: 1, to: Number.MAX_SAFE_INTEGER, whole: true },
  commandBytesMax: { from: 1, to: Number.MAX_SAFE_INTEGER, whole: true },
  uncommittedBytesMax: { from: 1, to: Number.MAX_SAFE_INTEGER, whole: true },
  pendingReadsMax: { from: 1, to: Number.MAX_SAFE_INTEGER, whole: true },
  snapshotChunkBytesMax: { from: 1, to: Number.MAX_SAFE_INTEGER, whole: true },
  snapshotBytesMax: { from: 1, to: Number.MAX_SAFE_INTEGER, whole: true },
};

const names = Object.keys(ranges).filter((name): name is NumericSetting => name in ranges);

/** The setting alone; heartbeatTicks goes with it where the election timeout is the shortest. */
function options(name: NumericSetting, value: number): RaftOptions {
  return { id: "1", heartbeatTicks: 1, [name]: value };
}

test("a value outside its range is refused, with the setting's name, the value and the range", () => {
  const values = fc.oneof(
    fc.double(),
    fc.integer(),
    fc.constantFrom(0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER + 1),
  );
  fc.assert(
    fc.property(fc.constantFrom(...names), values, (name, value) => {
      const { from, to, whole } = ranges[name];
      const allowed = value >= from && value <= to && (!whole || Number.isInteger(value));
      if (allowed) {
        assert.equal(raftConfig(options(name, value))[name], value);
        return;
      }
      const range = `${whole ? "a whole number from " : ""}${from} to ${to}`;
      const message = `${name} is ${value}; allowed is ${range}`;
      assert.throws(() => raftConfig(options(name, value)), { name: "RangeError", message });
    }),
    { numRuns: 5000 },
  );
});

test("the ends of every range are allowed", () => {
  for (const name of names) {
    const { from, to } = ranges[name];
    for (const value of [from, to]) assert.equal(raftConfig(options(name, value))[name], value);
  }
});

test("heartbeats come at least twice in an election timeout", () => {
  for (let electionTimeoutTicks = 3; electionTimeoutTicks < 40; electionTimeoutTicks++) {
    const longest = Math.ceil(electionTimeoutTicks / 2) - 1;
    const settings = { id: "1", electionTimeoutTicks };
    assert.ok(2 * longest < electionTimeoutTicks);
    assert.equal(raftConfig({ ...settings, heartbeatTicks: longest }).heartbeatTicks, longest);
    const message = `heartbeatTicks is ${longest + 1}; allowed is a whole number from 1 to ${longest}`;
    assert.throws(() => raftConfig({ ...settings, heartbeatTicks: longest + 1 }), { message });
  }
});

test("a node needs an id, and a mode that exists", () => {
  assert.throws(() => raftConfig({ id: "" }), { name: "RangeError", message: "id must not be empty" });
  const unknown: RaftOptions = JSON.parse('{"id":"1","replication":"lazy"}');
  assert.throws(() => raftConfig(unknown), { message: "replication is lazy; allowed is eager or thrifty" });
});
