import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test, { type TestContext } from "node:test";
import type { Entry } from "../raft/index.ts";
import { StorageError, Wal } from "../wal/index.ts";
import { NodeDisk } from "./node-disk.ts";

const OPTIONS = { identity: { clusterId: 1n, memberId: 2n }, nonce: 99, segmentBytes: 16_384 };

function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(path.join(tmpdir(), "keelson-disk-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return path.join(directory, "a", "b");
}

async function openOn(disk: NodeDisk) {
  const { wal, recovered, repairs } = Wal.open(disk, OPTIONS);
  await disk.perform(repairs);
  return { wal, recovered };
}

test("a log on files rotates its segments, is found again, and closes cleanly", async (t) => {
  const directory = temporaryDirectory(t);
  const disk = new NodeDisk(directory);
  const { wal } = await openOn(disk);
  for (let index = 1; index <= 100; index++) {
    const entry: Entry = { index, term: 1, type: "command", command: new Uint8Array(700).fill(index) };
    const hardState = { currentTerm: 1, votedFor: "a", commitIndex: index - 1 };
    const work = wal.append([{ snapshot: undefined, entries: [entry], hardState }]);
    assert(work !== undefined);
    await disk.perform(work);
    for (let more = wal.background({ idle: index === 100 }); more; more = wal.background({ idle: index === 100 })) {
      await disk.perform(more);
    }
  }
  await disk.close();
  assert(readdirSync(directory).filter((name) => name.endsWith(".wal")).length > 5);
  assert.equal(statSync(path.join(directory, "synced")).mode & 0o777, 0o600);
  const again = new NodeDisk(directory);
  const before = readdirSync(directory).map((name) => readFileSync(path.join(directory, name)).toString("hex"));
  const { recovered } = await openOn(again);
  assert.equal(recovered.entries.length, 100);
  assert.deepEqual(recovered.hardState, { currentTerm: 1, votedFor: "a", commitIndex: 99 });
  assert.equal(recovered.tornBytes, 0);
  await again.close();
  const after = readdirSync(directory).map((name) => readFileSync(path.join(directory, name)).toString("hex"));
  assert.equal(after.length, before.length - 1, "only the spare segment goes");
});

test("what fails says which operation and file", async (t) => {
  const disk = new NodeDisk(temporaryDirectory(t));
  await assert.rejects(disk.run({ type: "sync", name: "missing" }), (error) => {
    assert(error instanceof StorageError);
    assert.match(error.message, /^cannot sync .*missing: ENOENT/);
    return true;
  });
});
