// A data directory that format version 1 wrote is read for ever.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { crc32c } from "../../src/base/index.ts";
import { membershipOf } from "../../src/raft/index.ts";
import { IncompatibleError, Wal } from "../../src/wal/index.ts";
import { CrashDisk } from "./crash-disk.ts";

const DIRECTORY = path.join(import.meta.dirname, "../fixtures/wal-v1");
const OPTIONS = { identity: { clusterId: 0xc1n, memberId: 0xa1n }, nonce: 1, segmentBytes: 2048 };

function fixture(): CrashDisk {
  const disk = new CrashDisk();
  for (const name of readdirSync(DIRECTORY)) disk.put(name, new Uint8Array(readFileSync(path.join(DIRECTORY, name))));
  return disk;
}

test("the data directory of format version 1 says what it always said", () => {
  const { recovered } = Wal.open(fixture(), OPTIONS);
  assert.deepEqual(recovered.hardState, { currentTerm: 2, votedFor: "ü", commitIndex: 7 });
  assert.equal(recovered.snapshot?.lastIncludedIndex, 6);
  assert.deepEqual(recovered.snapshot.membership, membershipOf(["a", "b"], ["ü"]));
  assert.equal(Buffer.from(recovered.snapshot.state).toString(), "state 6");
  const log = recovered.entries.map((entry) => {
    return [entry.index, entry.term, entry.type === "command" && Buffer.from(entry.command).toString()];
  });
  assert.deepEqual(log, [
    [7, 1, "put 7"],
    [8, 2, "put 8"],
    [9, 2, "put 9"],
  ]);
  assert.equal(recovered.tornBytes, 0);
});

test("a newer format version is refused by name", () => {
  const disk = fixture();
  const bytes = disk.read("synced");
  assert(bytes !== undefined);
  const view = new DataView(bytes.buffer);
  view.setUint32(8, 2, true);
  view.setUint32(60, crc32c(bytes, { to: 60 }), true);
  disk.put("synced", bytes);
  assert.throws(
    () => Wal.open(disk, OPTIONS),
    (error) => {
      assert(error instanceof IncompatibleError);
      assert.match(error.message, /^synced has format version 2; this program reads version 1/);
      return true;
    },
  );
});
