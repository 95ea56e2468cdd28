// The checks of the layout find what they are for: each rule is tried on a small tree, or a text, that breaks it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { cruise } from "dependency-cruiser";
import { checkImports, type ImportReport } from "../scripts/import-rules.ts";

const root = path.dirname(import.meta.dirname);
const binaries = path.join(root, "node_modules", ".bin");
const trees: string[] = [];

after(() => {
  for (const tree of trees) rmSync(tree, { recursive: true });
});

/** Gives what `use` makes of a new directory that holds `files`: path -> text. */
function inTree<T>(files: Readonly<Record<string, string>>, use: (tree: string) => T): T {
  const tree = mkdtempSync(path.join(tmpdir(), "keelson-architecture-"));
  trees.push(tree);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(tree, file)), { recursive: true });
    writeFileSync(path.join(tree, file), text);
  }
  return use(tree);
}

const checkTree = (files: Readonly<Record<string, string>>): Promise<ImportReport> =>
  inTree(files, (tree) => checkImports(tree));

const SOUND = {
  "src/base/index.ts": "export const one = 1;\n",
  "src/raft/index.ts": 'export { one as term } from "../base/index.ts";\nexport { two } from "./log.ts";\n',
  "src/raft/log.ts": "export const two = 2;\n",
  "src/cli/main.ts":
    'import { readFileSync } from "node:fs";\nimport { term } from "../raft/index.ts";\nreadFileSync(String(term));\n',
};

test("the imports of this project are sound, and all of its files were read", async () => {
  const { violations, modules } = await checkImports(root);
  assert.deepEqual(violations, []);
  assert.ok(modules > 0);
});

test("a sound tree has no violations", async () => {
  assert.deepEqual(await checkTree(SOUND), { violations: [], modules: 4 });
});

const BREACHES: readonly { readonly rule: string; readonly file: string; readonly text: string }[] = [
  { rule: "layer-base", file: "src/base/up.ts", text: 'export { two } from "../raft/index.ts";\n' },
  { rule: "layer-raft", file: "src/raft/up.ts", text: 'import "../cli/main.ts";\n' },
  {
    rule: "layer-raft",
    file: "src/raft/up.ts",
    text: 'import type { one } from "../trace/index.ts";\nexport type T = typeof one;\n',
  },
  { rule: "only-through-index", file: "src/cli/deep.ts", text: 'export { two } from "../raft/log.ts";\n' },
  { rule: "only-through-index-from-root", file: "src/index.ts", text: 'export { two } from "./raft/log.ts";\n' },
  { rule: "no-cycle", file: "src/raft/log.ts", text: 'export { term } from "./index.ts";\nexport const two = 2;\n' },
  { rule: "unresolved", file: "src/cli/lost.ts", text: 'import "./nowhere.ts";\n' },
  { rule: "no-node-in-pure", file: "src/raft/clock.ts", text: 'export { performance } from "node:perf_hooks";\n' },
  { rule: "not-to-test", file: "src/raft/odd.ts", text: 'import "./log.test.ts";\n' },
  { rule: "no-rule", file: "src/novel/index.ts", text: "export const three = 3;\n" },
];

for (const { rule, file, text } of BREACHES) {
  test(`${file} breaks the rule ${rule}: ${text.split("\n")[0]}`, async () => {
    const extra = {
      "src/trace/index.ts": "export const one = 1;\n",
      "src/raft/log.test.ts": "export const test = 1;\n",
    };
    const { violations } = await checkTree({ ...SOUND, ...extra, [file]: text });
    assert.ok(
      violations.some((violation) => violation.startsWith(`${rule}: `)),
      `only ${JSON.stringify(violations)}`,
    );
  });
}

test("a tree in which no file was seen is a violation", async () => {
  const { violations, modules } = await checkTree({ "src/raft/readme.md": "nothing here\n" });
  assert.equal(modules, 0);
  assert.equal(violations.length, 1);
});

test("a file that dependency-cruiser did not read is a violation", async () => {
  const blind: typeof cruise = async (_files, options) => cruise([], options);
  const { violations } = await inTree(SOUND, (tree) => checkImports(tree, { cruiser: blind }));
  assert.equal(violations.filter((violation) => violation.startsWith("unread: ")).length, Object.keys(SOUND).length);
});

/** Lints a new tree with the rules of this project; gives one line for each finding: the rule, the file, the message. */
function lintTree(files: Readonly<Record<string, string>>): string {
  const config = readFileSync(path.join(root, "biome.json"), "utf8");
  const rules = readFileSync(path.join(root, "scripts/lint/pure.grit"), "utf8");
  return inTree({ ...files, "biome.json": config, "scripts/lint/pure.grit": rules }, (tree) => {
    const words = ["lint", "--error-on-warnings", "--reporter=github", "--vcs-enabled=false", "src"];
    return spawnSync(path.join(binaries, "biome"), words, { cwd: tree, encoding: "utf8" }).stdout;
  });
}

for (const [use, rule] of [
  ["export const chance = Math.random();", "plugin"],
  ["export const now = Date.now();", "noRestrictedGlobals"],
  ["export const timer = setTimeout(() => {}, 1);", "noRestrictedGlobals"],
  ["export const later = async (work: unknown): Promise<unknown> => await work;", "plugin"],
  ['export { readFileSync } from "node:fs";', "noNodejsModules"],
] as const) {
  test(`a pure file may not say, and a shell may: ${use}`, () => {
    const report = lintTree({ "src/raft/planted.ts": `${use}\n`, "src/cli/planted.ts": `${use}\n` });
    assert.match(report, new RegExp(`^::error title=[^,]*${rule},file=[^,]*src/raft/planted.ts`, "m"));
    assert.doesNotMatch(report, /src\/cli/);
  });
}

test("a function of more than 70 lines and a default export are refused", () => {
  const long = `export function long(): void {\n${"  console.log(1);\n".repeat(71)}}\n`;
  const report = lintTree({ "src/cli/long.ts": long, "src/cli/unnamed.ts": "export default 1;\n" });
  assert.match(report, /noExcessiveLinesPerFunction,file=[^,]*long\.ts/);
  assert.match(report, /noDefaultExport,file=[^,]*unnamed\.ts/);
});

test("the types of the pure folders know no Node", () => {
  const check = (text: string): string => {
    const config = { extends: path.join(root, "tsconfig.pure.json"), include: ["planted.mts"] };
    return inTree({ "tsconfig.json": JSON.stringify(config), "planted.mts": text }, (tree) => {
      return spawnSync(path.join(binaries, "tsc"), ["-p", tree], { encoding: "utf8" }).stdout;
    });
  };
  assert.equal(check("export const a: number = 1;\n"), "");
  for (const name of ["process", "setTimeout", "console", "Buffer"]) {
    assert.match(check(`export const a: unknown = ${name};\n`), new RegExp(`Cannot find name '${name}'`));
  }
});
