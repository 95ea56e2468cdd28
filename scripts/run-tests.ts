// Runs the tests with Node's runner: all of them, or the files whose path holds one of the words given. `npm test` calls it last.
// Node's own patterns pass when they match no file; this fails.
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import path from "node:path";

/** Two files at a time: the tests with replica processes mostly wait, the others fill the second core. */
const CONCURRENCY = 2;
/** A test that takes longer than this hangs. */
const TEST_TIMEOUT_MS = 300_000;
/** A file may hang after its last test, too; the runner waits for it for ever. */
const RUN_TIMEOUT_MS = 1_800_000;

const root = path.dirname(import.meta.dirname);
const words = process.argv.slice(2);
const files = globSync(["src/**/*.test.ts", "test/**/*.test.ts"], { cwd: root, exclude: ["test/fixtures/**"] })
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .sort();

if (files.length === 0) {
  console.error(`no test file${words.length === 0 ? "" : ` holds ${words.join(" or ")} in its path`}`);
  process.exitCode = 1;
} else {
  const flags = ["--test", `--test-concurrency=${CONCURRENCY}`, `--test-timeout=${TEST_TIMEOUT_MS}`];
  const child = spawn(process.execPath, [...flags, ...files], { cwd: root, stdio: "inherit" });
  const deadline = setTimeout(() => {
    console.error(`the tests did not end within ${RUN_TIMEOUT_MS / 60_000} minutes; interrupting them`);
    child.kill("SIGINT"); // the runner names the tests that were running
  }, RUN_TIMEOUT_MS);
  child.on("close", (status) => {
    clearTimeout(deadline);
    process.exitCode = status ?? 1;
  });
}
