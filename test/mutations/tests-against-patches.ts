// Runs test files, in one process, against patched sources.
import { spawn } from "node:child_process";
import path from "node:path";
import type { Patch } from "./planted-bug.ts";

const root = path.resolve(import.meta.dirname, "../..");

/** A test that goes in circles is stopped after this time. */
const HANGS_AFTER_MS = 15_000;

/** Whether a test failed, crashed or did not end. Files are relative to the root of the project. */
export function testsNotice(patches: readonly Patch[], files: readonly string[]): Promise<boolean> {
  const preload = path.join(import.meta.dirname, "preload-patches.ts");
  const flags = ["--import", preload, "--test", "--test-isolation=none", "--test-reporter=dot"];
  const env = { ...process.env, KEELSON_PATCHES: JSON.stringify(patches) };
  const child = spawn(process.execPath, [...flags, ...files], { cwd: root, env, stdio: "ignore" });
  const deadline = setTimeout(() => child.kill("SIGKILL"), HANGS_AFTER_MS);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => {
      clearTimeout(deadline);
      resolve(status !== 0);
    });
  });
}
