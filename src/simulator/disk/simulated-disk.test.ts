import assert from "node:assert/strict";
import test from "node:test";
import { Prng } from "../../base/index.ts";
import { SimulatedDisk } from "./simulated-disk.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

/** A disk with the file "log", durable with these bytes. */
function diskWith(...values: number[]): SimulatedDisk {
  const disk = new SimulatedDisk();
  disk.append("log", bytes(...values));
  assert.ok(disk.sync("log") && disk.syncDirectory());
  return disk;
}

test("what was synced survives every crash; what was not is lost, kept or torn", () => {
  const damage = { lost: 0, torn: 0, kept: 0 };
  for (let seed = 0; seed < 300; seed++) {
    const disk = diskWith(1, 2, 3);
    disk.append("log", bytes(4, 5, 6, 7));
    assert.ok(disk.hasPending);
    const { lost, torn, kept } = disk.crash(new Prng(seed));
    damage.lost += lost;
    damage.torn += torn;
    damage.kept += kept;
    const found = disk.read("log") ?? bytes();
    assert.deepEqual([...found.subarray(0, 3)], [1, 2, 3]);
    if (kept === 1) assert.deepEqual([...found], [1, 2, 3, 4, 5, 6, 7]);
    assert.ok(!disk.hasPending);
  }
  assert.ok(damage.lost > 50 && damage.torn > 50 && damage.kept > 50, JSON.stringify(damage));
});

test("without a generator a crash loses all that was not synced", () => {
  const disk = diskWith(1);
  disk.append("log", bytes(2));
  disk.append("other", bytes(3));
  disk.crash(undefined);
  assert.deepEqual([...(disk.read("log") ?? [])], [1]);
  assert.equal(disk.read("other"), undefined);
});

test("a later write may survive an earlier one of the same file", () => {
  const survivors = new Set<string>();
  for (let seed = 0; seed < 500; seed++) {
    const disk = diskWith();
    disk.append("log", bytes(1));
    disk.append("log", bytes(2));
    disk.crash(new Prng(seed));
    survivors.add([...(disk.read("log") ?? [])].join(" "));
  }
  for (const state of ["", "1", "1 2", "2"])
    assert.ok(survivors.has(state), `"${state}" among ${[...survivors].join(", ")}`);
});

test("a rename shows at once, and survives only after the directory was synced", () => {
  const rename = () => {
    const disk = diskWith(1);
    disk.append("log.new", bytes(2));
    assert.ok(disk.sync("log.new"));
    disk.rename("log.new", "log");
    assert.deepEqual([...(disk.read("log") ?? [])], [2]);
    return disk;
  };
  const unsynced = rename();
  unsynced.crash(undefined);
  assert.deepEqual([...(unsynced.read("log") ?? [])], [1]);
  const synced = rename();
  assert.ok(synced.syncDirectory());
  synced.crash(undefined);
  assert.deepEqual([...(synced.read("log") ?? [])], [2]);
  assert.equal(synced.read("log.new"), undefined);
});

test("a file whose name was never synced is gone, though its bytes were", () => {
  const disk = new SimulatedDisk();
  disk.append("log", bytes(1));
  assert.ok(disk.sync("log"));
  disk.crash(undefined);
  assert.equal(disk.read("log"), undefined);
});

test("a failed sync makes nothing durable, and says so once", () => {
  const disk = diskWith(1);
  disk.append("log", bytes(2));
  disk.failNextSync();
  assert.equal(disk.sync("log"), false);
  disk.crash(undefined);
  assert.deepEqual([...(disk.read("log") ?? [])], [1]);
  assert.equal(disk.sync("log"), true);
});

test("a truncated file is cut for every reader, and for good after a sync", () => {
  const disk = diskWith(1, 2, 3);
  disk.truncate("log", 1);
  assert.deepEqual([...(disk.read("log") ?? [])], [1]);
  disk.crash(undefined);
  assert.deepEqual([...(disk.read("log") ?? [])], [1, 2, 3]);
  disk.truncate("log", 1);
  assert.ok(disk.sync("log"));
  disk.append("log", bytes(9));
  assert.deepEqual([...(disk.read("log") ?? [])], [1, 9]);
});

test("a wiped disk holds nothing", () => {
  const disk = diskWith(1);
  disk.wipe();
  assert.equal(disk.read("log"), undefined);
});
