// Who may import whom, as dependency-cruiser rules. The folders of src/ form layers; see ARCHITECTURE.md.
import { readdirSync } from "node:fs";
import path from "node:path";
import { cruise, type IConfiguration, type ICruiseResult } from "dependency-cruiser";

/** The folders that each folder of src/ may import. A folder that is not named here is a violation. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  mvcc: ["base"],
  raft: ["base"],
  checker: ["base"],
  trace: ["base"],
  wal: ["base", "raft"],
  adapters: ["base", "raft", "wal"],
  course: ["base", "raft", "checker", "trace"],
  simulator: ["base", "raft", "checker", "trace"],
  cli: ["base", "raft", "checker", "trace", "course", "simulator"],
};

/** The folders whose files may import `node:*`; the others are pure. */
const MAY_USE_NODE = ["adapters", "course", "cli"];

const TEST = "\\.test\\.ts$";

/** What is wrong with the imports of a tree, one line each; `modules` is the number of files that were read. */
export interface ImportReport {
  readonly violations: readonly string[];
  readonly modules: number;
}

/**
 * Checks the imports of all .ts files in `root`/src, test and bench. A file that dependency-cruiser did not read is a violation, and
 * so is a tree without files: with a compiler that it does not know it reads nothing and finds nothing wrong.
 */
export async function checkImports(root: string, { cruiser = cruise } = {}): Promise<ImportReport> {
  const files = sourceFiles(root);
  const result = files.length === 0 ? undefined : await cruiseFiles(root, { files, cruiser });
  const read = new Set(result?.modules.map((module) => module.source));
  const violations = [
    ...(files.length === 0 ? [`no .ts files in ${path.join(root, "src")}`] : []),
    ...files.filter((file) => !read.has(file)).map((file) => `unread: dependency-cruiser did not read ${file}`),
    ...foldersWithoutRule(files).map((folder) => `no-rule: src/${folder}/ is not in scripts/import-rules.ts`),
    ...(result?.summary.violations ?? []).map((found) => {
      const way = found.cycle?.map((step) => step.name) ?? [found.to];
      return `${found.rule.name}: ${[found.from, ...way].join(" -> ")}`;
    }),
  ];
  return { violations, modules: files.length };
}

async function cruiseFiles(
  root: string,
  { files, cruiser }: { readonly files: string[]; readonly cruiser: typeof cruise },
): Promise<ICruiseResult> {
  const options = {
    baseDir: root,
    validate: true,
    ruleSet: { forbidden: forbidden() },
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true, // a type is part of a boundary, too
    enhancedResolveOptions: { extensions: [".ts"], exportsFields: ["exports"], conditionNames: ["import", "types"] },
  };
  const { output } = await cruiser(files, options);
  if (typeof output === "string") throw new Error(`dependency-cruiser gave text: ${output}`);
  return output;
}

/** All .ts files in src/, test/ and bench/, relative to `root`, but for fixtures. */
function sourceFiles(root: string): string[] {
  const found = ["src", "test", "bench"].flatMap((folder) => {
    try {
      return readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" }).map(
        (file) => `${folder}/${file}`,
      );
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
      throw error;
    }
  });
  return found.filter((file) => file.endsWith(".ts") && !file.startsWith("test/fixtures/")).sort();
}

function foldersWithoutRule(files: readonly string[]): string[] {
  const folders = files.map((file) => /^src\/([^/]+)\//.exec(file)?.[1]);
  return [...new Set(folders)].filter(
    (folder) => folder !== undefined && !Object.hasOwn(MAY_IMPORT, folder),
  ) as string[];
}

function forbidden(): NonNullable<IConfiguration["forbidden"]> {
  const layers = Object.entries(MAY_IMPORT).map(([folder, allowed]) => ({
    name: `layer-${folder}`,
    severity: "error" as const,
    comment: `src/${folder} may import ${allowed.join(", ") || "no other folder"}`,
    from: { path: `^src/${folder}/`, pathNot: TEST },
    to: { path: "^src/", pathNot: `^src/(${[folder, ...allowed].join("|")})/` },
  }));
  return [
    ...layers,
    {
      name: "only-through-index",
      severity: "error",
      comment: "a folder of src/ is imported from outside only through an index.ts",
      from: { path: "^src/([^/]+)/" },
      to: { path: "^src/[^/]+/", pathNot: ["^src/$1/", "/index\\.ts$"] },
    },
    {
      name: "only-through-index-from-root",
      severity: "error",
      from: { path: "^(src/[^/]+\\.ts$)" },
      to: { path: "^src/[^/]+/", pathNot: "/index\\.ts$" },
    },
    { name: "no-cycle", severity: "error", from: {}, to: { circular: true } },
    { name: "unresolved", severity: "error", from: {}, to: { couldNotResolve: true } },
    {
      name: "no-node-in-pure",
      severity: "error",
      comment: "only shells know Node; the other folders are functions of their inputs",
      from: { path: "^src/", pathNot: [`^src/(${MAY_USE_NODE.join("|")})/`, TEST] },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "no-development-package",
      severity: "error",
      from: { path: "^src/", pathNot: TEST },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"], pathNot: "@types/node" },
    },
    {
      name: "not-to-test",
      severity: "error",
      from: { pathNot: [TEST, "^test/", "^bench/"] },
      to: { path: [TEST, "^test/", "^bench/"] },
    },
  ];
}
