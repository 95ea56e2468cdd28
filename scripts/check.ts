// `npm run check`: every check that does not run the product, side by side; prints the output of those that fail.
import { spawn } from "node:child_process";
import path from "node:path";

interface Check {
  readonly name: string;
  /** The program, a file in node_modules/.bin or "node", and its arguments. */
  readonly command: readonly [string, ...string[]];
}

const CHECKS: readonly Check[] = [
  {
    name: "format and lint",
    command: ["biome", "ci", "--error-on-warnings", "--max-diagnostics=100", "--colors=off", "."],
  },
  { name: "types", command: ["tsc", "-p", "tsconfig.json"] },
  { name: "types of the pure folders", command: ["tsc", "-p", "tsconfig.pure.json"] },
  { name: "import direction", command: ["node", "scripts/check-imports.ts"] },
  { name: "dead code", command: ["knip", "--no-progress"] },
];

const root = path.dirname(import.meta.dirname);
const binaries = path.join(root, "node_modules", ".bin");

const results = await Promise.all(CHECKS.map(run));
for (const { check, passed, output, seconds } of results) {
  console.log(`${passed ? "ok    " : "FAILED"} ${check.name} (${seconds.toFixed(1)} s)`);
  if (!passed) console.log(output);
}
if (results.some(({ passed }) => !passed)) {
  console.log("check failed; `npm run fix` formats and repairs what a machine can");
  process.exitCode = 1;
}

interface Result {
  readonly check: Check;
  readonly passed: boolean;
  readonly output: string;
  readonly seconds: number;
}

function run(check: Check): Promise<Result> {
  const began = performance.now();
  const [program, ...words] = check.command;
  const child = spawn(path.join(binaries, program), words, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const collect = (chunk: string): void => {
    output += chunk;
  };
  child.stdout.setEncoding("utf8").on("data", collect);
  child.stderr.setEncoding("utf8").on("data", collect);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => {
      resolve({ check, passed: status === 0, output, seconds: (performance.now() - began) / 1000 });
    });
  });
}
