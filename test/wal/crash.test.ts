// Power is lost at every effect on the disk of a seeded life, in every way in which un-synced writes can get lost: whatever was
// acknowledged is found again, and nothing that was never written.
import assert from "node:assert/strict";
import test from "node:test";
import { Prng } from "../../src/base/index.ts";
import type { DiskOperation } from "../../src/wal/index.ts";
import { CRASH_CLASSES, type CrashClass, CrashDisk } from "./crash-disk.ts";
import { judge, Life } from "./life.ts";
import { OPTIONS, openOn } from "./workload.ts";

const SEED = process.env["KEELSON_SEED"] ?? "crash-1";
const REPLAY = `replay: KEELSON_SEED=${SEED} npm test -- wal/crash`;

test("a crash at every effect boundary loses nothing that was acknowledged", () => {
  const counts = { boundaries: 0, crashes: 0, torn: 0, snapshots: 0, again: 0 };
  const life = new Life(new CrashDisk(), {
    prng: new Prng(`${SEED}/life`),
    atBoundary: (life, next) => {
      counts.boundaries++;
      for (const kind of CRASH_CLASSES) {
        const prng = new Prng(`${SEED}/${counts.boundaries}/${kind}`);
        const recovered = crashAndJudge(life, { kind, prng, next });
        counts.crashes++;
        if (recovered.tornBytes > 0) counts.torn++;
        if (recovered.snapshot !== undefined) counts.snapshots++;
        counts.again += recovered.again;
      }
    },
  });
  life.open();
  for (let step = 0; step < 200; step++) life.step();
  assert(counts.boundaries > 500, `only ${counts.boundaries} boundaries`);
  assert(counts.torn > 100 && counts.snapshots > 1000 && counts.again > 1000, JSON.stringify(counts));
});

/** Crashes a copy of the disk, recovers it, loses power again amid the repairs, and goes on with what it found. */
function crashAndJudge(
  life: Life,
  { kind, prng, next }: { kind: CrashClass; prng: Prng; next: DiskOperation | undefined },
) {
  const { expectation } = life;
  const where = `crash (${kind}) before ${next === undefined ? "the next work" : JSON.stringify({ ...next, bytes: 0 })}; ${REPLAY}`;
  try {
    const disk = life.disk.crashed(kind, prng);
    let again = 0;
    const { recovered } = openOn(disk, (operation) => {
      again++;
      const { recovered } = openOn(disk.crashed(prng.pick(CRASH_CLASSES), prng), () => undefined);
      judge(recovered, expectation);
      disk.run(operation);
    });
    judge(recovered, expectation);
    // What was recovered is durable, and the log goes on.
    const { recovered: second, wal } = openOn(disk.crashed("nothing", prng), (operation) => disk.run(operation));
    judge(second, expectation);
    assert.equal(second.tornBytes, 0);
    assert(wal.lastIndex >= (second.entries.at(-1)?.index ?? 0));
    return { ...recovered, again };
  } catch (error) {
    throw new Error(`${where}: ${error instanceof Error ? error.message.slice(0, 3000) : error}`, { cause: error });
  }
}

test("an empty directory becomes a log, whatever part of its making survives", () => {
  for (const kind of CRASH_CLASSES) {
    const disk = new CrashDisk();
    openOn(disk, (operation) => {
      const { recovered } = openOn(disk.crashed(kind, new Prng(kind)), () => undefined);
      assert.equal(recovered.entries.length, 0);
      disk.run(operation);
    });
    const { recovered } = openOn(disk.crashed("nothing", new Prng(kind)), () => undefined, { ...OPTIONS, nonce: 8 });
    assert.equal(recovered.created, false);
  }
});
