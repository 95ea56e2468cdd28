import assert from "node:assert/strict";
import test from "node:test";
import { Prng } from "../../base/index.ts";
import { type Entry, membershipOf, type Snapshot } from "../../raft/index.ts";
import type { StorageRecord } from "./record-bytes.ts";
import { ReplicaStorage } from "./replica-storage.ts";
import { SimulatedDisk } from "./simulated-disk.ts";

const command = (index: number, term: number): Entry => {
  return { index, term, type: "command", command: Uint8Array.from([index, term, 255, 0]) };
};
const entriesOf = (...entries: Entry[]): StorageRecord => ({ snapshot: undefined, entries, hardState: undefined });
const voted = (currentTerm: number, votedFor: string | undefined, commitIndex: number): StorageRecord => {
  return { snapshot: undefined, entries: [], hardState: { currentTerm, votedFor, commitIndex } };
};
const snapshot: Snapshot = {
  lastIncludedIndex: 2,
  lastIncludedTerm: 1,
  membership: membershipOf(["n1", "n2"], ["n3"]),
  state: Uint8Array.from([1, 2, 3]),
};

function append(storage: ReplicaStorage, record: StorageRecord): void {
  storage.beginAppend(record);
  assert.ok(storage.finishAppend());
}

test("a restart finds hard state, entries of every kind and what replaced others", () => {
  const disk = new SimulatedDisk();
  const storage = new ReplicaStorage(disk);
  const membership: Entry = { index: 3, term: 2, type: "membership", membership: membershipOf(["n1"]) };
  append(storage, voted(1, "n2", 0));
  append(storage, entriesOf({ index: 1, term: 1, type: "no-op" }, command(2, 1), command(3, 1), command(4, 1)));
  append(storage, entriesOf(membership));
  append(storage, voted(2, undefined, 2));
  const found = new ReplicaStorage(disk).recover();
  assert.deepEqual(found.hardState, { currentTerm: 2, votedFor: undefined, commitIndex: 2 });
  assert.deepEqual(found.entries, [{ index: 1, term: 1, type: "no-op" }, command(2, 1), membership]);
  assert.deepEqual([found.snapshot, found.sequence, found.tornBytes], [undefined, 4, 0]);
});

test("a new file replaces the old one whole: before the end of its sync a crash leaves the old one", () => {
  const disk = new SimulatedDisk();
  const storage = new ReplicaStorage(disk);
  append(storage, entriesOf(command(1, 1), command(2, 1), command(3, 1)));
  storage.beginReplace({ snapshot, entries: [command(3, 1)], hardState: undefined });
  disk.crash(undefined);
  assert.equal(new ReplicaStorage(disk).recover().entries.length, 3);
  const again = new ReplicaStorage(disk);
  again.recover();
  again.beginReplace({ snapshot, entries: [command(3, 1)], hardState: undefined });
  assert.ok(again.finishReplace());
  append(again, entriesOf(command(4, 2)));
  disk.crash(undefined);
  const found = new ReplicaStorage(disk).recover();
  assert.deepEqual(found.snapshot, snapshot);
  assert.deepEqual(found.entries, [command(3, 1), command(4, 2)]);
});

test("a disk that fails at any sync says so", () => {
  const disk = new SimulatedDisk();
  const storage = new ReplicaStorage(disk);
  storage.beginAppend(entriesOf(command(1, 1)));
  disk.failNextSync();
  assert.equal(storage.finishAppend(), false);
  storage.beginReplace({ snapshot, entries: [], hardState: undefined });
  disk.failNextSync();
  assert.equal(storage.finishReplace(), false);
  assert.equal(storage.syncedSequence, 0);
});

test("whatever a crash does to the last writes, a restart finds a beginning of them, with all that was synced", () => {
  let torn = 0;
  for (let seed = 0; seed < 500; seed++) {
    const prng = new Prng(seed);
    const disk = new SimulatedDisk();
    const storage = new ReplicaStorage(disk);
    let last = 0;
    for (let write = 0; write < 4; write++) append(storage, entriesOf(command(++last, 1)));
    for (let write = 0; write < 3; write++) storage.beginAppend(entriesOf(command(++last, 1)));
    disk.crash(prng);
    const restarted = new ReplicaStorage(disk);
    const found = restarted.recover();
    torn += found.tornBytes > 0 ? 1 : 0;
    assert.ok(found.sequence >= storage.syncedSequence, `seed ${seed} finds ${found.sequence}`);
    assert.deepEqual(
      found.entries,
      found.entries.map((_, at) => command(at + 1, 1)),
    );
    // What was torn is cut off, so that the next write can be read again.
    append(restarted, entriesOf(command(found.entries.length + 1, 2)));
    disk.crash(undefined);
    assert.equal(new ReplicaStorage(disk).recover().entries.length, found.entries.length + 1);
  }
  assert.ok(torn > 50, `${torn} of 500 crashes left a torn tail`);
});
