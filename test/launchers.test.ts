// bin/keelson and 3700kvstore, as a user starts them: from anywhere, through links, with and without the right Node; ended by a signal.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";

const root = path.dirname(import.meta.dirname);
const workshop = mkdtempSync(path.join(tmpdir(), "keelson-launchers-"));
const version = (JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { version: string }).version;

after(() => rmSync(workshop, { recursive: true }));

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, words: readonly string[], env: NodeJS.ProcessEnv = process.env): Outcome {
  return spawnSync(program, words, { cwd: workshop, env, encoding: "utf8" });
}

test("keelson runs from any directory", () => {
  const { status, stdout } = run(path.join(root, "bin", "keelson"), ["--version"]);
  assert.deepEqual({ status, stdout }, { status: 0, stdout: `${version}\n` });
});

test("keelson runs through a chain of links, absolute and relative", () => {
  mkdirSync(path.join(workshop, "bin"));
  symlinkSync(path.join(root, "bin", "keelson"), path.join(workshop, "bin", "absolute"));
  symlinkSync(path.join("bin", "absolute"), path.join(workshop, "relative"));
  assert.equal(run(path.join(workshop, "relative"), ["--version"]).stdout, `${version}\n`);
});

for (const { words, message } of [
  { words: ["--nonsense"], message: "unknown option '--nonsense'; allowed: --version, --help" },
  {
    words: ["nonsense"],
    message: "unknown command 'nonsense'; allowed: check, course, replay, shrink, simulate, trace",
  },
  {
    words: ["course", "log", "x", "--width", "7"],
    message: "option '--width <columns>' argument '7' is invalid. Allowed: an integer from 40 to 1000.",
  },
  { words: ["course", "log"], message: "missing required argument 'path'" },
]) {
  test(`keelson ${words.join(" ")} is one clear line and status 2`, () => {
    const { status, stdout, stderr } = run(path.join(root, "bin", "keelson"), words);
    assert.deepEqual({ status, stdout, stderr }, { status: 2, stdout: "", stderr: `keelson: ${message}\n` });
  });
}

for (const words of [["--help"], ["help"], ["course", "--help"], ["help", "course"], ["course", "log", "--help"]]) {
  test(`keelson ${words.join(" ")} prints help to stdout`, () => {
    const { status, stdout, stderr } = run(path.join(root, "bin", "keelson"), words);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    assert.match(stdout, /^Usage: keelson /);
  });
}

test("keelson without a command prints help to stderr, status 2", () => {
  const { status, stdout, stderr } = run(path.join(root, "bin", "keelson"), []);
  assert.deepEqual({ status, stdout }, { status: 2, stdout: "" });
  assert.match(stderr, /^Usage: keelson /);
});

for (const found of ["v20.1.0", "none"]) {
  test(`3700kvstore says what to do when the only Node is ${found}`, () => {
    const clone = mkdtempSync(path.join(workshop, "clone-"));
    for (const file of ["bin", "3700kvstore"])
      cpSync(path.join(root, file), path.join(clone, file), { recursive: true });
    mkdirSync(path.join(clone, "src"));
    const old = path.join(clone, "old");
    mkdirSync(old);
    if (found !== "none") writeFileSync(path.join(old, "node"), `#!/bin/sh\necho ${found}\n`);
    if (found !== "none") chmodSync(path.join(old, "node"), 0o755);
    const { status, stdout, stderr } = run("/bin/sh", [path.join(clone, "3700kvstore")], { PATH: old });
    assert.deepEqual({ status, stdout }, { status: 1, stdout: "" });
    assert.match(
      stderr,
      new RegExp(`^3700kvstore: needs Node 24 or newer, .* ${found}: run 'npm run setup' in .*\\n$`),
    );
  });
}

test("keelson says what to do in a clone that is not set up", () => {
  const clone = mkdtempSync(path.join(workshop, "clone-"));
  cpSync(path.join(root, "bin"), path.join(clone, "bin"), { recursive: true });
  mkdirSync(path.join(clone, "src"));
  const { status, stderr } = run(path.join(clone, "bin", "keelson"), ["--version"]);
  assert.equal(status, 1);
  assert.match(stderr, /^keelson: this clone is not set up yet: run 'npm run setup' in .*\n$/);
});

test("3700kvstore becomes the replica itself, and a SIGTERM ends it", { timeout: 60_000 }, async () => {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const words = [String(socket.address().port), "0000", "0001"];
  const replica = spawn(path.join(root, "3700kvstore"), words, { stdio: ["ignore", "pipe", "pipe"] });
  try {
    await once(socket, "message");
    replica.stdout.resume();
    replica.stderr.resume();
    replica.kill("SIGTERM");
    // "close" waits for the pipes: were the launcher a process of its own, the replica behind it would live on and hold them.
    const [status, signal] = await once(replica, "close");
    assert.ok(signal === "SIGTERM" || status === 0, `status ${status}, signal ${signal}`);
  } finally {
    replica.kill("SIGKILL");
    socket.close();
  }
});
