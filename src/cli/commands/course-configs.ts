// Finds and reads the configs that a user names: files, the course's own by their names, or all of them.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { type LoadedConfig, parseConfig } from "../../course/runner/index.ts";
import { ConfigError, messageOf } from "../flags.ts";
import { PACKAGE_ROOT } from "../package.ts";

/** The course's own configs, in the order in which `all` runs them. */
const COURSE_CONFIGS = [
  ...["simple-1", "simple-2", "unreliable-1", "unreliable-2", "unreliable-3"],
  ...["crash-1", "crash-2", "crash-3", "crash-4", "partition-1", "partition-2", "partition-3", "partition-4"],
  ...["advanced-1", "advanced-2", "advanced-3", "advanced-4"],
];

const CONFIGS = path.join(PACKAGE_ROOT, "configs");

/**
 * The configs in the order of their names, each file once, each with a name of its own. Throws ConfigError when one does not exist or is
 * wrong; warnings go to stderr.
 */
export function loadConfigs(names: readonly string[]): readonly LoadedConfig[] {
  const files = names
    .flatMap((name) => (name === "all" && !existsSync(name) ? COURSE_CONFIGS : [name]))
    .map(configFile);
  const resolved = files.map((file) => path.resolve(file));
  return withOwnNames(files.filter((_, at) => resolved.indexOf(resolved[at] ?? "") === at).map(load));
}

/** A file, or one of the course's configs by its name or by its usual path. */
function configFile(name: string): string {
  if (existsSync(name)) return name;
  const own = path.join(CONFIGS, `${path.basename(name, ".json")}.json`);
  const isUsualPath = name === path.basename(name) || path.dirname(name) === "configs";
  if (isUsualPath && existsSync(own)) return path.relative(process.cwd(), own);
  throw new ConfigError(`there is no config "${name}"; give a file, all, or one of ${ownConfigNames().join(", ")}`);
}

function ownConfigNames(): string[] {
  const found = readdirSync(CONFIGS).map((file) => path.basename(file, ".json"));
  return [...COURSE_CONFIGS, ...found.filter((name) => !COURSE_CONFIGS.includes(name)).sort()];
}

function load(file: string): LoadedConfig {
  const result = parseConfig(textOf(file), { file });
  if (!result.ok) throw new ConfigError(result.problems.join("\nkeelson: "));
  for (const warning of result.warnings) process.stderr.write(`keelson: warning: ${warning}\n`);
  return { config: result.config, path: file };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigError(`cannot read ${file}: ${messageOf(error)}`);
  }
}

/** Reports tell configs apart by their names: files of the same name in different folders get their paths as names. */
function withOwnNames(loaded: readonly LoadedConfig[]): readonly LoadedConfig[] {
  return loaded.map(({ config, path: file }) => {
    const isOwn = loaded.filter((other) => other.config.name === config.name).length === 1;
    const name = isOwn ? config.name : file.replace(/\.json$/, "").replaceAll(/[\\/]/g, "_");
    return { config: { ...config, name }, path: file };
  });
}
