import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { CourseReplica } from "./course-replica.ts";
import { RoleLog } from "./role-log.ts";

const root = mkdtempSync(path.join(tmpdir(), "keelson-role-log-"));
after(() => rmSync(root, { recursive: true }));

test("a line for each change of role, term or leader, in ASCII, with the time in seconds; none for anything else", () => {
  const directory = path.join(root, "made", "on", "demand");
  const replica = new CourseReplica({ id: "0000", others: ["0001", "0002"], seed: "1", now: 0 });
  const log = new RoleLog(directory, "0000");
  for (let now = 10; now <= 4_000; now += 10) {
    replica.tick(now);
    log.observe(replica, now);
  }
  assert.equal(
    readFileSync(path.join(directory, "0000.log"), "utf8"),
    "0.010 follower term=0 leader=none commit=0\n3.500 pre-candidate term=0 leader=none commit=0\n",
  );
});

test("a new start begins the log anew, and a mute replica says that it is", () => {
  const replica = new CourseReplica({ id: "0001", others: ["0000", "0002"], seed: "1", now: 100_000 });
  replica.receive({ src: "0000", dst: "0001", leader: "0000", type: "Answered", eldest: 0 }, 100_000);
  for (const _ of ["first", "second"]) new RoleLog(root, "0001").observe(replica, 12_345);
  assert.equal(
    readFileSync(path.join(root, "0001.log"), "utf8"),
    "12.345 follower (mute: restarted without its past) term=0 leader=none commit=0\n",
  );
});
