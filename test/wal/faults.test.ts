// One fault at a time, in every file and on every kind of operation: the log is right, or it stops with a typed error; never silent.
import assert from "node:assert/strict";
import test from "node:test";
import { Prng } from "../../src/base/index.ts";
import { CorruptionError, IncompatibleError, StorageError, Wal } from "../../src/wal/index.ts";
import { CrashDisk, type OperationFault } from "./crash-disk.ts";
import { judge, Life } from "./life.ts";
import { IDENTITY, OPTIONS, openOn, perform } from "./workload.ts";

const SEED = process.env["KEELSON_SEED"] ?? "faults-1";
const REPLAY = `replay: KEELSON_SEED=${SEED} npm test -- wal/faults`;

/** A life that has ended cleanly, with segments and snapshots. */
function lived(steps: number): Life {
  const life = new Life(new CrashDisk(), { prng: new Prng(`${SEED}/life`), atBoundary: () => undefined });
  life.open();
  for (let step = 0; step < steps; step++) life.step();
  life.close();
  return life;
}

/** Opens a damaged disk: true when it was refused with one clear line, false when all is right. Anything else throws. */
function isRefused(disk: CrashDisk, life: Life): boolean {
  try {
    const { recovered } = openOn(disk, (operation) => disk.run(operation));
    judge(recovered, life.expectation);
    return false;
  } catch (error) {
    if (!(error instanceof CorruptionError || error instanceof IncompatibleError)) throw error;
    assert.doesNotMatch(error.message, /\n/);
    return true;
  }
}

const DAMAGES: Readonly<Record<string, (bytes: Uint8Array, at: number, prng: Prng) => Uint8Array>> = {
  "bit flip": (bytes, at, prng) => {
    bytes[at] = (bytes[at] ?? 0) ^ (1 << prng.integer({ from: 0, to: 7 }));
    return bytes;
  },
  "zeroed sector": (bytes, at) => bytes.fill(0, at - (at % 512), at - (at % 512) + 512),
  "garbage sector": (bytes, at, prng) => {
    for (let place = at - (at % 512); place < Math.min(bytes.length, at - (at % 512) + 512); place++) {
      bytes[place] = prng.uint32() & 0xff;
    }
    return bytes;
  },
  "cut off": (bytes, at) => bytes.slice(0, at),
};

test("damage at rest, in any sector of any file, is found or does no harm", () => {
  const life = lived(150);
  const counts = { refused: 0, right: 0 };
  for (const name of life.disk.list()) {
    const length = life.disk.read(name)?.length ?? 0;
    for (let sector = 0; sector < length; sector += 512) {
      for (const [damage, inflict] of Object.entries(DAMAGES)) {
        const prng = new Prng(`${SEED}/${name}/${sector}/${damage}`);
        const disk = life.disk.copy();
        const at = Math.min(length - 1, sector + prng.integer({ from: 0, to: damage === "bit flip" ? 63 : 511 }));
        disk.put(name, inflict(disk.read(name) ?? new Uint8Array(0), at, prng));
        try {
          counts[isRefused(disk, life) ? "refused" : "right"]++;
        } catch (error) {
          throw new Error(`${damage} at ${at} of ${name}; ${REPLAY}`, { cause: error });
        }
      }
    }
  }
  assert(counts.refused > 20 && counts.right > 20, JSON.stringify(counts));
});

test("a damaged record with another behind it is refused, although no mark says that it was synced", () => {
  const disk = new CrashDisk();
  const { wal } = openOn(disk, (operation) => disk.run(operation));
  const name = "0000000000000001.wal";
  for (let index = 1; index <= 3; index++) {
    const entry = { index, term: 1, type: "no-op" } as const;
    const hardState = { currentTerm: index, votedFor: undefined, commitIndex: 0 };
    perform(wal.append([{ snapshot: undefined, entries: [entry], hardState }]), (operation) => disk.run(operation));
  }
  for (const [record, isSynced] of [
    [2, true],
    [3, true],
    [4, false],
  ] as const) {
    const damaged = disk.copy();
    const bytes = damaged.read(name) ?? new Uint8Array(0);
    bytes.fill(0xa5, record * 512, record * 512 + 512);
    damaged.put(name, bytes);
    if (isSynced) assert.throws(() => Wal.open(damaged, OPTIONS), /was synced before the one at byte/);
    else assert(Wal.open(damaged, OPTIONS).recovered.tornBytes > 0, "the last one may be a torn write");
  }
});

test("a file that is missing is noticed, or was not needed", () => {
  const life = lived(150);
  const outcomes = life.disk.list().map((name) => {
    const disk = life.disk.copy();
    disk.delete(name);
    return isRefused(disk, life);
  });
  assert(outcomes.includes(true));
});

test("an operation that fails ends the log for good, and nothing acknowledged is lost", () => {
  const faults: readonly OperationFault[] = ["EIO", "ENOSPC", "short write"];
  for (const fault of faults) {
    for (let failing = 1; failing <= 120; failing++) {
      let count = 0;
      const disk = new CrashDisk();
      const life: Life = new Life(disk, {
        prng: new Prng(`${SEED}/life`),
        atBoundary: (_, next) => {
          if (next !== undefined && ++count === failing) disk.runWithFault(next, fault);
        },
      });
      assert.throws(() => {
        life.open();
        for (let step = 0; step < 150; step++) life.step();
      }, StorageError);
      const { recovered } = openOn(disk.crashed("subset", new Prng(`${SEED}/${failing}`)), () => undefined);
      judge(recovered, life.expectation);
    }
  }
});

test("after a failure nothing is written any more", () => {
  const disk = new CrashDisk();
  const { wal } = openOn(disk, (operation) => disk.run(operation));
  const error = wal.fail(new Error("sync: EIO"));
  assert(error instanceof StorageError);
  assert.throws(() => wal.append([]), /sync: EIO/);
  assert.throws(() => wal.background({ idle: true }), StorageError);
});

test("the files of another member or cluster are refused by name", () => {
  const { disk } = lived(20);
  const other = { ...OPTIONS, identity: { ...IDENTITY, memberId: 3n } };
  assert.throws(
    () => Wal.open(disk, other),
    /belongs to member feed000000000002 of cluster .*, not to member 0000000000000003/,
  );
});

test("garbage in place of a file gives a typed error", () => {
  const prng = new Prng(`${SEED}/garbage`);
  const { disk } = lived(60);
  for (let round = 0; round < 300; round++) {
    const fuzzed = disk.copy();
    const name = prng.pick(fuzzed.list());
    const whole = fuzzed.read(name) ?? new Uint8Array(0);
    const kept = prng.chance(0.5) ? 0 : prng.integer({ from: 0, to: whole.length });
    const garbage = Uint8Array.from({ length: prng.integer({ from: 0, to: 3000 }) }, () => prng.uint32() & 0xff);
    const bytes = new Uint8Array(kept + garbage.length);
    bytes.set(whole.subarray(0, kept));
    bytes.set(garbage, kept);
    fuzzed.put(name, bytes);
    try {
      const { repairs } = Wal.open(fuzzed, OPTIONS);
      perform(repairs, (operation) => fuzzed.run(operation));
    } catch (error) {
      assert(error instanceof CorruptionError || error instanceof IncompatibleError, `round ${round}; ${REPLAY}`);
    }
  }
});
