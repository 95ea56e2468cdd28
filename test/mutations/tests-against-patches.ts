// Runs test files, in one process, against patched sources.
import { spawn } from "node:child_process";
import path from "node:path";
import type { Patch } from "./planted-bug.ts";

const root = path.resolve(import.meta.dirname, "../..");

/** The tests take less than two seconds of a processor; one that takes this long goes in circles. A busy machine does not count. */
const HANGS_AFTER_CPU_S = 15;

/** Whether a test failed, crashed or did not end. Files are relative to the root of the project. */
export function testsNotice(patches: readonly Patch[], files: readonly string[]): Promise<boolean> {
  const preload = import.meta.resolve("./preload-patches.ts");
  const flags = ["--import", preload, "--test", "--test-isolation=none", "--test-reporter=dot"];
  const env = { ...process.env, KEELSON_PATCHES: JSON.stringify(patches) };
  const limited = ["-c", `ulimit -t ${HANGS_AFTER_CPU_S}; exec "$@"`, "sh", process.execPath];
  const child = spawn("sh", [...limited, ...flags, ...files], { cwd: root, env, stdio: "ignore" });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve(status !== 0));
  });
}
