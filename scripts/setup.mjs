// Brings node_modules up to date with package-lock.json; does nothing, at once, when it is. `npm start` and `npm test` run it first.
// Plain JavaScript for Node 18: it is what runs before the right Node is there.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const stampFile = path.join(root, "node_modules", ".keelson-setup");

/** What node_modules depends on: the lock, and the system (a tree may be shared between two). */
function wantedStamp() {
  const lock = readFileSync(path.join(root, "package-lock.json"));
  return `${createHash("sha256").update(lock).digest("hex")} ${process.platform} ${process.arch}\n`;
}

function installedStamp() {
  return existsSync(stampFile) ? readFileSync(stampFile, "utf8") : undefined;
}

/** Runs npm without a shell where possible: npm names its own program when it runs a script. */
function npmCi() {
  const options = { cwd: root, stdio: ["ignore", "inherit", "inherit"] };
  // --include=dev: NODE_ENV=production would leave out the tools, and with them Node itself.
  const words = ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  const npm = process.env.npm_execpath;
  if (npm?.endsWith(".js")) return spawnSync(process.execPath, [npm, ...words], options).status;
  return spawnSync("npm", words, { ...options, shell: process.platform === "win32" }).status;
}

const wanted = wantedStamp();
const installed = installedStamp();
if (installed !== wanted) {
  const reason = installed === undefined ? "node_modules is missing or incomplete" : "package-lock.json changed";
  console.error(`setup: ${reason}: installing the locked packages and Node 24 (npm ci, about 15 s)`);
  const status = npmCi();
  if (status !== 0) {
    console.error("setup: npm ci failed, see above. It needs the npm registry; `npm run setup` tries again.");
    process.exit(1);
  }
  writeFileSync(stampFile, wanted);
}
