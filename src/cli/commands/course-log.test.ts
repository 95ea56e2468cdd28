// `keelson course log` as a user runs it: what it prints, where, and with which exit status.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { RunLogWriter } from "../../course/log/index.ts";

const PROGRAM = fileURLToPath(new URL("../main.ts", import.meta.url));
const RUN = mkdtempSync(join(tmpdir(), "keelson-course-log-"));
const TRACE = join(RUN, "messages.jsonl");

after(() => rmSync(RUN, { recursive: true }));

const log = new RunLogWriter({ directory: RUN });
log.output({ replica: "0000", role: "leader", stream: "stdout", text: "elected\n", at: 1000 });
log.output({ replica: "0001", role: "follower", stream: "stderr", text: "trouble\n", at: 2000 });
log.event({ type: "heal", text: "", at: 3000 });
log.close();
writeFileSync(
  TRACE,
  [
    '{"type":"run","at":0,"format":"keelson-trace","version":0,"producer":"test","name":"x","seed":"1","replicas":["0000","0001"],"clients":[]}',
    '{"type":"send","at":1500,"id":1,"from":"0000","to":"0001","message":"append","bytes":9}',
    '{"type":"deliver","at":1500.1,"id":1,"from":"0000","to":"0001","message":"append"}',
    "",
  ].join("\n"),
);

function courseLog(...words: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, NO_COLOR: "1" };
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, "course", "log", ...words], {
    encoding: "utf8",
    env,
  });
  return { status, stdout, stderr };
}

test("prints a run in columns", () => {
  const { status, stdout, stderr } = courseLog(RUN, "--width", "50");
  assert.deepEqual([status, stderr], [0, ""]);
  assert.equal(
    stdout,
    [
      "  seconds │ 0000              │ 0001",
      "    1.000 │ elected           │",
      "    2.000 │                   │ ! trouble",
      "    3.000 ══ heal",
      "",
    ].join("\n"),
  );
});

test("shows messages of a trace that is elsewhere, and filters by replica, type and time", () => {
  const traced = courseLog(
    RUN,
    "--trace",
    TRACE,
    "--width",
    "50",
    "--type",
    "append,err",
    "--from",
    "1.2",
    "--to",
    "1.9",
  );
  assert.equal(traced.stdout, "  seconds │ 0000              │ 0001\n    1.500 │ append →0001      │ ← append\n");
  const one = courseLog(RUN, "--replica", "0001", "--width", "40", "--type", "err");
  assert.equal(one.stdout, "  seconds │ 0001\n    2.000 │ ! trouble\n");
});

test("says which kinds there are when nothing matches, and that messages need a trace", () => {
  const { status, stdout, stderr } = courseLog(RUN, "--type", "append");
  assert.equal(status, 0);
  assert.equal(stdout.split("\n").length, 2, "the heading only");
  assert.equal(
    stderr,
    "keelson: nothing matches; this log has err, heal, out; messages are shown only when the run was traced\n",
  );
});

const MISTAKES: readonly (readonly [string, readonly string[], RegExp])[] = [
  ["a path that does not exist", [join(RUN, "none")], /^keelson: .*none: no such file or directory\n$/],
  ["a file that is no log", [PROGRAM], /^keelson: .*main\.ts:1: not a merged log: .*\n$/],
  ["no path", [], /^keelson: missing required argument 'path'\n$/],
  ["an unknown flag", [RUN, "--bogus"], /^keelson: unknown option '--bogus'; allowed: --replica, .*--width, --help\n$/],
  [
    "a replica that is not in the run",
    [RUN, "--replica", "0009"],
    /^keelson: --replica 0009: the run has 0000, 0001\n$/,
  ],
  [
    "a malformed replica",
    [RUN, "--replica", "x"],
    /^keelson: option '--replica <ids>' argument 'x' is invalid\. .*\n$/,
  ],
  [
    "a time that is no number",
    [RUN, "--from", "x"],
    /^keelson: option '--from <seconds>' argument 'x' is invalid\. .*\n$/,
  ],
  ["times in the wrong order", [RUN, "--from", "2", "--to", "1"], /^keelson: --from 2 is after --to 1\n$/],
  ["a width that cannot be", [RUN, "--width", "3"], /^keelson: option '--width <columns>' .* from 40 to 1000\.\n$/],
];

for (const [what, words, message] of MISTAKES) {
  test(`${what} is one clear line and exit status 2`, () => {
    const { status, stdout, stderr } = courseLog(...words);
    assert.match(stderr, message);
    assert.deepEqual([status, stdout], [2, ""]);
  });
}

test("its help names every flag", () => {
  const { status, stdout } = courseLog("--help");
  assert.equal(status, 0);
  for (const flag of ["--replica", "--type", "--from", "--to", "--trace", "--width"])
    assert.ok(stdout.includes(flag), flag);
});
