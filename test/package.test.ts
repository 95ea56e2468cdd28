// What a user of the package gets: packs it, installs it into an empty project, imports and type-checks every export there.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";

const root = path.dirname(import.meta.dirname);
const binaries = path.join(root, "node_modules", ".bin");
const workshop = mkdtempSync(path.join(tmpdir(), "keelson-package-"));
const project = path.join(workshop, "project");
let tarball = "";

interface PackageJson {
  readonly version: string;
  readonly exports: Readonly<Record<string, unknown>>;
}

const packageJson = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as PackageJson;

/** "keelson", "keelson/raft", …: the entries that hold code. */
const entries = Object.keys(packageJson.exports)
  .filter((entry) => !entry.endsWith(".json"))
  .map((entry) => path.posix.join("keelson", entry));

/** Runs `program` and gives what it printed to stdout; throws, with all of its output, when it fails. */
function run(program: string, words: readonly string[], directory: string): string {
  // A user's shell, not a script of this package: nothing of the npm that runs the tests, but the same Node.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_(package|lifecycle)_|INIT_CWD$)/.test(name));
  const env = { ...Object.fromEntries(inherited), PATH: `${binaries}${path.delimiter}${process.env["PATH"]}` };
  try {
    return execFileSync(program, words, { cwd: directory, env, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${words.join(" ")} failed:\n${stdout}${stderr}`);
  }
}

/** The names that `entry` exports at run time, imported as an installed package. */
function exportedNames(entry: string): string[] {
  const script = `import(${JSON.stringify(entry)}).then((m) => console.log(JSON.stringify(Object.keys(m))))`;
  return JSON.parse(run("node", ["-e", script], project)) as string[];
}

before(() => {
  run("npm", ["pack", "--pack-destination", workshop], root);
  const packed = readdirSync(workshop).filter((file) => file.endsWith(".tgz"));
  assert.equal(packed.length, 1);
  tarball = path.join(workshop, String(packed[0]));
  mkdirSync(project);
  writeFileSync(
    path.join(project, "package.json"),
    JSON.stringify({ name: "consumer", private: true, type: "module" }),
  );
  run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", tarball], project);
});

after(() => rmSync(workshop, { recursive: true, force: true }));

test("every export can be imported and exports something", () => {
  assert.ok(entries.length > 0);
  for (const entry of entries) assert.notEqual(exportedNames(entry).length, 0, entry);
});

/** Type-checks `text` as a file of a strict project in which only the package is installed; throws what tsc says against it. */
function typeCheck(text: string, resolution: { readonly module: string; readonly moduleResolution: string }): void {
  const compilerOptions = {
    ...resolution,
    target: "es2023",
    lib: ["es2023"],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
  };
  writeFileSync(path.join(project, "consumer.ts"), text);
  writeFileSync(path.join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["consumer.ts"] }));
  run("tsc", ["-p", "tsconfig.json"], project);
}

const NODENEXT = { module: "nodenext", moduleResolution: "nodenext" };
const BUNDLER = { module: "preserve", moduleResolution: "bundler" };

for (const resolution of [NODENEXT, BUNDLER]) {
  test(`every export type-checks in a strict project, libraries included (${resolution.moduleResolution})`, () => {
    const lines = entries.flatMap((entry, position) => {
      const names = exportedNames(entry);
      const imported = names.map((name) => `${name} as ${name}${position}`).join(", ");
      const used = names.map((name) => `${name}${position}`).join(", ");
      return [
        `import { ${imported} } from "${entry}";`,
        `export const used${position}: readonly unknown[] = [${used}];`,
      ];
    });
    typeCheck(`${lines.join("\n")}\n`, resolution);
  });
}

test("an export that does not exist is a type error", () => {
  const text = 'import { noSuchExport } from "keelson/raft";\nexport const used: unknown = noSuchExport;\n';
  assert.throws(() => typeCheck(text, NODENEXT), /noSuchExport/);
});

test("the installed program tells its version and lists its commands", () => {
  const program = path.join(project, "node_modules", ".bin", "keelson");
  assert.equal(run(program, ["--version"], workshop), `${packageJson.version}\n`);
  assert.match(run(program, ["--help"], workshop), /^ {2}course\b/m);
});

test("the installed program runs a config with the installed replica", () => {
  const benchmarks = {
    total_msgs: [400, 500, 600],
    failures: [1, 2, 3],
    duplicates: [1, 2, 3],
    median_latency: [1, 2, 3],
  };
  const tests = { benchmarks, maximum_get_generation_fail_fraction: 1 };
  const short = { lifetime: 5, start_wait: 3, end_wait: 0.5, replicas: 3, requests: 30, mix: 0.5 };
  writeFileSync(path.join(project, "short.json"), JSON.stringify({ ...short, tests }));
  run(
    path.join("node_modules", ".bin", "keelson"),
    ["course", "short.json", "--seed", "1", "--report", "json=r.json"],
    project,
  );
  assert.match(readFileSync(path.join(project, "r.json"), "utf8"), /short/);
});

test("the installed program simulates seeds in worker processes", () => {
  const printed = run(path.join("node_modules", ".bin", "keelson"), ["simulate", "--seeds", "1..2"], project);
  assert.match(printed, /^seeds 1\.\.2: 2 runs, none failed/);
});

test("the example of three nodes elects, replicates and reads", () => {
  copyFileSync(path.join(root, "examples", "three-nodes.ts"), path.join(project, "three-nodes.ts"));
  const printed = run("node", ["three-nodes.ts"], project);
  assert.match(printed, /^[abc] leads term 1$/m);
  assert.match(printed, /may serve the first read: hello/);
  for (const id of ["a", "b", "c"]) assert.ok(printed.includes(`${id} has applied: hello`), printed);
});

test("the package holds no sources, tests or tools", () => {
  const files = readdirSync(path.join(project, "node_modules", "keelson"), { recursive: true, encoding: "utf8" });
  assert.ok(files.includes(path.join("dist", "cli", "main.js")));
  assert.deepEqual(
    files.filter((file) => /\.test\.|^(src|test|scripts|runs)\b|(?<!\.d)\.ts$/.test(file)),
    [],
  );
});

test("publint finds nothing", () => {
  assert.match(run("publint", ["run", "--strict", tarball], root), /All good/);
});

test("are-the-types-wrong finds nothing", () => {
  // The package has ES modules only: what it would be for older ways of resolution is left out. A problem makes it fail.
  const report = run("attw", [tarball, "--profile", "esm-only", "--exclude-entrypoints", "./package.json"], root);
  for (const entry of entries) assert.ok(report.includes(`"${entry}"`), `${entry} is not in the report:\n${report}`);
});
