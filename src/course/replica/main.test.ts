// The replica's process: what its environment and its arguments ask for. What it says is tested without a process.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("main.ts", import.meta.url));
const root = mkdtempSync(path.join(tmpdir(), "keelson-replica-"));
after(() => rmSync(root, { recursive: true }));

test("it says hello to its port, writes log and state where it is told to, nothing else, and ends at once on SIGTERM", async () => {
  const simulator = createSocket("udp4").bind(0, "127.0.0.1");
  await once(simulator, "listening");
  const [logs, state] = [path.join(root, "logs"), path.join(root, "state")];
  const replica = start([String(simulator.address().port), "0001", "0002", "0000"], {
    KEELSON_REPLICA_LOG: logs,
    KEELSON_STATE_DIR: state,
  });
  const output = outputOf(replica);
  const [datagram] = await once(simulator, "message");
  const log = path.join(logs, "0001.log");
  // The line follows the hello.
  while (readFileSync(log, "latin1") === "") await setTimeout(10);
  replica.kill("SIGTERM");
  const [, signal] = await once(replica, "close");
  simulator.close();
  assert.deepEqual(JSON.parse(String(datagram)), { src: "0001", dst: "FFFF", leader: "FFFF", type: "hello" });
  assert.equal(signal, "SIGTERM");
  assert.equal(output.text, "");
  assert.match(readFileSync(log, "latin1"), /^\d+\.\d{3} follower term=0 leader=none commit=0\n$/);
  assert.match(readFileSync(path.join(state, "state.jsonl"), "latin1"), /^\{"keelson":.*\n\{"bornAt":\d+(\.\d+)?\}\n$/);
});

test("what it cannot work with is one line on stderr, and exit status 2", async () => {
  const damaged = path.join(root, "damaged");
  const cases: readonly (readonly [readonly string[], string])[] = [
    [[], "usage: 3700kvstore <UDP port> <own id> <other id> [<other id> ...]"],
    [["7000", "0000"], "usage: "],
    [["70000", "0000", "0001"], 'port "70000" is not a UDP port (1 to 65535)'],
    [["7000", "0000", "1"], 'id "1" is not four hex digits'],
    [["7000", "0000", "0001", "0000"], "the ids 0000 0001 0000 repeat one"],
    [["7000", "0000", "0001"], `${path.join(damaged, "state.jsonl")} is not a state file of this version`],
  ];
  const { StateFile } = await import("./state-file.ts");
  new StateFile(damaged, { bornAt: 0 });
  writeFileSync(path.join(damaged, "state.jsonl"), "hello\n");
  for (const [args, message] of cases) {
    const replica = start(args, { KEELSON_STATE_DIR: damaged });
    const output = outputOf(replica);
    const [status] = await once(replica, "close");
    assert.equal(status, 2, output.text);
    assert.ok(output.text.startsWith(`3700kvstore: ${message}`), output.text);
    assert.equal(output.text.split("\n").length, 2, output.text);
  }
});

function start(args: readonly string[], environment: Readonly<Record<string, string>>): ChildProcess {
  const env = { ...process.env, ...environment };
  return spawn(process.execPath, [program, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
}

/** All that a process writes, as it comes. */
function outputOf(child: ChildProcess): { text: string } {
  const output = { text: "" };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      output.text += chunk;
    });
  }
  return output;
}
