// Writes package-lock.json: `npm run lock` after a change of dependencies in package.json.
//
// Two things make a plain `npm install` the wrong tool. An old Node makes npm choose older versions, so npm runs under the
// project's own Node. And a registry mirror may hold the platform packages of one system only; npm then leaves the others out of
// the lock without a word, and every later `npm ci` refuses it. This script names them all, so that the lock serves every system.
// It also leaves out which Node each package wants: all run under the project's own, but npm may install them with an old one, which
// would skip the optional packages that want a newer Node, and with them the native half of a tool.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const lockFile = path.join(root, "package-lock.json");

/** `os`, `cpu` and `libc` of a platform package, read from its name: "…/binding-linux-x64-musl". */
function platformOf(name) {
  const match = /[-/](android|darwin|freebsd|linux|openharmony|win32)-([a-z0-9]+)(?:-([a-z]+))?$/.exec(name);
  if (match === null) return undefined;
  const [, os, cpu, abi] = match;
  const libc = os !== "linux" || abi === undefined ? undefined : abi.startsWith("musl") ? "musl" : "glibc";
  return { cpu: [cpu], ...(libc && { libc: [libc] }), os: [os] };
}

/** Adds the optional platform packages that `lock` refers to and does not hold; gives their names. */
function completePlatforms(lock) {
  const added = [];
  for (const [where, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (lock.packages[`node_modules/${name}`] ?? lock.packages[`${where}/node_modules/${name}`]) continue;
      const platform = platformOf(name);
      if (platform === undefined || !/^\d+\.\d+\.\d+$/.test(version)) {
        throw new Error(`${where} wants ${name}@${version}, which is not in the lock: add it by hand`);
      }
      const { cpu, libc, os } = platform;
      const flags = { ...(entry.dev && { dev: true }), ...(libc && { libc }), optional: true };
      lock.packages[`node_modules/${name}`] = { version, cpu, ...flags, os };
      added.push(name);
    }
  }
  return added;
}

// In an empty directory: from an existing node_modules npm takes entries without their integrity.
const workshop = mkdtempSync(path.join(tmpdir(), "keelson-lock-"));
for (const file of ["package.json", "package-lock.json"]) {
  if (existsSync(path.join(root, file))) copyFileSync(path.join(root, file), path.join(workshop, file));
}
const ownNode = path.join(root, "node_modules", "node", "bin");
const npm = spawnSync("npm", ["install", "--package-lock-only", "--omit-lockfile-registry-resolved"], {
  cwd: workshop,
  env: { ...process.env, PATH: `${ownNode}${path.delimiter}${process.env.PATH}` },
  stdio: "inherit",
});
if (npm.status !== 0) process.exit(npm.status ?? 1);
const lock = JSON.parse(readFileSync(path.join(workshop, "package-lock.json"), "utf8"));
const added = completePlatforms(lock);
for (const [where, entry] of Object.entries(lock.packages)) if (where !== "") delete entry.engines;
const sorted = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, "en"));
writeFileSync(lockFile, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
console.log(`package-lock.json: ${sorted.length} packages, ${added.length} of them for other systems than this one`);
rmSync(workshop, { recursive: true });
