// This program as a package: where it lies, its version, and how its user starts it.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The directory of package.json, in a clone and in an installed package. */
export const PACKAGE_ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The version in package.json. */
export function packageVersion(): string {
  const parsed: unknown = JSON.parse(readFileSync(path.join(PACKAGE_ROOT, "package.json"), "utf8"));
  if (typeof parsed === "object" && parsed !== null && "version" in parsed) return String(parsed.version);
  throw new Error("package.json names no version");
}

/** What a user types for this program: in a clone the path of its script, which is on nobody's PATH. */
export function programName(): string {
  const isClone = existsSync(path.join(PACKAGE_ROOT, "src"));
  return isClone ? path.relative(process.cwd(), path.join(PACKAGE_ROOT, "bin", "keelson")) : "keelson";
}
